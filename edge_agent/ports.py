"""The agent's ports: what the shell offers to pure code, and what adapters must keep to.

Clock      system, scaled (simulation only), fake (tests)
Transport  serial, TCP, memory (tests)
Driver     one device on one link
HubLink    HTTP, MQTT, in-process ASGI
Tracks     a database of its own
Speaker    Modbus MP3, DFPlayer type, JT/T 808 terminal, sound file
Role       what a site is for: pure
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from contract.payloads.base import Payload
from edge_agent.readings import LookAsked, Moment, PositionReading, Reading


class Clock(Protocol):
    """Where time comes from. Only `moment` carries wall time, and nothing waits on it."""

    def moment(self) -> Moment: ...

    def monotonic_s(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class ByteLink(Protocol):
    """An open line. `read` returns at least one byte, or b"" when `timeout_s` passed without any;
    DeviceUnreachable when the line is gone."""

    async def read(self, timeout_s: float) -> bytes: ...

    async def write(self, data: bytes) -> None: ...

    async def close(self) -> None: ...


class Transport(Protocol):
    """Opens a line; DeviceUnreachable when it cannot."""

    async def open(self) -> ByteLink: ...


Emit = Callable[[Reading], Awaitable[None]]


class Driver(Protocol):
    """One device on one link. `run` goes on until the link fails, then raises DeviceUnreachable;
    `emit` returns when the reading has been handled."""

    device: str

    async def run(self, emit: Emit) -> None: ...


@dataclass(frozen=True, slots=True)
class HubRequest:
    """`path` begins with a slash. `check_dates=False` only for time.get and enrol before time is known.
    `true_utc_s` is the time by which a certificate's dates are judged where the hub has told it (the
    system clock may be wrong); None = the system clock's."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    check_dates: bool = True
    true_utc_s: float | None = None


@dataclass(frozen=True, slots=True)
class HubResponse:
    """Header names in lower case. `bytes_up`/`bytes_down` as they went over the wire, best known.
    `link_busy_s`: how long the line had our bytes under way; None = not measured."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    bytes_up: int
    bytes_down: int
    link_busy_s: float | None = None


class HubLink(Protocol):
    """One exchange with the hub, no retries; HubUnreachable when no HTTP answer came."""

    async def send(self, request: HubRequest) -> HubResponse: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """Bytes that a conclusion rests on; stored before the event that names their SHA-256. `sealed`: an
    original, which stays here until somebody asks for it. `parent`: SHA-256 (hex) of the original that
    this was made of."""

    content: bytes
    media_type: str
    sealed: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a rule or role concluded: becomes one event. `observed` when it happened, if not now.
    `gives`: sealed originals (SHA-256, hex) that may leave once this event is recorded; only the answer
    to a person's request has any."""

    payload: Payload
    subject: str
    observed: Moment | None = None
    evidence: tuple[NewEvidence, ...] = ()
    gives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a prompt of the device's own list, or `text` where the device can speak freely."""

    prompt: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A lamp on or off, a barrier open or closed; `for_s` later it goes back by itself."""

    on: bool
    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A camera looks now, at one of its presets or where it stands; `look` is the asker's own word for
    it, and comes back in the LookReading. Without a preset it is also how to ask for a photo."""

    look: str
    preset: str | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """A camera keeps what it saw around the moment when something `came`; a ClipReading tells of it.
    `occasion`: a class code, or "wrong-deposit"; `problem_id` where it is one."""

    occasion: str
    came: Moment
    problem_id: str | None = None


@dataclass(frozen=True, slots=True)
class AcceptView:
    """What a camera sees now, at one of its presets or where it stands, is what it is meant to see:
    somebody has looked."""

    preset: str | None = None


Order = Say | Switch | Look | Film | AcceptView


@dataclass(frozen=True, slots=True)
class DeviceOrder:
    """What a role wants a device to do, by the device's id."""

    device: str
    order: Order


@runtime_checkable
class Commanded(Protocol):
    """A driver that can be told to do something. `perform` returns when it is done (said, switched);
    DeviceRefused when it may not or cannot, DeviceUnreachable when the device is not there."""

    async def perform(self, order: Order) -> None: ...


class Speaker(Protocol):
    """What makes a prompt heard. `say` returns when it was said, or handed to a device that tells
    no more; DeviceRefused (this prompt), DeviceUnreachable (the device)."""

    async def open(self) -> None: ...

    async def say(self, prompt: Prompt) -> None: ...

    async def close(self) -> None: ...


