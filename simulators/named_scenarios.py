"""Scenarios that have a name: a quiet day, each anomaly alone, and the demo's mix.

Every one is written as rows of a scenario file, so `edile sim scenarios NAME` prints what it would
take to write it by hand. Masses sit within a quarter of a division of what the display can show:
the true ticket weight is then beyond dispute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.chance import chance
from simulators.fleet import PAIRED, STORED, FleetTruck
from simulators.scenario import Scenario, build_scenario

Row = dict[str, object]
GAP_S = 1.5
DIVISION_KG = 20
CAPACITY_KG = 60_000
ROLLING_S = 4.0  # two axles on, two axles off
STAY_S = 4.2
LONG_STAY_S = 14.0
DEMO_LEAD_S = 12.0  # of the asked minutes, for the programs around the simulator to start and end
DEMO_ALL_S = 100.0  # a demo of this length has room for every anomaly


class Story:
    """Rows in order of time; `cursor` is when the next act may begin."""

    def __init__(self, seed: int) -> None:
        self.rows: list[Row] = [{"kind": "indicator", "capacity_kg": CAPACITY_KG}]
        self.random = chance(seed, "story")
        self.cursor = 2.0
        self._loads: dict[str, int] = {}
        self._count = 0

    def crosses(self, truck: FleetTruck, mass_kg: float, direction: str, **more: object) -> str:
        """One crossing; returns its id."""
        act = self._id("T")
        row: Row = {"t": self._now(), "kind": "truck", "id": act, "plate": truck.plate}
        row |= {"tag": truck.tag, "direction": direction, "mass_kg": mass_kg, "stay_s": STAY_S}
        row |= more
        self.rows.append(row)
        stay = row["stay_s"]
        self.cursor += ROLLING_S + (stay if isinstance(stay, float) else STAY_S) + GAP_S
        return act

    def arrives(self, truck: FleetTruck, **more: object) -> str:
        """Laden, with a load it has not brought before."""
        return self.crosses(truck, self.laden(truck), "in", **more)

    def goes_empty(self, truck: FleetTruck, **more: object) -> str:
        return self.crosses(truck, self._near(truck.tare_kg), "out", **more)

    def disturbed(self, kind: str, duration_s: float, **more: object) -> None:
        row: Row = {"t": self._now(), "kind": kind, "id": self._id("D"), "duration_s": duration_s}
        self.rows.append(row | more)
        self.cursor += duration_s + GAP_S

    def laden(self, truck: FleetTruck) -> float:
        """Never twice the same for one truck: its loads rise by at least 400 kg each time."""
        load = self._loads.get(truck.plate, self.random.randrange(3_000, 5_000, DIVISION_KG))
        self._loads[truck.plate] = load + self.random.randrange(400, 700, DIVISION_KG)
        return self._near(truck.tare_kg + load)

    def _near(self, mass_kg: int) -> float:
        return mass_kg + round(self.random.uniform(-0.2, 0.2) * DIVISION_KG, 1)

    def _now(self) -> float:
        return round(self.cursor, 2)

    def _id(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"


Episode = Callable[[Story], object]


def _pair(story: Story) -> None:
    truck = PAIRED[story.random.randrange(3)]
    story.arrives(truck)
    story.goes_empty(truck)


def _long_pair(story: Story) -> None:
    """Stands long enough on the way in for a gateway to die and come back meanwhile."""
    truck = PAIRED[3]
    story.arrives(truck, stay_s=LONG_STAY_S)
    story.goes_empty(truck)


def _left_before_stable(story: Story) -> None:
    story.arrives(STORED[0], rocks=True, stay_s=1.6)


def _over_capacity(story: Story) -> None:
    story.crosses(STORED[1], CAPACITY_KG + story.random.randrange(1_000, 4_000, 20) + 2.5, "in")


def _step_change(story: Story) -> None:
    story.arrives(STORED[2], stay_s=6.5, step_kg=-3000.0, step_after_s=4.5)


def _untared_tip(story: Story) -> None:
    story.arrives(PAIRED[4], expect=["untared-tip"])


def _same_load_twice(story: Story) -> None:
    truck = STORED[0]
    mass = story.laden(truck)
    story.crosses(truck, mass, "in")
    story.crosses(truck, mass, "in", expect=["same-load-twice"])


def _zero_drift(story: Story) -> None:
    story.disturbed("zero-drift", 6.0, offset_kg=100.0)


def _silence(story: Story) -> None:
    story.disturbed("silence", 6.0)


def _garble(story: Story) -> None:
    story.disturbed("garble", 6.0)


def _unplug(story: Story) -> None:
    story.disturbed("unplug", 4.0)


def _wrong_baud(story: Story) -> None:
    story.disturbed("wrong-baud", 6.0, baud=4800)


@dataclass(frozen=True, slots=True)
class Named:
    """`anomaly`: the demo mixes it in; `about` is the line `edile sim scenarios` prints."""

    about: str
    episode: Episode
    anomaly: bool = True

    @property
    def length_s(self) -> float:
        story = Story(0)
        begin = story.cursor
        self.episode(story)
        return story.cursor - begin


NAMED: dict[str, Named] = {
    "normal": Named("trucks weighed in laden and out empty, nothing wrong", _pair, anomaly=False),
    "left-before-stable": Named(
        "a truck rocks and drives off before it stood", _left_before_stable
    ),
    "over-capacity": Named("a truck heavier than the scale may weigh", _over_capacity),
    "step-change": Named("a cheat's box takes 3 t away in one step, no ramp", _step_change),
    "same-load-twice": Named("the same load weighed in twice", _same_load_twice),
    "untared-tip": Named("a truck weighed in laden never comes back to be tared", _untared_tip),
    "zero-drift": Named("mud on the bare deck: it shows 100 kg", _zero_drift),
    "silence": Named("the indicator sends nothing, the line stays open", _silence),
    "garble": Named("every frame is hurt on the cable", _garble),
    "unplug": Named("the converter is pulled out and put back", _unplug),
    "wrong-baud": Named("the indicator is set to 4800 baud meanwhile", _wrong_baud, anomaly=False),
    "demo": Named("all of them in an order drawn from the seed", _long_pair, anomaly=False),
}
FOR_SHORT_DEMOS = ("silence", "left-before-stable", "over-capacity")


def named_scenario(name: str, seed: int, minutes: float = 3.0) -> Scenario:
    """`minutes` is for the demo only. KeyError for a name not in NAMED."""
    return build_scenario(name, enumerate(named_rows(name, seed, minutes), 1), name)


def named_rows(name: str, seed: int, minutes: float = 3.0) -> list[Row]:
    story = Story(seed)
    if name == "demo":
        _mix(story, minutes * 60 - DEMO_LEAD_S)
    else:
        for episode in (_pair, NAMED[name].episode, _pair):
            episode(story)
    return story.rows


def _mix(story: Story, length_s: float) -> None:
    """The long pair, then the untared tip (its window must run out before the end), then the rest
    shuffled; ordinary trucks fill what is left."""
    _long_pair(story)
    names = [name for name, named in NAMED.items() if named.anomaly]
    if length_s < DEMO_ALL_S:
        names = list(FOR_SHORT_DEMOS)
    elif "untared-tip" in names:
        names.remove("untared-tip")
        _untared_tip(story)
    story.random.shuffle(names)
    budget = length_s - story.cursor - sum(NAMED[name].length_s for name in names)
    pairs = max(0, int(budget // NAMED["normal"].length_s))
    plan = names + ["normal"] * pairs
    story.random.shuffle(plan)
    for name in plan:
        NAMED[name].episode(story)
