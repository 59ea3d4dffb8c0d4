"""Lines for people: units, commas, addresses, tares; and the '=' formats, which have no end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Refused
from tests.firmware_bridges.dialect_bench import decoded, decoder, only, refusal_of, weight_of


@pytest.mark.parametrize("mode", ["TR", "T ", "PT", "TW", "TN"])
def test_tares_and_totals_are_understood_and_no_weighing(mode: str) -> None:
    """A&D AD-4403 manual p. 64, header 2."""
    assert decoded("st-gs-line", f"ST,{mode},+003015.0kg\r\n".encode()) == []


def test_a_printed_tare_is_no_weighing() -> None:
    """pengshulin/mcush Yaohua.py."""
    assert decoded("wn-line", b"wt000.000kg\r\n") == []


def test_instruments_on_one_line_are_told_apart_by_their_address() -> None:
    line = b"01ST,GS,   100.0,kg\r\n02ST,GS,   200.0,kg\r\nST,GS,   300.0,kg\r\n"
    assert [weight_of(one).weight for one in decoded("st-gs-line", line)] == [100, 200, 300]
    two = decoded("st-gs-line", line, address="02")
    assert [weight_of(one).weight for one in two] == [200, 300]


@pytest.mark.parametrize("dialect", ["st-gs-line", "wn-line"])
def test_a_unit_is_required_where_the_format_names_one(dialect: str) -> None:
    line = {"st-gs-line": b"ST,GS,+003015.0%b\r\n", "wn-line": b"wn0002.02%b\r\n"}[dialect]
    for name in (b"", b"pc", b"oz"):
        assert refusal_of(only(decoded(dialect, line % name, unit="kg"))) == "no-unit"
    assert weight_of(only(decoded(dialect, line % b"lb", unit="kg"))).unit == "lb"


def test_the_capacity_is_compared_in_its_own_unit() -> None:
    told = {"unit": "t", "capacity": Decimal(30)}
    assert weight_of(only(decoded("plain-line", b"60000 kg\r\n", **told))).weight == 60_000
    assert refusal_of(only(decoded("plain-line", b"60001 kg\r\n", **told))) == "above-capacity"
    assert refusal_of(only(decoded("plain-line", b"61\r\n", **told))) == "above-capacity"
    assert weight_of(only(decoded("plain-line", b"132000 lb\r\n", **told))).unit == "lb"


@pytest.mark.parametrize(
    ("text", "as_point", "as_thousands"),
    [
        (b"1,234", "1.234", "1234"),
        (b"1,23", "1.23", None),
        (b"1,234,567", None, "1234567"),
        (b"1,234.5", None, "1234.5"),
        (b"1.234,5", None, None),
        (b"12 345", None, None),
        (b"1,,234", None, None),
        (b",5", "0.5", None),
        (b"0,500", "0.500", None),
        (b"12,345", "12.345", "12345"),
    ],
)
def test_a_comma_is_what_the_setting_says_and_nothing_is_guessed(
    text: bytes, as_point: str | None, as_thousands: str | None
) -> None:
    for point, shown in ((True, as_point), (False, as_thousands)):
        answer = only(decoded("plain-line", text + b" kg\r\n", decimal_comma=point))
        if shown is None:
            assert refusal_of(answer) == "not-numeric"
        else:
            assert weight_of(answer).weight == Decimal(shown)
    for line in (b"%b kg\r\n" % text, b"ST,GS,+%b kg\r\n" % text, b"wn%bkg\r\n" % text):
        name = {b"S": "st-gs-line", b"w": "wn-line"}.get(line[:1], "plain-line")
        unsaid = refusal_of(only(decoded(name, line)))
        assert unsaid == ("comma" if b"," in text else "not-numeric")


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1e3", "1_000", "٣", "0x10", "--5", "+-5", "5.", "."]
)
def test_only_plain_decimal_numbers_are_weights(text: str) -> None:
    answer = only(decoded("plain-line", text.encode() + b"\r\n"))
    if text == "5.":
        assert weight_of(answer).weight == 5
    else:
        assert refusal_of(answer) in ("not-numeric", "no-unit")


@pytest.mark.parametrize("dialect", ["yaohua-eq-reversed", "yaohua-eq-forward", "tenzo-m"])
def test_the_next_frame_ends_one_that_has_no_end(dialect: str) -> None:
    one = decoder(dialect)
    assert one.feed(b"=  3015" if dialect == "tenzo-m" else b"=0000.000") == []
    assert len(one.feed(b"=")) == 1
    assert refusal_of(only(one.flush())) == "truncated"


def test_what_puts_its_sign_behind_is_read_from_the_second_weight_on() -> None:
    """PyPI weighbridge-simulator puts '=' at the end; the digits are those of A26's example."""
    answers = decoded("yaohua-eq-reversed", b"000.3000=000.3000=000.3000=")
    assert [weight_of(one).weight for one in answers[:2]] == [3, 3]
    assert refusal_of(answers[2]) == "truncated"


