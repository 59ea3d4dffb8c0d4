"""The tag reader: one reading a second while the truck is there, none after."""

from __future__ import annotations

from firmware_bridges.card_reader import encode
from simulators.card_reader import cards_between
from simulators.named_scenarios import named_scenario
from simulators.scenario import Truck, build_scenario


def test_a_tag_is_read_again_and_again_while_its_truck_is_there_and_only_then() -> None:
    scenario = named_scenario("normal", 1)
    for truck in scenario.trucks:
        assert truck.tag is not None
        during = list(cards_between(scenario, truck.t, truck.crossing.leaves_s + 0.01))
        assert len(during) >= 3
        assert set(during) == {encode(truck.tag)}
        assert not list(cards_between(scenario, truck.crossing.leaves_s + 0.01, truck.until))


def test_slices_of_time_neither_lose_nor_repeat_a_reading() -> None:
    scenario = named_scenario("demo", 1)
    whole = list(cards_between(scenario, 0, scenario.length_s))
    sliced = [
        frame
        for index in range(int(scenario.length_s * 10) + 1)
        for frame in cards_between(scenario, index / 10, (index + 1) / 10)
    ]
    assert sliced == whole


def test_a_truck_without_a_tag_is_not_read() -> None:
    row: dict[str, object] = {"t": 0, "kind": "truck", "id": "T", "plate": "x", "mass_kg": 9000}
    scenario = build_scenario("x", [(1, row)], "x")
    assert isinstance(scenario.acts[0], Truck)
    assert not list(cards_between(scenario, 0, 100))
