"""What a camera's words mean to the city: a model's label, the class of the matter, when it counts.

The reference mapping is that of the models that ship. A gw.toml that names classes of its own has only
those. Codes are of the hub's catalogue: they are data there, and nothing here knows what they mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from contract.payloads.problem import CATALOGUE
from edge_agent.config.devices.fields import ID

CODE = r"[0-9]{5}|[A-Z][0-9]{4}"
LABEL = r"\S.{0,63}"
DAY_S = 86_400.0
BIN_STILL = 0.4  # a closed bin stays where it is, and looks a little like one that overflows
HEAP_GAP = 0.1  # with half of a side, heaps of different vans at a fence were one


@dataclass(frozen=True)
class StreetClassConfig:
    """One label of the model. Opened when `open_looks` looks saw it, `open_s` after the first, with a mean
    score (of late) of `min_score`; ended when `end_looks` in a row that could have seen it did not. Several
    labels may be of one class. Of several tables with the same label the first that has the zone counts."""

    label: str = field(metadata={"pattern": LABEL, "doc": "as the model calls it"})
    class_code: str = field(metadata={"pattern": CODE, "doc": 'such as "06010"'})
    catalogue: str = field(default=CATALOGUE, metadata={"pattern": ID})
    zones: tuple[str, ...] = field(
        default=(), metadata={"doc": "only in these zones of its cameras; empty = anywhere"}
    )
    min_score: float = field(default=0.5, metadata={"min": 0.05, "max": 1.0})
    still_score: float = field(
        default=0.0,
        metadata={
            "min": 0,
            "max": 1.0,
            "doc": "down to this it is still seen; 0 = half of min_score",
        },
    )
    open_looks: int = field(default=2, metadata={"min": 1, "max": 100})
    open_s: float = field(default=30.0, metadata={"min": 0, "max": DAY_S})
    end_looks: int = field(
        default=2,
        metadata={"min": 2, "max": 100, "doc": "the first look after a start knows little"},
    )
    end_s: float = field(default=10.0, metadata={"min": 0, "max": DAY_S})
    update_min: float = field(
        default=60.0, metadata={"min": 1, "max": 1440, "doc": "not told again sooner"}
    )
    gap: float = field(
        default=0.0,
        metadata={
            "min": 0,
            "max": 5,
            "doc": "boxes this near (parts of the smaller one's side) are one heap; 0 = a thing of its own",
        },
    )
    least: int = field(
        default=1, metadata={"min": 1, "max": 100, "doc": "so many pieces are a problem"}
    )


REFERENCE = (
    StreetClassConfig("overflowing_bin", "06042", still_score=BIN_STILL),
    StreetClassConfig("waste_heap", "06010", gap=HEAP_GAP),
    StreetClassConfig("rubble_heap", "06011", gap=HEAP_GAP),
    StreetClassConfig("vendor_stall", "09001", open_s=120.0),
    StreetClassConfig("shop_outside", "09005", open_s=120.0),
    StreetClassConfig("goods_on_pavement", "09006", open_s=120.0),
    StreetClassConfig("fly_posting", "07001", gap=0.5),
    StreetClassConfig("bike_misplaced", "09010", gap=0.25, open_s=300.0),
)
"""Labels of `city-appearance`. Shared bikes (09011) and cars out of place (09009) have no label there; a city
that has a model for them names it. Those of `street-litter` are left out on purpose: that model errs too often
to open orders by itself (its card)."""


ROADWAY, RESIDENTIAL = "roadway", "residential"
OF_ZONES = (
    StreetClassConfig("rubble_heap", "06014", zones=(ROADWAY,), gap=HEAP_GAP, open_s=10.0),
    StreetClassConfig("goods_on_pavement", "06036", zones=(RESIDENTIAL,), open_s=120.0),
)
"""What the same things are where a camera has a zone of that name: rubble on the roadway was lost by a truck,
goods between dwellings are nobody's trade."""


def with_zones(
    classes: tuple[StreetClassConfig, ...], zones: Collection[str]
) -> tuple[StreetClassConfig, ...]:
    """The reference mapping as it is with such zones; a mapping of one's own as it is."""
    if classes != REFERENCE:
        return classes
    return (*(one for one in OF_ZONES if set(one.zones) & set(zones)), *REFERENCE)


def check_classes(classes: Iterable[StreetClassConfig]) -> None:
    """ValueError when something is said twice, or nothing could stay open. The same label may be another class
    in other zones."""
    known = set[tuple[str, str]]()
    for one in classes:
        if one.still_score > one.min_score:
            raise ValueError(f"classes: still_score of {one.label!r} is above its min_score")
        for zone in one.zones or ("",):
            if (one.label, zone) in known:
                where = f" in zone {zone!r}" if zone else ""
                raise ValueError(f"classes: {one.label!r}{where} is there twice")
            known.add((one.label, zone))


def kinds_of(classes: Iterable[StreetClassConfig]) -> tuple[tuple[str, StreetClassConfig], ...]:
    """Each with the name under which its things are put together: those of one matter that count in the
    same way may lie in one heap."""
    listed = tuple(classes)
    first: dict[tuple[object, ...], str] = {}
    for one in sorted(listed, key=lambda one: one.label):
        first.setdefault(_way(one), one.label)
    return tuple((f"{one.class_code}/{first[_way(one)]}", one) for one in listed)


def _way(one: StreetClassConfig) -> tuple[object, ...]:
    return (
        one.class_code, one.catalogue, one.min_score, one.still_score, one.open_looks, one.open_s,
        one.end_looks, one.end_s, one.update_min, one.gap, one.least,
    )  # fmt: skip
