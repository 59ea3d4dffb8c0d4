"""One frozen class for each role: what `[roles.NAME]` may say. Kilograms and seconds.

The defaults suit a truck scale of 80 t with d = 20 kg; what the scale itself is (Max, Min, d) stands
with the device.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from edge_agent.config.air_limits import AirLimit
from edge_agent.config.devices import ID
from edge_agent.config.dumping import DumpingConfig

TAG = r"[0-9]{10}|[0-9A-F]{4,62}"  # a card's ten digits, or the EPC of a tag
DATE = r"\d{4}-\d\d-\d\d"
DATE_DOC = 'the last day it is valid, such as "2027-06-30" (UTC)'
DAY_S = 86_400
WINDOWS = (10, 30, 60, 300, 600, 900, 1800, 3600)  # what divides the hour, so that windows meet it


@dataclass(frozen=True)
class KnownVehicle:
    """A card and the vehicle it belongs to. A tare that was typed in from papers instead of being
    weighed and stored is marked `tare_keyed`, and the ticket says so."""

    tag: str = field(
        metadata={"pattern": TAG, "doc": "the card's ten digits, or the tag's EPC in hex"}
    )
    plate: str = field(metadata={"pattern": r"\S.{0,31}", "doc": "the number plate"})
    carrier: str | None = field(default=None, metadata={"pattern": r"\S.{0,63}"})
    stored_tare_kg: Decimal | None = field(
        default=None, metadata={"min": Decimal(1), "max": Decimal(10**6)}
    )
    tare_until: str | None = field(default=None, metadata={"pattern": DATE, "doc": DATE_DOC})
    tare_keyed: bool = False

    def __post_init__(self) -> None:
        _require_day("tare_until", self.tare_until)


def _seconds(low: float, high: float, doc: str) -> dict[str, object]:
    return {"min": low, "max": high, "doc": doc}


def _kilograms(doc: str) -> dict[str, object]:
    return {"min": Decimal(0), "max": Decimal(10**6), "doc": doc}


@dataclass(frozen=True)
class StationConfig:
    """A compaction station: the weighing (one weighbridge, perhaps a card reader), the air (its
    sensors), the ground (its cameras), or several of them."""

    weighbridge: str | None = field(
        default=None,
        metadata={"pattern": ID, "doc": "id of a weighbridge or weigh-transmitter device"},
    )
    reader: str | None = field(default=None, metadata={"pattern": ID})
    vehicles: tuple[KnownVehicle, ...] = ()

    arm_kg: Decimal = field(
        default=Decimal(500), metadata=_kilograms("more than this on the deck is a vehicle")
    )
    zero_band_kg: Decimal = field(
        default=Decimal(40),
        metadata=_kilograms("up to this the deck is bare; only then comes the next"),
    )
    stable_s: float = field(default=2.0, metadata=_seconds(0.1, 60, "how long readings must agree"))
    stable_samples: int = field(
        default=5, metadata={"min": 4, "max": 1000, "doc": "and how many of them at least"}
    )
    max_gap_s: float = field(
        default=2.0,
        metadata=_seconds(0.1, 60, "readings further apart do not count as one standing"),
    )
    swap_after_s: float = field(
        default=20.0,
        metadata=_seconds(1, 3600, "unheard this long and another weight: another vehicle"),
    )

    step_kg: Decimal = field(
        default=Decimal(500),
        metadata=_kilograms("a jump of this much between two readings is no tyre"),
    )
    step_gap_s: float = field(
        default=0.35, metadata=_seconds(0.01, 1, "readings further apart cannot prove a jump")
    )
    drift_s: float = field(
        default=60.0, metadata=_seconds(0.5, DAY_S, "a bare deck off zero this long has drifted")
    )
    silent_s: float = field(
        default=10.0, metadata=_seconds(0.5, DAY_S, "no byte this long: indicator-silent")
    )
    garbled_s: float = field(
        default=10.0, metadata=_seconds(0.5, DAY_S, "bytes without readings: indicator-garbled")
    )
    recover_s: float = field(
        default=2.0, metadata=_seconds(0.0, DAY_S, "good this long ends either")
    )

    pairing_s: float = field(
        default=12 * 3600.0, metadata=_seconds(1, 30 * DAY_S, "tare must follow gross within this")
    )
    min_net_kg: Decimal = field(
        default=Decimal(200),
        metadata=_kilograms("two weighings closer than this are not gross and tare"),
    )
    tare_tolerance: Decimal = field(
        default=Decimal("0.10"),
        metadata={
            "min": Decimal(0),
            "max": Decimal(1),
            "doc": "share by which a tare may differ from the vehicle's last one",
        },
    )
    same_load_s: float = field(
        default=24 * 3600.0, metadata=_seconds(1, 30 * DAY_S, "the same load again within this")
    )
    same_load_kg: Decimal = field(
        default=Decimal(40), metadata=_kilograms("loads this close are the same load")
    )
    verified_until: str | None = field(default=None, metadata={"pattern": DATE, "doc": DATE_DOC})
    save_every_s: float = field(
        default=1.0,
        metadata=_seconds(
            0.0, 60, "state is kept this often while a vehicle stands; 0 = with each weight"
        ),
    )

    sensors: tuple[str, ...] = field(
        default=(), metadata={"pattern": ID, "doc": "ids of air-sensor devices"}
    )
    alarms: tuple[AirLimit, ...] = ()
    window_s: int = field(
        default=300,
        metadata={"min": 10, "max": 3600, "doc": "seconds that one air summary covers"},
    )
    fault_s: float = field(
        default=600.0,
        metadata=_seconds(1, DAY_S, "a sensor without a value this long is told as faulty"),
    )
    sensor_gap_s: float = field(
        default=60.0,
        metadata=_seconds(1, DAY_S, "samples further apart prove nothing about what lay between"),
    )
    save_air_s: float = field(
        default=10.0,
        metadata=_seconds(0.0, 300, "open windows are kept this often; 0 = each sample"),
    )

    dumping: DumpingConfig | None = None

    def __post_init__(self) -> None:
        _require_day("verified_until", self.verified_until)
        if self.weighbridge is None and not self.sensors and self.dumping is None:
            raise ValueError("a weighbridge, or sensors, or both, or dumping")
        if self.weighbridge is None and self.reader is not None:
            raise ValueError("reader: none without a weighbridge")
        if len(set(self.sensors)) < len(self.sensors):
            raise ValueError("sensors: each once")
        for alarm in self.alarms:
            if alarm.sensor is not None and alarm.sensor not in self.sensors:
                raise ValueError(f"alarms: sensor {alarm.sensor!r} is not among sensors")
        if self.window_s not in WINDOWS:
            raise ValueError(f"window_s: one of {', '.join(map(str, WINDOWS))}")
        if self.zero_band_kg >= self.arm_kg:
            raise ValueError("zero_band_kg: less than arm_kg")
        tags = [vehicle.tag for vehicle in self.vehicles]
        if twice := {tag for tag in tags if tags.count(tag) > 1}:
            raise ValueError(f"vehicles: each tag once; {min(twice)} is there twice")


def _require_day(key: str, text: str | None) -> None:
    if text is not None:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{key}: {DATE_DOC}") from None
