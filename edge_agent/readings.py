"""What drivers say of the world. Time is data (`Moment`); nothing here leaves the gateway as such."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from contract.envelope import Moment
from contract.names import CROCKFORD
from contract.payloads.air import Quantity
from contract.payloads.weigh import Vehicle

__all__ = [
    "BeaconReading",
    "ClipReading",
    "LineStatus",
    "LookAsked",
    "LookReading",
    "Moment",
    "Picture",
    "PositionReading",
    "Reading",
    "ReferenceLearned",
    "SceneReading",
    "SeenThing",
    "SensorFault",
    "SensorReading",
    "TerminalDoubt",
    "Tick",
    "TrackReading",
    "VehicleReading",
    "ViewReading",
    "WeightReading",
    "elapsed_s",
    "series_of",
]

SERIES_CHARS = 6


def elapsed_s(then: Moment, now: Moment) -> float | None:
    """Seconds between two moments. After a reboot by the wall clock if both moments knew it, else
    None: nobody can say (at least `now.mono_ns`, the time since this boot)."""
    if then.boot_id == now.boot_id:
        return (now.mono_ns - then.mono_ns) / 1e9
    if "unset" in (then.clock, now.clock):
        return None
    return max(now.utc_ns - then.utc_ns, now.mono_ns) / 1e9


def series_of(moment: Moment) -> str:
    """Six characters that begin the numbers a role gives, drawn from the first reading after a start:
    two starts never share it, so numbers do not repeat when a box loses its store."""
    seed = f"{moment.boot_id}/{moment.mono_ns}/{moment.utc_ns}".encode()
    number = int.from_bytes(hashlib.sha256(seed).digest()[:8], "big")
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in range(SERIES_CHARS))


@dataclass(frozen=True, slots=True)
class WeightReading:
    """One frame of a weighbridge indicator. `stable`/`net` None = the protocol does not say."""

    device: str
    moment: Moment
    weight_kg: Decimal
    stable: bool | None
    net: bool | None
    overload: bool
    underload: bool
    raw: bytes
    vehicle: Vehicle | None = None


@dataclass(frozen=True, slots=True)
class VehicleReading:
    """A vehicle was identified at the deck (card, tag, camera)."""

    device: str
    moment: Moment
    vehicle: Vehicle


@dataclass(frozen=True, slots=True)
class SensorReading:
    """One good sample of one quantity of a sensor, in the unit of its register map."""

    device: str
    moment: Moment
    quantity: Quantity
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class SensorFault:
    """A sample that is no value: a sentinel, a value out of the sensor's range, no answer, an error
    answer. `reason` is one word for counters, `detail` for a person."""

    device: str
    moment: Moment
    quantity: Quantity
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class PositionReading:
    """One report of a terminal (badge, truck), as its own words allow.

    terminal    its number without leading zeros: one identity however it was padded
    at_ns       its own time, UTC; None when it is no time
    lon, lat    WGS 84 degrees; None when out of range or absent. Not judged beyond that
    fix         it says that its position is valid; None = the protocol does not say
    live        False: sent later from its memory (blind spot)
    flags       what it reports as true by name: alarms ("sos", "low-battery") and states ("acc-on")
    battery     per cent
    values      vendor and status items understood by the model ("cover": "open", "load": "full"),
                numbers as text
    raw         the bytes of this report alone, as the protocol has them; what they hold beyond the
                above is kept there
    ordinal     its place in the track store, rising; 0 = not told by it
    """

    device: str
    moment: Moment
    terminal: str
    at_ns: int | None
    lon: float | None
    lat: float | None
    fix: bool | None
    live: bool = True
    speed_kmh: float | None = None
    course_deg: float | None = None
    altitude_m: float | None = None
    accuracy_m: float | None = None
    satellites: int | None = None
    battery: float | None = None
    flags: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class TrackReading:
    """Kept positions that a role asked for (`Recall` and `CatchUp` of the ports), under the key it
    gave. `complete`: there was no more."""

    moment: Moment
    key: str
    positions: tuple[PositionReading, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class TerminalDoubt:
    """Something in a terminal's name is not what it was: its positions are kept apart until the
    roster accepts `fingerprint`. Told once."""

    device: str
    moment: Moment
    terminal: str
    reason: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class BeaconReading:
    """A Bluetooth beacon was heard by this gateway. `beacon` is `uuid/major/minor` (iBeacon);
    `power_dbm` what it says it has at one metre."""

    device: str
    moment: Moment
    beacon: str
    rssi_dbm: int
    power_dbm: int | None = None
    battery: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo: JPEG bytes. `original` is as captured and stays sealed on the gateway; `masked` is what
    may leave (faces, plates and the camera's privacy masks covered), `thumbnail` the same in at most
    8 kB; `parent_sha256` (hex) names the original, hashed before anything else was done with it."""

    moment: Moment
    original: bytes
    masked: bytes
    thumbnail: bytes
    parent_sha256: str


