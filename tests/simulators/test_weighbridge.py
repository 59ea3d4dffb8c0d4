"""The indicator as a value: same seed, same bytes; faults where the scenario says, nowhere else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from simulators.chance import chance
from simulators.named_scenarios import named_scenario
from simulators.scenario import Scenario, build_scenario
from simulators.weighbridge.asked import asked
from simulators.weighbridge.indicator import (
    Conversion,
    Weighbridge,
    garbled,
    passes_as_weight,
)

ENCODE = DIALECTS["yaohua-tf0"].encode


def played(scenario: Scenario, seed: int) -> list[Conversion]:
    bridge = Weighbridge(scenario, seed, ENCODE)
    return [bridge.convert() for _ in range(int(scenario.length_s * 10))]


@given(st.integers(0, 100))
def test_the_same_seed_gives_the_same_bytes(seed: int) -> None:
    scenario = named_scenario("garble", seed)
    assert played(scenario, seed) == played(scenario, seed)


def test_another_seed_gives_other_damage() -> None:
    scenario = named_scenario("garble", 1)
    assert played(scenario, 1) != played(scenario, 2)


def test_conversions_come_at_the_indicators_rate() -> None:
    conversions = played(named_scenario("normal", 1), 1)
    assert [round(c.t * 10) for c in conversions] == list(range(len(conversions)))


@pytest.mark.parametrize("name", ["normal", "silence", "garble", "unplug", "wrong-baud"])
def test_a_fault_shows_exactly_while_it_lasts(name: str) -> None:
    scenario = named_scenario(name, 1)
    hurt = {
        round(c.t, 1)
        for c in played(scenario, 1)
        if c.sent != ENCODE(Shown(c.shown)) or c.baud != 9600 or not c.plugged
    }
    expected = {
        index / 10
        for act in scenario.disturbances
        for index in range(int(scenario.length_s * 10))
        if act.t <= index / 10 < act.until
    }
    assert hurt == expected


@given(st.integers(0, 10_000), st.decimals(0, 99_980, places=0))
def test_a_garbled_frame_is_never_a_whole_one(seed: int, weight: Decimal) -> None:
    frame = garbled(ENCODE(Shown(weight)), chance(seed, "damage"))
    body = frame[1:9]
    sums = len(frame) == 12 and frame[0] == 2 and frame[11] == 3
    if sums:
        xor = 0
        for byte in body:
            xor ^= byte
        sums = frame[9:11] == b"%X%X" % divmod(xor, 16)
    assert not sums


def test_seven_bit_framing_sends_parity_in_bit_seven() -> None:
    rows: list[tuple[int, dict[str, object]]] = [
        (1, {"kind": "indicator", "framing": "7E1"}),
        (2, {"kind": "silence", "id": "S", "t": 5, "duration_s": 1}),
    ]
    conversion = played(build_scenario("x", rows, "x"), 1)[0]
    assert conversion.sent != ENCODE(Shown(conversion.shown))
    assert bytes(byte & 0x7F for byte in conversion.sent) == ENCODE(Shown(conversion.shown))


@pytest.mark.parametrize("name", DIALECTS)
@given(seed=st.integers(0, 10_000), weight=st.integers(0, 9999))
def test_in_every_dialect_garble_is_seen_to_be_garble(name: str, seed: int, weight: int) -> None:
    spec = DIALECTS[name]
    passes = passes_as_weight(spec)
    assert not passes(garbled(spec.encode(Shown(Decimal(weight))), chance(seed, "damage"), passes))
    assert passes(spec.encode(Shown(Decimal(weight))) * 2)


def test_the_stable_lamp_is_lit_once_the_display_has_not_changed_for_half_a_second() -> None:
    conversions = played(named_scenario("normal", 1), 1)
    assert {c.stable for c in conversions} == {True, False}
    for index, now in enumerate(conversions):
        window = conversions[max(0, index - 5) : index + 1]
        assert now.stable == (index >= 4 and {c.shown for c in window} == {now.shown})


def test_one_that_is_asked_is_silent_until_then_and_deaf_to_another_speed() -> None:
    spec = DIALECTS["keli-xk3118k9"]
    scenario = named_scenario("normal", 1)
    bridge = Weighbridge(scenario, 1, spec.encode, asked=asked("keli-xk3118k9", spec))
    question = bytes.fromhex("024142303303")  # gross weight: XK3190-A9+ manual p. 11
    assert bridge.convert().sent == b""
    assert bridge.convert(question, 4800).sent == b""
    assert bridge.convert(question, 9600).sent == spec.encode(Shown(Decimal(0)))
