"""The gateway is killed with the first truck on the deck, the hub with the second; both come back."""

from __future__ import annotations

from pathlib import Path

from edile.demo.mishaps import HUB_AWAY_S, KILL_AFTER_S, Mishaps
from edile.demo.programs import Program
from edile.demo.screen import PlainScreen

TRUCK = {"kind": "truck", "id": "T1", "vehicle": "A", "t": 2}


class Diary(Program):
    """Writes down what was asked of it."""

    def __init__(self, name: str, diary: list[str]) -> None:
        super().__init__(name, (), Path())
        self._diary = diary

    def start(self) -> None:
        self._diary.append(f"start {self.name}")

    def kill(self) -> None:
        self._diary.append(f"kill {self.name}")


def made() -> tuple[Mishaps, list[str]]:
    diary: list[str] = []
    hub, agent = Diary("hub", diary), Diary("agent", diary)
    return Mishaps(PlainScreen(lambda line: None, lambda: 0.0), hub=hub, agent=agent), diary


def test_the_gateway_is_killed_while_the_first_truck_stands() -> None:
    mishaps, diary = made()
    mishaps.saw(TRUCK, 100.0)
    mishaps.due(100.0 + KILL_AFTER_S - 0.1)
    assert diary == []
    mishaps.due(100.0 + KILL_AFTER_S)
    assert diary == ["kill agent", "start agent"]


def test_the_hub_is_away_for_a_while_at_the_second_truck_and_only_then() -> None:
    mishaps, diary = made()
    for _ in range(5):
        mishaps.saw(TRUCK, 100.0)
    mishaps.due(100.0)
    assert diary == ["kill hub"]
    assert mishaps.down == {"hub"}
    mishaps.due(100.0 + HUB_AWAY_S)
    assert diary == ["kill hub", "kill agent", "start agent", "start hub"]
    assert mishaps.down == frozenset()


def test_other_lines_of_the_truth_do_nothing() -> None:
    mishaps, diary = made()
    mishaps.saw({"kind": "weighing", "id": "T1"}, 100.0)
    mishaps.finish()
    assert diary == []


def test_at_the_end_nothing_stays_down() -> None:
    mishaps, diary = made()
    mishaps.saw(TRUCK, 100.0)
    mishaps.saw(TRUCK, 101.0)
    mishaps.due(101.0)
    mishaps.finish()
    assert diary[-1] == "start hub"
    assert mishaps.down == frozenset()