def test_a_point_among_the_digits_of_an_answer_needs_no_number_of_decimals() -> None:
    """Keli XK3118K9 manual p. 10: "sign + 6 digits and one radix point"; check by hand."""
    frame = b"\x02AB+0088.80" + b"%02X\x03" % _xor(b"AB+0088.80")
    assert weight_of(only(decoded("yaohua-cmd", frame))).weight == Decimal("88.80")
    bare = b"\x02AB+00888.0" + b"%02X\x03" % _xor(b"AB+00888.0")
    assert weight_of(only(decoded("yaohua-cmd", bare))).weight == Decimal("888.0")


def _xor(body: bytes) -> int:
    check = 0
    for byte in body:
        check ^= byte
    return check


def test_questions_of_the_command_mode_are_those_of_the_manual() -> None:
    """XK3190-A23p manual p. 26 for address A; B is 42h there."""
    spec = DIALECTS["yaohua-cmd"]
    assert spec.poll is not None
    assert spec.poll(spec.settings()) == bytes.fromhex("024142303303")
    assert spec.poll(spec.settings(ask_for="net")) == bytes.fromhex("024144303503")  # type: ignore[call-arg]
    assert spec.poll(spec.settings(address="B")) == b"\x02BB00\x03"  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("heard", "what"),
    [
        ("024141303003", "handshake"),
        ("024142303303", "our own question, heard back"),
        ("02 42 42 2B 30 30 38 38 38 30 33 31 30 03", "another address"),
        ("02 41 43 2B 30 30 38 38 38 30 33 31 32 03", "a tare"),
    ],
)
def test_what_is_no_weight_on_a_polled_line_gives_nothing(heard: str, what: str) -> None:
    assert decoded("yaohua-cmd", bytes.fromhex(heard)) == [], what


def test_an_indicator_that_does_not_know_the_question_is_not_a_dead_line() -> None:
    """XK3190-DS1 manual p. 9: 04 to an unknown command."""
    assert refusal_of(only(decoded("yaohua-cmd", b"\x04"))) == "unknown-command"
    good = bytes.fromhex("0241422B30303838383033313303")
    answers = decoded("yaohua-cmd", good + b"\x04" + good[:5] + b"\x04" + good)
    assert [type(one).__name__ for one in answers] == [
        "IndicatorWeight",
        "Refused",
        "Refused",
        "Refused",
        "IndicatorWeight",
    ]


@pytest.mark.parametrize("body", [b"AB+008880", b"AB+0888", b"AB+00888031", b"AE123456"])
def test_an_answer_of_any_other_length_is_refused(body: bytes) -> None:
    frame = b"\x02" + body + b"%02X\x03" % _xor(body)
    assert refusal_of(only(decoded("yaohua-cmd", frame))) == "length"


@pytest.mark.parametrize("text", [b"00.100", b"0000.1000", b"", b"000.30000000000000"])
@pytest.mark.parametrize("dialect", ["yaohua-eq-reversed", "yaohua-eq-forward"])
def test_a_number_with_a_digit_lost_or_added_is_refused(dialect: str, text: bytes) -> None:
    answers = decoded(dialect, b"=" + text + b"=000.3000\r\n")
    assert refusal_of(answers[0]) == "length"
    assert weight_of(answers[1]).raw == b"=000.3000"


def test_a_digit_or_sign_that_is_lost_changes_no_weight_but_the_length() -> None:
    """XK3190 '=' frames of a table of profiles (public file 71303250208), each with a byte lost."""
    stream = b"=5.21000-" * 3 + b"=5.21000" + b"=5.21000-" * 2
    answers = decoded("yaohua-eq-reversed", stream)
    weights = [one.weight for one in answers if not isinstance(one, Refused)]
    assert weights == [Decimal("-12.5")] * 5
    assert [refusal_of(one) for one in answers if isinstance(one, Refused)] == ["length"]
    short = decoded("yaohua-eq-forward", b"=0123.000" * 2 + b"=013.000" + b"=0123.000")
    assert [one.weight for one in short if not isinstance(one, Refused)] == [123, 123, 123]
    assert refusal_of(decoded("yaohua-eq-reversed", b"=5.21000-" * 2 + b"=5.21000")[-1]) == (
        "truncated"
    )


def test_a_stream_that_changes_its_length_is_followed_after_one_frame() -> None:
    answers = decoded("yaohua-eq-reversed", b"=0.05210" * 2 + b"=5.21000-" * 3 + b"=0.05210" * 2)
    assert [isinstance(one, Refused) for one in answers] == [
        *(False, False),
        *(True, False, False),
        *(True, False),
    ]


def test_eight_digits_without_a_point_are_no_weight() -> None:
    """XK3190-A26 manual pp. 12-13: eight characters with a point, seven without."""
    assert refusal_of(only(decoded("yaohua-eq-forward", b"=00001560\r\n"))) == "length"
    assert weight_of(only(decoded("yaohua-eq-forward", b"=0001560\r\n"))).weight == 1560


@pytest.mark.parametrize(
    ("dialect", "line"), [("yaohua-a12e-xor", b"         LO23\r\n"), ("mt-sics", b"S -\r\n")]
)
def test_under_the_range_without_a_number_is_told_as_that(dialect: str, line: bytes) -> None:
    """XK3190-A12E manual p. 13; MT-SICS reference manual 11780711, S: underload."""
    one = weight_of(only(decoded(dialect, line)))
    assert (one.weight, one.underload, one.overload, one.stable) == (0, True, False, False)