@dataclass(frozen=True, slots=True)
class SeenThing:
    """A tracked object. `box` is x1, y1, x2, y2 in parts (0..1) of the upright picture; `track` is its
    number, rising and never given twice by one start of one camera; `age_s` since it was first seen,
    `still_s` since it last moved; `zones` whose ground it stands on, `dwell_s` for how long, each;
    `crossed` the lines it crossed since the last reading (`gate:in`, `gate:out`); `classes` what a second
    model says it is, best first; `unseen_s` since a look last found it: longer than a moment, and it is
    only believed to be there, hidden or missed; `missed` looks in a row could have seen it and did not.
    `label_share` 0..1: how far the looks agree on the label. `score` is a mean of late, `latest` that of the
    last look that found it (None: not told)."""

    label: str
    score: float
    box: tuple[float, float, float, float]
    track: int
    age_s: float
    still_s: float
    zones: tuple[str, ...] = ()
    classes: tuple[tuple[str, float], ...] = ()
    dwell_s: tuple[float, ...] = ()
    crossed: tuple[str, ...] = ()
    unseen_s: float = 0.0
    missed: int = 0
    label_share: float = 1.0
    latest: float | None = None

    @property
    def last_score(self) -> float:
        """`latest` where it was told, else `score`."""
        return self.score if self.latest is None else self.latest


@dataclass(frozen=True, slots=True)
class SceneReading:
    """What a camera sees, told when it changed and at every timed full look. `gone`: tracks that ended
    since the last reading, as they were last seen. `full`: the model looked at the whole picture,
    whether or not anything moved. `picture` comes when something new is there. `lon`/`lat`: where a
    moving camera was, WGS 84 degrees."""

    device: str
    moment: Moment
    things: tuple[SeenThing, ...]
    gone: tuple[SeenThing, ...] = ()
    full: bool = False
    preset: str | None = None
    picture: Picture | None = None
    model: tuple[str, str] | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class LookReading:
    """The answer to one look that was asked for, by schedule or by command. `look` is the asker's own
    word for it; `done` False = could not look, and `reason` says why ("covered", "dark", "unreachable",
    "turned" ...)."""

    device: str
    moment: Moment
    look: str
    preset: str | None
    done: bool
    reason: str | None = None
    things: tuple[SeenThing, ...] = ()
    picture: Picture | None = None
    model: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReferenceLearned:
    """A camera had no view to compare with: the first good one that lasted is its reference now, and
    nobody has accepted it. `stands`: at which preset, None = it never turns."""

    device: str
    moment: Moment
    stands: str | None = None


@dataclass(frozen=True, slots=True)
class ClipReading:
    """A clip that was ordered (`Film` of the ports), as a file (AVI): `original` as captured, which stays
    sealed on the gateway, `original_sha256` (hex) of it; `masked` is what may leave, empty where nothing
    may. `begin`, `end`: its first and last frame. No `frames`: there is none, and `reason` says why."""

    device: str
    moment: Moment
    occasion: str
    problem_id: str | None
    begin: Moment
    end: Moment
    frames: int
    original: bytes
    masked: bytes
    original_sha256: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LookAsked:
    """The hub wants to know whether a problem is gone (contract §4, `relook`). `case` is the work
    order's id, `problem_id` this gateway's own where it saw the problem; `object` the device or thing,
    `lon`/`lat` the place, WGS 84 degrees."""

    moment: Moment
    case: str
    class_code: str
    catalogue: str
    problem_id: str | None = None
    object: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class ViewReading:
    """The state of a camera's view changed. `state`: good, covered, turned, defocused, frozen, looped,
    dark. `detail` for a person, with what was measured."""

    device: str
    moment: Moment
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Running totals of one line since its driver started, given every second even when silent:
    no bytes / bytes but no frames / frames but no readings can be told apart. `passive`: the device
    says nothing by itself, so that being connected is all there is to know. `dropped`: frames of a
    camera that nothing had the time to look at."""

    device: str
    moment: Moment
    bytes: int
    frames: int
    readings: int
    refused: int
    connected: bool = True
    passive: bool = False
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. Roles get one at least every second."""

    moment: Moment


Reading = (
    WeightReading
    | VehicleReading
    | SensorReading
    | SensorFault
    | PositionReading
    | TerminalDoubt
    | BeaconReading
    | LineStatus
    | Tick
    | TrackReading
    | SceneReading
    | LookReading
    | ViewReading
    | ClipReading
    | ReferenceLearned
    | LookAsked
)
