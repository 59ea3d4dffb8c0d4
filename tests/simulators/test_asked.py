"""Indicators that are asked: each question its answer, nothing unasked, and no order obeyed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown
from simulators.weighbridge.asked import Asked, asked

STILL, MOVING = Shown(Decimal(1560)), Shown(Decimal(1560), stable=False)
POLLED = [name for name, spec in DIALECTS.items() if spec.poll]


def made(name: str) -> Asked:
    machine = asked(name, DIALECTS[name])
    assert machine is not None
    return machine


def test_only_dialects_with_a_question_have_an_answering_side() -> None:
    assert {name for name, spec in DIALECTS.items() if asked(name, spec)} == set(POLLED)


@pytest.mark.parametrize("name", POLLED)
def test_their_own_question_is_answered_and_silence_is_kept_until_then(name: str) -> None:
    spec, machine = DIALECTS[name], made(name)
    assert spec.poll is not None
    question = spec.poll(spec.settings())
    assert machine.answer(b"", STILL) == []
    assert machine.answer(question[:2], STILL) == []
    assert machine.answer(question[2:], STILL) == [spec.encode(STILL)]


def test_sir_repeats_until_another_command() -> None:
    machine, weight = made("mt-sics"), DIALECTS["mt-sics"].encode(STILL)
    assert machine.answer(b"SIR\r\n", STILL) == [weight]
    assert machine.answer(b"", STILL) == [weight]
    assert machine.answer(b"@\r\n", STILL) == [b'I4 A "0000000000"\r\n']
    assert machine.answer(b"", STILL) == []


def test_s_waits_until_the_weight_stands_and_gives_up_after_a_while() -> None:
    machine, weight = made("mt-sics"), DIALECTS["mt-sics"].encode(STILL)
    assert machine.answer(b"S\r\n", MOVING) == []
    assert machine.answer(b"", STILL) == [weight]
    assert machine.answer(b"S\r\n", MOVING) == []
    said = [line for _ in range(60) for line in machine.answer(b"", MOVING)]
    assert said == [b"S I\r\n"]


@pytest.mark.parametrize(
    ("question", "answer"), [(b"Z", b"Z I\r\n"), (b"T", b"T I\r\n"), (b"X9", b"ES\r\n")]
)
def test_orders_are_not_possible_and_unknown_commands_are_said_to_be(
    question: bytes, answer: bytes
) -> None:
    assert made("mt-sics").answer(question + b"\r\n", STILL) == [answer]


def test_sma_answers_w_once_r_again_and_again_and_does_not_know_the_rest() -> None:
    machine, weight = made("sma"), DIALECTS["sma"].encode(STILL)
    assert machine.answer(b"\nW\r", STILL) == [weight]
    assert machine.answer(b"", STILL) == []
    assert machine.answer(b"\nR\r", STILL) + machine.answer(b"", STILL) == [weight] * 2
    assert machine.answer(b"\nZ\r", STILL) == [b"\n?\r"]
    assert machine.answer(b"", STILL) == []


def test_frames_are_answered_at_their_address_and_with_a_right_check_only() -> None:
    machine = made("keli-xk3118k9")
    # handshake of address A: XK3190-A9+ manual p. 11
    assert machine.answer(bytes.fromhex("024141303003"), STILL) == [bytes.fromhex("024141303003")]
    assert machine.answer(bytes.fromhex("024142303403"), STILL) == []
    assert machine.answer(b"\x02BB00\x03", STILL) == []
    net = machine.answer(bytes.fromhex("024144303503"), STILL)[0]
    assert net[1:3] == b"AD"
    decoder = DIALECTS["keli-xk3118k9"].decoder(DIALECTS["keli-xk3118k9"].settings())
    assert [one.net for one in decoder.feed(net)] == [True]  # type: ignore[union-attr]
