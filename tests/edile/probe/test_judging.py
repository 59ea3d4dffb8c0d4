"""The verdict over all that was heard: four outcomes, what stays open, what a known weight decides."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from edge_agent.config.devices import WeighbridgeConfig
from edge_agent.config.values import Findings
from edile.probe.judging import Verdict, gateway_table, judge
from edile.probe.recognising import Dialects, Hearing
from edile.probe.telling import open_question, verdict_object, verdict_text
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.answering import FramedDecoder, decimal_of, weighed
from firmware_bridges.weighbridge.indicator import (
    Answer,
    DialectSpec,
    IndicatorSettings,
    Refused,
    TextSettings,
)

TF0 = bytes.fromhex("022B30303135363030313903")  # 1560 kg, app_tools_zxw docstring


def heard(data: bytes, baud: int = 9600) -> Hearing:
    return Hearing(data, 2.0, baud)


def verdict(data: bytes, known: str | None = None, dialects: Dialects = DIALECTS) -> Verdict:
    return judge([heard(data)], dialects, Decimal(known) if known else None)


def pointed(order: int) -> DialectSpec:
    """A dialect that reads `000.3000;` from left to right, or from right to left."""

    def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
        weight = decimal_of(shown[:-1][::order], settings)
        if weight is None:
            return Refused("not-numeric", raw)
        return weighed(weight, raw, settings, unit=settings.unit, stable=None, net=None)

    return DialectSpec(
        about="for this test",
        settings=TextSettings,
        decoder=lambda settings: FramedDecoder(LineFramer(12, ends=b";"), parse, settings),
        encode=lambda _: b"",
        verified="nothing",
    )


EITHER_WAY: Dialects = {"forward": pointed(1), "reversed": pointed(-1)}


def test_no_bytes() -> None:
    one = judge([heard(b""), heard(b"", 4800)], DIALECTS)
    assert (one.outcome, one.ranked, one.best) == ("no-bytes", (), None)
    assert "asked answers only with --ask" in verdict_text(one, "/dev/x")


def test_bytes_but_no_frames_shows_a_sample() -> None:
    one = verdict(bytes((7 * n * n + 13 * n) % 251 for n in range(500)))
    assert one.outcome == "no-frames"
    assert "00 14 36" in verdict_text(one, "/dev/x")


@pytest.mark.parametrize(
    ("data", "dialect", "reason"),
    [
        (TF0.replace(b"9", b"8"), "yaohua-tf0", "checksum"),
        (b"S S     100.00\r\n", "mt-sics", "no-unit"),
    ],
)
def test_frames_but_no_readings_names_the_reasons(data: bytes, dialect: str, reason: str) -> None:
    one = verdict(data * 20)
    assert one.outcome == "no-readings"
    assert any(c.dialect == dialect and reason in c.refused for c in one.ranked)
    assert reason in verdict_text(one, "/dev/x")


def test_readings_come_with_evidence_and_a_table_that_the_gateway_accepts(tmp_path: Path) -> None:
    one = verdict(TF0 * 20)
    assert one.outcome == "readings"
    text = verdict_text(one, "/dev/ttyUSB0")
    assert "check holds in 100%" in text
    assert "10.0 readings/s" in text
    table = tomllib.loads(text[text.index("[[devices]]") :])["devices"][0]
    findings = Findings(tmp_path / "gw.toml", {}, tmp_path)
    config = findings.read(WeighbridgeConfig, table, ("devices", 0))
    assert not findings.mistakes
    assert config is not None
    assert (config.dialect, config.link) == ("yaohua-tf0", "serial:/dev/ttyUSB0?baud=9600")


def test_the_speed_that_reads_wins_over_the_one_that_does_not() -> None:
    noise = bytes((7 * n * n + 13 * n) % 251 for n in range(500))
    one = judge([heard(noise), heard(TF0 * 20, 1200), heard(noise, 600)], DIALECTS)
    assert one.best is not None
    assert one.best.hearing.baud == 1200


@pytest.mark.parametrize("data", [b"000.3000;", b"000.0000;"])
def test_where_the_bytes_cannot_decide_it_says_so_and_asks_for_a_known_weight(data: bytes) -> None:
    one = verdict(data * 10, dialects=EITHER_WAY)
    assert {c.dialect for c in one.open_between} == {"forward", "reversed"}
    question = open_question(one)
    assert question is not None
    assert "--known-weight" in question
    text = verdict_text(one, "/dev/x")
    assert question in text
    assert "[[devices]]" not in text
    assert verdict_object(one, "/dev/x")["gw_toml"] is None


def test_the_order_of_digits_of_an_equals_format_is_asked_for() -> None:
    """XK3190-A26 manual pp. 12-13: `=000.3000` is 3.000 there, and 0.3 read the other way."""
    lines = b"=000.3000" * 20
    one = verdict(lines)
    orders = {"yaohua-eq-reversed", "yaohua-eq-forward"}
    assert orders == {c.dialect for c in one.open_between}
    assert "--known-weight" in (open_question(one) or "")
    known = verdict(lines, "3")
    assert known.best is not None
    assert (known.best.dialect, known.best.unit) == ("yaohua-eq-reversed", "kg")


@pytest.mark.parametrize(
    ("known", "dialect", "unit"),
    [("3", "reversed", "kg"), ("3000", "reversed", "t"), ("0.3", "forward", "kg")]  # noqa: RUF005
    + [("300", "forward", "t")],
)
def test_a_known_weight_decides_order_and_unit(known: str, dialect: str, unit: str) -> None:
    one = verdict(b"000.3000;" * 10, known, EITHER_WAY)
    assert one.best is not None
    assert (one.best.dialect, one.best.unit, one.open_between) == (dialect, unit, ())
    assert f'unit = "{unit}"' in verdict_text(one, "/dev/x")


def test_a_known_weight_finds_a_tenfold_error() -> None:
    """70 kg that a display of its own showed as 700 (protocols of the field)."""
    one = verdict(bytes.fromhex("022B30303030373030314303") * 10, "7")
    assert one.best is not None
    assert one.best.settings == {"decimals": 1}
    assert one.best.weights[-1] == Decimal("7.0")
    assert "decimals = 1" in gateway_table(one.best, "/dev/x")


def test_a_known_weight_that_fits_nothing_is_said_to() -> None:
    one = verdict(TF0 * 10, "1234")
    assert not one.decided_by_weight
    assert "No reading fits the known weight of 1234 kg" in verdict_text(one, "/dev/x")


def test_fixed_zeros_of_toledo_stay_open_until_a_weight_is_known() -> None:
    frame = b"\x02\x31\x30\x20  1440     0\r"  # decimal code 1
    one = verdict(frame * 10)
    assert [c.settings for c in one.open_between] == [{}, {"fixed_zero": "multiply"}]
    known = verdict(frame * 10, "14400")
    assert known.best is not None
    assert known.best.settings == {"fixed_zero": "multiply"}
    assert verdict(b"\x02\x32\x30\x20  1440     0\r" * 10).open_between == ()


def test_a_comma_stays_open_until_a_weight_is_known() -> None:
    lines = b"ST,GS,+  1,234kg\r\n" * 10  # 1.234 in the tests of two public programs
    one = verdict(lines)
    assert [c.settings for c in one.open_between] == [
        {"decimal_comma": True},
        {"decimal_comma": False},
    ]
    assert "[[devices]]" not in verdict_text(one, "/dev/x")
    for known, point in (("1.234", True), ("1234", False)):
        best = verdict(lines, known).best
        assert best is not None
        assert best.settings == {"decimal_comma": point}


def test_a_comma_that_groups_no_thousands_is_a_decimal_comma() -> None:
    one = verdict(b"ST,GS,+635,5kg\r\n" * 10)
    assert one.best is not None
    assert (one.best.settings, one.open_between) == ({"decimal_comma": True}, ())


def test_a_check_that_holds_decides_against_a_dialect_without_one() -> None:
    def parse(shown: bytes, raw: bytes, settings: IndicatorSettings) -> Answer:
        """The digits and the decimals of a Yaohua frame, all as digits: ten times too much."""
        weight = decimal_of(shown[1:9], settings)
        if weight is None:
            return Refused("not-numeric", raw)
        return weighed(weight, raw, settings, unit="kg", stable=True, net=False)

    loose = replace(
        EITHER_WAY["forward"],
        decoder=lambda settings: FramedDecoder(
            LineFramer(12, start=2, ends=b"\x03"), parse, settings
        ),
    )
    one = verdict(TF0 * 20, dialects={"loose": loose, "yaohua-tf0": DIALECTS["yaohua-tf0"]})
    assert [c.dialect for c in one.ranked] == ["yaohua-tf0", "loose"]
    assert one.ranked[1].weights[-1] == 15_600
    assert one.open_between == ()


def test_settings_that_make_no_difference_are_told_once() -> None:
    lines = b"S S     100.00 kg\r\n" * 9 + b'I4 A "1,2"\r\n' + b"S S     100.00 kg\r\n"
    assert [c.dialect for c in verdict(lines).ranked if c.readings] == ["mt-sics"]


@pytest.mark.parametrize("tell", [verdict_text, verdict_object])
@pytest.mark.parametrize("data", [b"", b"\xf7\x01\x99" * 50, TF0 * 9, b"S S 1\r\n" * 9])
def test_every_verdict_can_be_told(tell: Callable[[Verdict, str], object], data: bytes) -> None:
    assert tell(verdict(data), "/dev/x")
