"""What an e-mail says of an event."""

from __future__ import annotations

from typing import Any

import pytest

from hub.notifying.wording import MOVED, TITLES, subject_of, text_of

TOLD: dict[str, Any] = {
    "type": "order.reminded",
    "timestamp": "2026-09-21T14:13:20.000Z",
    "district": "baiyun",
    "subject": "work-order/o7",
    "data": {"number": "2026-000007"},
}


def told(type_: str, **data: Any) -> dict[str, Any]:
    return {**TOLD, "type": type_, "data": {**TOLD["data"], **data}}


@pytest.mark.parametrize("state", MOVED)
def test_a_move_is_named_by_where_it_led(state: str) -> None:
    zh, en = MOVED[state]
    assert subject_of(told("order.moved", state=state), "both") == (
        f"[baiyun] {zh} / {en} 2026-000007"
    )


def test_a_move_to_a_state_nobody_knows_and_an_event_nobody_knows_are_named_as_they_are() -> None:
    assert subject_of(told("order.moved", state="new"), "en") == "[baiyun] order.moved 2026-000007"
    assert subject_of(told("lamp.broken"), "zh") == "[baiyun] lamp.broken 2026-000007"


def test_every_title_is_in_both_languages() -> None:
    for zh, en in [*TITLES.values(), *MOVED.values()]:
        assert zh
        assert not zh.isascii()
        assert en.isascii()


def test_who_is_on_duty_is_named_and_how_to_reach_them_is_not() -> None:
    duty = [{"person": "李娜", "contact": "13800000000"}, {"person": "张三"}, {"odd": 1}]
    text = text_of(told("order.escalated", on_duty=duty, to_unit="north"), "zh")
    assert "值班：李娜, 张三\n" in text
    assert "13800000000" not in text


def test_what_is_empty_is_left_out() -> None:
    text = text_of(told("order.moved", reason="", unit=None, on_duty=[], step="remind:half"), "en")
    assert "Reason" not in text
    assert "Unit" not in text
    assert "On duty" not in text
    assert "Step: remind:half\n" in text


def test_a_value_is_one_line_of_bounded_length() -> None:
    text = text_of(told("order.moved", reason="a\r\n\x07b" + "x" * 5_000), "en")
    (line,) = (one for one in text.splitlines() if one.startswith("Reason"))
    assert line.startswith("Reason: a bxx")
    assert len(line) == len("Reason: ") + 500
