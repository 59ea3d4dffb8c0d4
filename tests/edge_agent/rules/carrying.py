"""Somebody with a bag before a camera, for the tests of the rules about deposits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_agent.readings import Moment, SceneReading, SeenThing
from edge_agent.rules.deposits import step as deposits
from edge_agent.rules.deposits.words import Box, Carried, DepositLimits, Fact

LIMITS = DepositLimits(
    bags=frozenset({"bag_food", "bag_residual"}),
    bins=frozenset({"green", "grey"}),
    ground=frozenset({"ground"}),
    streams={"bag_food": "food", "bag_residual": "residual"},
    before={"at-green": "green", "at-grey": "grey"},
)
STEP_S = 0.2
STANDS: Box = (0.40, 0.30, 0.50, 0.90)
IN_HAND: Box = (0.49, 0.55, 0.54, 0.66)
ELSEWHERE: Box = (0.59, 0.66, 0.64, 0.78)
HANGING: Box = (0.49, 0.66, 0.54, 0.78)


@dataclass
class Stage:
    """Somebody with a bag before a camera that looks every fifth of a second."""

    limits: DepositLimits = LIMITS
    bags: dict[int, Carried] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def show(self, *things: SeenThing, gone: Sequence[SeenThing] = ()) -> list[Fact]:
        reading = SceneReading("cam", Moment("b", 0, 0, "ntp"), things, tuple(gone))
        told = deposits.step(self.bags, reading, self.limits)
        self.facts += told
        return told

    def ways(self) -> list[tuple[str, str | None]]:
        """Those that somebody may be told off for, and the others as late."""
        return [(f"late {one.way}" if one.late else one.way, one.bin) for one in self.facts]


def person(still_s: float = 5.0, track: int = 1, box: Box = STANDS) -> SeenThing:
    return SeenThing("person", 0.9, box, track, 9.0, still_s, ("ground",))


def bag(
    *zones: str,
    track: int = 2,
    label: str = "bag_food",
    box: Box = IN_HAND,
    age_s: float = 3.0,
    still_s: float = 0.4,
    unseen: int = 0,
    missed: int | None = None,
    share: float = 1.0,
) -> SeenThing:
    """`unseen`: looks since it was last seen; `missed` as many of them as could have seen it."""
    return SeenThing(
        label, 0.8, box, track, age_s + unseen * STEP_S, still_s, zones, (),
        tuple(1.0 for _ in zones), (), unseen * STEP_S,
        unseen if missed is None else missed, share,
    )  # fmt: skip


def brought(stage: Stage, *zones: str, **what: float) -> None:
    """Carried here, now held at these zones."""
    stage.show(person(0.0), bag("ground", age_s=0.4))
    stage.show(person(0.6), bag(*zones, **what))  # type: ignore[arg-type]
