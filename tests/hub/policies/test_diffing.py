"""What changes between two versions is told whole: in words, and as data."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from hub.deadlines import Stage
from hub.policies import load_shipped
from hub.policies.diffing import Change, policy_changes, set_changes, told
from hub.policies.policy import (
    Dedupe,
    Evidence,
    Expiry,
    Filing,
    OwnerRule,
    Policy,
    Recurrence,
    Step,
    Text,
    Texts,
    Verification,
)
from hub.policies.words import facts_of

OVER = load_shipped().by_name["over-capacity"]
SHOP = load_shipped().by_name["shop-outside"]
EN, ZH = OVER.texts.en, OVER.texts.zh
LATE, LOOK, NEAR = OVER.escalation[1], SHOP.verification, SHOP.dedupe


def but(whole: Any, **changes: object) -> Any:
    return msgspec.structs.replace(whole, **changes)


ONE_PART: list[tuple[Policy, dict[str, object], str]] = [
    (OVER, {"texts": Texts(zh=ZH, en=Text(title="x", ask=EN.ask))}, "title Over capacity -> x"),
    (OVER, {"texts": Texts(zh=Text(title="超", ask=ZH.ask), en=EN)}, "title (zh) 超过最大秤量 -> 超"),
    (OVER, {"texts": Texts(zh=but(ZH, ask="卸"), en=EN)}, f"ask (zh) {ZH.ask} -> 卸"),
    (OVER, {"texts": Texts(zh=ZH, en=but(EN, ask=""))}, f"ask removed (was: {EN.ask})"),
    (OVER, {"kinds": ("over-capacity", "over")}, "answers for events of kind over-capacity -> events of kind over-capacity, over"),
    (SHOP, {"classes": ("09005", "09006")}, "answers for classes 09005 of gbt47678-2026 -> classes 09005, 09006 of gbt47678-2026"),
    (OVER, {"class_code": "E0103"}, "class E0102 (edile-local) -> E0103 (edile-local)"),
    (OVER, {"priority": "low"}, "priority high -> low"),
    (OVER, {"review": True}, "review none, it goes out at once -> a person looks first"),
    (OVER, {"filing": Filing(min_confidence=0.255)}, "filing the first word counts -> confidence 25.5 % or more"),
    (OVER, {"filing": Filing(min_looks=2)}, "filing the first word counts -> seen 2 times"),
    (OVER, {"filing": Filing(sources=("drone",))}, "filing the first word counts -> only from drone"),
    (OVER, {"owner": OwnerRule()}, "owner the unit of the gateway that saw it -> the duty area at the place"),
    (SHOP, {"owner": OwnerRule(overlay="fronts")}, "owner the duty area at the place -> the duty area at the place, first of overlay fronts"),
    (SHOP, {"owner": OwnerRule(unit="u-1")}, "owner the duty area at the place -> always u-1"),
    (OVER, {"stages": (Stage(name="resolve", amount=2, unit="urgent-hour"),)}, "deadline resolve 4 urgent-hour after opened -> 2 urgent-hour after opened"),
    (OVER, {"stages": (Stage(name="resolve", amount=4, unit="working-hour"),)}, "deadline resolve 4 urgent-hour after opened -> 4 working-hour after opened"),
    (OVER, {"stages": (Stage(name="resolve", amount=4, unit="urgent-hour", since="dispatched"),)}, "deadline resolve 4 urgent-hour after opened -> 4 urgent-hour after dispatched"),
    (OVER, {"stages": (*OVER.stages, Stage(name="accept", amount=0.5, unit="urgent-hour"))}, "deadline accept added: 0.5 urgent-hour after opened"),
    (OVER, {"escalation": OVER.escalation[1:]}, "escalation 'half-way' removed (was: remind owner at 50 % of resolve)"),
    (OVER, {"escalation": (*OVER.escalation, Step(name="x", do="escalate", to="district", share=0.1, of="accept"))}, "escalation 'x' added: escalate district at 10 % of accept"),
    (OVER, {"escalation": (OVER.escalation[0], but(LATE, priority=None), OVER.escalation[2])}, "escalation 'late' escalate parent when resolve is due, priority urgent -> escalate parent when resolve is due"),
    (OVER, {"escalation": (OVER.escalation[0], but(LATE, after=3.0, unit="working-day"), OVER.escalation[2])}, "escalation 'late' escalate parent when resolve is due, priority urgent -> escalate parent 3 working-day after resolve is due, priority urgent"),
    (OVER, {"evidence": Evidence(closing_photos=1)}, "evidence no photo needed -> 1 photo taken after dispatch within 50 m"),
    (SHOP, {"verification": Verification()}, f"second look {facts_of(SHOP)['second look']} -> by a person who is not the one who did it"),
    (SHOP, {"verification": but(LOOK, again_after_h=None)}, f"second look {facts_of(SHOP)['second look']} -> by whoever saw it, 5 to 60 min after it was resolved, answer within 30 min, confidence 60 % or more"),
    (OVER, {"dedupe": Dedupe(key="cell", cell_m=50)}, "one problem each problem has its order -> one open order for each cell of 50 m"),
    (OVER, {"dedupe": Dedupe(key="cell", cell_m=60)}, "one problem each problem has its order -> one open order for each cell of 60 m"),
    (OVER, {"dedupe": Dedupe(radius_m=10)}, "one problem each problem has its order -> each problem has its order; what another source sees within 10 m and 24 h joins it"),
    (SHOP, {"dedupe": but(NEAR, same_source="join")}, f"one problem {facts_of(SHOP)['one problem']} -> each problem has its order; what any source sees within 15 m and 24 h joins it"),
    (OVER, {"recurrence": Recurrence(rework_after_min=720)}, "recurrence seen 30 min after it was resolved it is sent back, within 7 days a new order is linked to it -> seen 720 min after it was resolved it is sent back, within 7 days a new order is linked to it"),
    (OVER, {"recurrence": Recurrence(reopen_within_h=2)}, "recurrence seen 30 min after it was resolved it is sent back, within 7 days a new order is linked to it -> seen 30 min after it was resolved it is sent back, within 2 h of closing the order is open again, within 7 days a new order is linked to it"),
    (OVER, {"on_end": "auto-resolve"}, "gone by itself is noted and waits for a person -> counts as resolved"),
    (OVER, {"expiry": Expiry(amount=3, unit="calendar-day")}, "expiry never -> void after 3 calendar-day without a sighting, when in review, no-owner"),
    (OVER, {"late_share": 0.5}, "late changes with less than 20 % of the time left, shelving or extending takes another unit -> with less than 50 % of the time left, shelving or extending takes another unit"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "changes", "said"), ONE_PART)
def test_a_change_of_one_part_is_told_as_that_part_before_and_after(
    old: Policy, changes: dict[str, object], said: str
) -> None:
    new = but(old, **changes)
    assert told(policy_changes(old, new)) == [f"{old.name}: {said}"]
    english_only = said.startswith(("title Over", "ask removed"))
    assert (facts_of(old, "zh") == facts_of(new, "zh")) == english_only
    back = policy_changes(new, old)
    assert [(one.before, one.after) for one in back] == [
        (one.after, one.before) for one in policy_changes(old, new)
    ]


@pytest.mark.parametrize("part", ["earliest_min", "latest_min", "answer_within_min", "min_confidence", "again_after_h"])  # fmt: skip
def test_every_number_of_a_second_look_is_told(part: str) -> None:
    new = but(SHOP, verification=but(LOOK, **{part: 0.125}))
    assert len(policy_changes(SHOP, new)) == 1
    assert facts_of(new, "zh") != facts_of(SHOP, "zh")


def test_every_field_of_a_policy_is_among_the_changes_tested() -> None:
    tested = {field for _, changes, _ in ONE_PART for field in changes}
    untold = {"name", "version", "catalogue"}  # whose change is another file, no change, a class
    assert tested | untold == set(Policy.__struct_fields__)


def test_the_same_policy_in_another_version_asks_for_the_same() -> None:
    assert policy_changes(OVER, but(OVER, version=9)) == ()


def test_no_two_shipped_policies_say_the_same() -> None:
    listed = list(load_shipped().by_name.values())
    assert all(policy_changes(one, other) for one, other in pairwise(listed))


def test_policies_that_come_and_go_are_told_by_their_titles_in_order_of_names() -> None:
    found = set_changes({"over-capacity": OVER}, {"shop-outside": SHOP})
    assert told(found) == [
        "over-capacity: policy removed (was: 超过最大秤量 Over capacity)",
        "shop-outside: policy added: 店外经营 Shop trading outside",
    ]
    assert [one.what for one in found] == ["removed", "added"]


def test_changes_of_one_policy_stand_on_one_line_and_are_data() -> None:
    new = but(OVER, priority="urgent", escalation=OVER.escalation[1:])
    found = set_changes({"over-capacity": OVER}, {"over-capacity": new})
    lost = "escalation 'half-way' removed (was: remind owner at 50 % of resolve)"
    assert told(found) == [f"over-capacity: priority high -> urgent; {lost}"]
    encoded = msgspec.json.encode(found)
    assert msgspec.json.decode(encoded, type=tuple[Change, ...]) == found