SayToTerminal = Callable[[str, str], Awaitable[None]]
"""(terminal, text): the terminal reads the text out. DeviceRefused when it is not connected or says
no; returns when it was handed over."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to say in every form a speaker may need: `text` to be read out, `track` of a sound
    module, `file` of a sound. `seconds`: how long it lasts."""

    name: str
    text: str = ""
    track: int | None = None
    file: Path | None = None
    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class Recall:
    """A role wants what was kept of `terminals` by their own time, begin included, end not. It gets a
    TrackReading with this `key`, later; after a restart it has to ask again."""

    key: str
    terminals: tuple[str, ...]
    begin_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class CatchUp:
    """A role wants the next `limit` that were kept behind `ordinal`, in the order of keeping: what
    came when it was not there to hear."""

    key: str
    ordinal: int
    limit: int = 1_000


@dataclass(frozen=True, slots=True)
class RoleStep:
    """A role's answer to one reading. `orders` are given to their devices once the conclusions are
    recorded, `recalls` are answered then. `state` is its own serialised state when that must survive a
    power cut together with the conclusions, else None (kept in memory, saved with the next). `keyed`:
    further states, each kept until it is given anew (b"" forgets it): for a role that has
    thousands of matters of which few change at a time."""

    conclusions: tuple[Conclusion, ...] = ()
    state: bytes | None = None
    orders: tuple[DeviceOrder, ...] = ()
    keyed: Mapping[str, bytes] = field(default_factory=dict)
    recalls: tuple[Recall | CatchUp, ...] = ()


class Role(Protocol):
    """What a site is for. Pure: no clock, loop, database or network; time arrives in readings."""

    name: str

    def step(self, reading: Reading) -> RoleStep: ...

    def restore(self, state: bytes) -> None: ...


@runtime_checkable
class Keyed(Protocol):
    """A role with keyed states: it gets them back after `restore`, by key."""

    def restore_keyed(self, states: Mapping[str, bytes]) -> None: ...


@runtime_checkable
class LooksAgain(Protocol):
    """A role that can tell whether a problem is gone. One that takes the question gets it as a reading,
    and concludes a `RelookResult` for it then or, when a device has to look first, later."""

    def takes(self, asked: LookAsked) -> bool: ...


@runtime_checkable
class Discreet(Protocol):
    """A role that says which positions may be kept at all. None = it does not know the terminal."""

    def may_keep(self, position: PositionReading) -> bool | None: ...


UNKEPT = -1
"""The ordinal of a position that may be told but not kept."""


class Tracks(Protocol):
    """What terminals reported, kept on the gateway. `keep` returns once all of it is durable (in
    groups of at most 50 ms): only then may a terminal be told, because it deletes what was
    acknowledged. The same report again has no effect. StoreFull: nothing of it was kept."""

    async def keep(self, positions: Sequence[PositionReading]) -> Sequence[int]:
        """An ordinal for each, rising in the order of keeping; 0 for one that was there already."""
        ...

    async def since(self, ordinal: int, limit: int) -> Sequence[PositionReading]:
        """What was kept behind `ordinal`, each with its own; for whoever was not there to hear it."""
        ...

    async def track(
        self, terminal: str, begin_ns: int, end_ns: int, limit: int
    ) -> Sequence[PositionReading]:
        """By the terminal's own time, oldest first; begin included, end not."""
        ...


class Pin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a terminal showed of itself when it was first trusted. `code`: its authentication code;
    `device`: maker, model and id of its registration; `imei`; `network`: where it came from.

    doubt           why it is quarantined, and the mark by which the roster may accept it
    doubted_utc_ns  since when; 0 = the clock was not set
    told            the hub knows of the doubt
    """

    code: str | None = None
    device: str | None = None
    imei: str | None = None
    network: str | None = None
    doubt: tuple[str, str] | None = None
    doubted_utc_ns: int = 0
    told: bool = True


class TerminalTracks(Tracks, Protocol):
    """Tracks with what terminal servers need besides."""

    async def keep_pairs(
        self, pairs: Sequence[tuple[PositionReading, bool]], pins: Mapping[str, Pin] = {}
    ) -> Sequence[int]:
        """The second of each pair says that the position's terminal is in quarantine: such positions
        are kept in a place of their own and get no ordinal (0). `pins` are kept with them."""
        ...

    async def pins(self) -> dict[str, Pin]: ...


@dataclass(frozen=True, slots=True)
class Work:
    """What commits together, or not at all. `moment` stamps the events."""

    moment: Moment
    conclusions: tuple[Conclusion, ...] = ()
    role_states: Mapping[str, bytes] = field(default_factory=dict)
    settings: Mapping[str, bytes] = field(default_factory=dict)


class Recorder(Protocol):
    """The one writer. `record` returns the event ids once they are *durable* when any conclusion is
    urgent, else once the work is accepted into the running group (durable within 250 ms); await
    `flush()` to know. StoreFull when nothing more may be shed."""

    async def record(self, work: Work) -> tuple[str, ...]: ...

    async def flush(self) -> None: ...
