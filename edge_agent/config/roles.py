"""One frozen class for each role: what `[roles.NAME]` may say. Kilograms and seconds.

The defaults suit a truck scale of 80 t with d = 20 kg; what the scale itself is (Max, Min, d) stands
with the device.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from edge_agent.config.devices import ID

TAG = r"[0-9]{10}"
DATE = r"\d{4}-\d\d-\d\d"
DATE_DOC = 'the last day it is valid, such as "2027-06-30" (UTC)'
DAY_S = 86_400


@dataclass(frozen=True)
class KnownVehicle:
    """A card and the vehicle it belongs to. A tare that was typed in from papers instead of being
    weighed and stored is marked `tare_keyed`, and the ticket says so."""

    tag: str = field(metadata={"pattern": TAG, "doc": "the card's ten digits"})
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
    """The weighing of a compaction station: one weighbridge, perhaps a card reader."""

    weighbridge: str = field(metadata={"pattern": ID, "doc": "id of a weighbridge device"})
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

    def __post_init__(self) -> None:
        _require_day("verified_until", self.verified_until)
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
