"""Whom an event concerns, and what they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.notifying.fanning import MAX_BODY_BYTES, body_of, concerns, key_of, notice_id
from hub.store.domain_events import Event
from hub.store.recipients import Wants

DATA = {"unit": "north", "class_code": "06011", "priority": "high", "assisting": ["lot-3"]}


def event(type_: str = "order.moved", n: int = 4, **data: Any) -> Event:
    content = {**DATA, **data}
    return Event(n, "2026-09-21T00:00:00.000Z", type_, "work-order/o1", json.dumps(content))


@pytest.mark.parametrize(
    ("wants", "concerned"),
    [
        ({}, True),
        ({"types": ("order.moved",)}, True),
        ({"types": ("order.opened", "order.*")}, True),
        ({"types": ("order.opened",)}, False),
        ({"types": ("order",)}, False),
        ({"types": ("ord.*",)}, False),
        ({"types": ("*",)}, False),
        ({"units": ("north",)}, True),
        ({"units": ("lot-3",)}, True),  # it assists
        ({"units": ("south",)}, False),
        ({"classes": ("06011",)}, True),
        ({"classes": ("0601",)}, False),
        ({"priorities": ("high", "urgent")}, True),
        ({"priorities": ("urgent",)}, False),
        ({"units": ("north",), "priorities": ("urgent",)}, False),
    ],
)
def test_every_list_that_is_not_empty_must_name_the_event(
    wants: dict[str, Any], concerned: bool
) -> None:
    assert concerns(Wants(**wants), event()) is concerned


def test_what_an_event_does_not_tell_no_list_can_name() -> None:
    assert not concerns(Wants(units=("north",)), event(unit=None, assisting=None))
    assert not concerns(Wants(priorities=("high",)), event(priority=7))
    assert concerns(Wants(units=("north",)), event(unit="south", to_unit="north"))
    assert concerns(Wants(units=("district",)), event(units=["west", "district"]))


def test_a_step_of_a_round_is_one_thing_and_every_other_event_is_its_own() -> None:
    assert key_of(event(step="remind:half-way", round=1)) == (
        "work-order/o1/order.moved/remind:half-way/1"
    )
    assert key_of(event(step="remind:half-way", round=1, n=9)) == key_of(
        event(step="remind:half-way", round=1)
    )
    assert key_of(event()) == "event/4"
    assert key_of(event(step="remind:half-way")) == "event/4"  # a step of no round is not known


def test_the_same_event_has_the_same_id_for_ever_and_another_has_another() -> None:
    body = body_of("baiyun", event())
    assert notice_id("baiyun", "city", body) == notice_id("baiyun", "city", body)
    others = {
        notice_id("baiyun", "press", body),
        notice_id("haizhu", "city", body),
        notice_id("baiyun", "city", body_of("baiyun", event(n=5))),
        notice_id("baiyun", "city", body_of("baiyun", event(reason="after a restore"))),
    }
    assert len(others | {notice_id("baiyun", "city", body)}) == 5


def test_a_body_too_large_for_a_webhook_comes_without_its_data() -> None:
    body = json.loads(body_of("baiyun", event(detail="长" * MAX_BODY_BYTES)))
    assert body["data"] == {}
    assert body["omitted_bytes"] > MAX_BODY_BYTES
    assert body["subject"] == "work-order/o1"
    most = event(detail="x" * (MAX_BODY_BYTES - 400))
    assert json.loads(body_of("baiyun", most))["data"]["unit"] == "north"
