"""The truth tells every truck and incident once, with the weight that stood on the display."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from firmware_bridges.weighbridge.indicator import Shown
from simulators.named_scenarios import NAMED, named_scenario
from simulators.scenario import INCIDENTS, Scenario
from simulators.truth import TruthLine, Witness, header
from simulators.weighbridge.indicator import Conversion, Weighbridge


def plainly(shown: Shown) -> bytes:
    """A dialect for tests: eight digits and a semicolon."""
    return f"{shown.weight:08.{shown.decimals}f};;;;".encode()


def told(scenario: Scenario, seed: int = 7) -> tuple[list[TruthLine], list[Conversion]]:
    bridge, witness = Weighbridge(scenario, seed, plainly), Witness(scenario)
    lines, conversions = list[TruthLine](), list[Conversion]()
    while bridge.next_t <= scenario.length_s:
        conversion = bridge.convert()
        conversions.append(conversion)
        lines += witness.see(conversion.t, conversion.shown)
    return lines, conversions


def kinds(lines: list[TruthLine]) -> Counter[object]:
    return Counter(line["kind"] for line in lines)


@pytest.mark.parametrize("name", NAMED)
def test_every_settled_weighing_is_told_with_what_the_display_showed(name: str) -> None:
    scenario = named_scenario(name, 7)
    lines, conversions = told(scenario)
    weighings = {line["id"]: line for line in lines if line["kind"] == "weighing"}
    settled = [truck for truck in scenario.trucks if truck.settles]
    assert list(weighings) == [truck.id for truck in settled]
    for truck in settled:
        still = truck.crossing.steady_s
        until = truck.crossing.step_s if truck.crossing.step_kg else truck.crossing.leaves_s
        shown = {c.shown for c in conversions if still <= c.t < until}
        assert shown == {Decimal(str(weighings[truck.id]["weight_kg"]))}
        assert weighings[truck.id]["steady"]


@pytest.mark.parametrize(
    ("name", "incident"),
    [
        ("left-before-stable", "left-before-stable"),
        ("over-capacity", "over-capacity"),
        ("step-change", "step-change"),
        ("same-load-twice", "same-load-twice"),
        ("untared-tip", "untared-tip"),
        ("zero-drift", "zero-drift"),
        ("silence", "indicator-silent"),
        ("garble", "indicator-garbled"),
        ("wrong-baud", "indicator-garbled"),
        ("unplug", "unplugged"),
    ],
)
def test_a_scenario_of_one_anomaly_tells_it_once_and_no_other(name: str, incident: str) -> None:
    lines, _ = told(named_scenario(name, 3))
    assert {k: n for k, n in kinds(lines).items() if k in INCIDENTS} == {incident: 1}


def test_a_normal_day_tells_no_incident() -> None:
    lines, _ = told(named_scenario("normal", 3))
    assert not set(kinds(lines)) & set(INCIDENTS)


def test_lines_come_in_order_of_time_and_ids_are_unique() -> None:
    lines, _ = told(named_scenario("demo", 11))
    times = [float(str(line["t"])) for line in lines if line["kind"] in {"truck", "weighing"}]
    assert times == sorted(times)
    ids = [(line["kind"], line["id"]) for line in lines]
    assert len(ids) == len(set(ids))


def test_weights_are_written_as_the_display_shows_them() -> None:
    lines, _ = told(named_scenario("normal", 5))
    weights = [str(line["weight_kg"]) for line in lines if line["kind"] == "weighing"]
    assert all(weight.isdigit() for weight in weights)


def test_the_header_names_every_incident_it_may_tell() -> None:
    head = header(named_scenario("demo", 1), 1, "yaohua-tf0")
    events, orders = head["expects_event"], head["expects_order"]
    assert isinstance(events, list)
    assert isinstance(orders, list)
    assert set(INCIDENTS) < set(events)
    assert set(INCIDENTS) - set(orders) == {"unplugged"}


def test_a_step_tells_the_weight_before_and_after() -> None:
    lines, _ = told(named_scenario("step-change", 5))
    stepped = [line for line in lines if line.get("stepped_to_kg")]
    assert len(stepped) == 1
    before, after = (Decimal(str(stepped[0][key])) for key in ("weight_kg", "stepped_to_kg"))
    assert before - after == 3000
