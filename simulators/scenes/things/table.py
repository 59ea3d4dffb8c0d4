"""KINDS: every thing that can stand in a scene, how it is made and how much ground it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulators.scenes.mesh import Mesh
from simulators.scenes.things import bikes, bins, people, posters, trade, vehicles, waste


@dataclass(frozen=True, slots=True)
class Kind:
    """`label` is what a detector shall call it, None = nothing it is asked about; `radius_m` of the ground
    it needs; `wall`: it hangs on or leans against the houses' front."""

    make: Callable[..., Mesh]
    label: str | None
    radius_m: float
    wall: bool = False


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "overflowing_bin": Kind(bins.wheeled, "overflowing_bin", 0.9),
        "overflowing_street_bin": Kind(bins.street_bin, "overflowing_bin", 0.9),
        "waste_heap": Kind(waste.waste_heap, "waste_heap", 1.1),
        "rubble_heap": Kind(waste.rubble_heap, "rubble_heap", 1.3),
        "stall": Kind(trade.stall, "vendor_stall", 1.7),
        "shop_outside": Kind(trade.shop_outside, "shop_outside", 2.4, wall=True),
        "goods": Kind(trade.goods, "goods_on_pavement", 1.4),
        "fly_posting": Kind(posters.fly_posting, "fly_posting", 1.2, wall=True),
        "bikes_misplaced": Kind(bikes.misplaced, "bike_misplaced", 1.8),
        "bin": Kind(bins.wheeled, "bin", 0.5),
        "street_bin": Kind(bins.street_bin, "bin", 0.6),
        "bikes_racked": Kind(bikes.racked, "bikes_racked", 2.2),
        "notice_board": Kind(posters.notice_board, "notice_board", 1.4, wall=True),
        "cabinet": Kind(posters.cabinet, None, 0.8),
        "walker": Kind(people.walker, "person", 0.4),
        "person": Kind(people.person, "person", 0.4),
        "carrier": Kind(people.carrier, "person", 0.4),
        "vehicle": Kind(vehicles.vehicle, "vehicle", 2.4),
        "van": Kind(vehicles.van, "vehicle", 2.4),
        "bag": Kind(waste.bag, "bag", 0.35),
        "litter": Kind(waste.litter, "litter", 0.2),
    }
)

STREET_CLASSES = (
    "overflowing_bin",
    "waste_heap",
    "rubble_heap",
    "vendor_stall",
    "shop_outside",
    "goods_on_pavement",
    "fly_posting",
    "bike_misplaced",
)
"""The eight city-appearance problems, in the order of their numbers in YOLO label files."""

CODES: Mapping[str, str] = MappingProxyType(
    {
        "overflowing_bin": "06042",
        "waste_heap": "06010",
        "rubble_heap": "06011",
        "vendor_stall": "09001",
        "shop_outside": "09005",
        "goods_on_pavement": "09006",
        "fly_posting": "07001",
        "bike_misplaced": "09010",
    }
)
"""Matter codes as the national list has them (second-hand transcription); goods that merely lie there
may also be 06036."""


POINT_CLASSES = (
    "person",
    *(f"bag_{stream}" for stream in bins.STREAMS),
    *(f"bin_{stream}" for stream in bins.STREAMS),
    "overflowing_bin",
)
"""What a disposal point asks about, in the order of their numbers in YOLO label files."""


def label_of(kind: str, options: Mapping[str, object]) -> str | None:
    """Of bags and bins with their stream; a bin that is more than full is an overflowing one."""
    stream, label = options.get("stream"), KINDS[kind].label
    if label == "bin" and float(str(options.get("fill", 0))) > 1:
        return "overflowing_bin"
    if options.get("part") == "bag":
        return f"bag_{stream}"
    return f"{label}_{stream}" if stream and label in ("bag", "bin") else label
