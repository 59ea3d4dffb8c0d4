"""The reference set: complete, sound, and as the rest of the hub relies on it."""

from __future__ import annotations

from typing import get_args

import pytest

from contract.payloads.attendance import ExceptionKind
from contract.payloads.gateway import NoticeKind
from contract.payloads.weigh import AnomalyKind
from hub.policies import PolicySet, assemble, load_shipped, shipped_files
from hub.policies.catalogue import LOCAL
from hub.policies.catalogue_files import shipped_catalogue
from hub.policies.coverage import ASKS_NOTHING, unanswered
from hub.policies.reading import read_policy

STREET = "06010 06011 09001 09005 09006 09010 06036 06042 07001"
CITY = f"{STREET} 06041 06001 08016 08011 06014".split()
KINDS = [
    *get_args(AnomalyKind),
    *get_args(ExceptionKind),
    *sorted(set(get_args(NoticeKind)) - ASKS_NOTHING),
    *("air-alarm", "reported", "performance-shortfall", "gateway-silent", "gas-hazard"),
    *("duty-overdue", "duty-never", "duty-unreached", "duty-refused"),
    *("duty-overdue:gas-inspection", "duty-overdue:bin-wash"),
]


@pytest.fixture(scope="module")
def shipped() -> PolicySet:
    return load_shipped()


@pytest.mark.parametrize("file_name", sorted(shipped_files()))
def test_every_shipped_file_is_sound_and_says_what_to_do_in_both_languages(file_name: str) -> None:
    policy = read_policy(file_name, shipped_files()[file_name])
    assert f"{policy.name}.yaml" == file_name
    for text in (policy.texts.zh, policy.texts.en):
        assert text.title
        assert text.ask
    assert any("一" <= letter <= "鿿" for letter in policy.texts.zh.title)
    assert policy.texts.en.title.isascii()
    assert policy.escalation


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_a_policy(shipped: PolicySet, kind: str) -> None:
    found = shipped.for_event(kind)
    assert found is not None
    assert kind == "reported" or found.class_code is not None


@pytest.mark.parametrize("code", CITY)
def test_every_class_of_the_city_that_gateways_see_has_a_policy_of_its_own(
    shipped: PolicySet, code: str
) -> None:
    found = shipped.for_event(code, code, "gbt47678-2026")
    assert found is not None
    assert code in found.classes


def test_whatever_class_comes_somebody_is_asked(shipped: PolicySet) -> None:
    named = {
        code: shipped.for_event(code, code, "gbt47678-2026")
        for code in ("06044", "08013", "component:01001")
    }
    assert {code: found.name for code, found in named.items() if found} == {
        "06044": "city-appearance",
        "08013": "construction-site",
        "component:01001": "street-problem",
    }  # fmt: skip
    assert shipped.for_event("X9", "X9", "edile-local") is shipped.named("street-problem")


def test_every_code_of_our_own_is_listed_once_and_every_listed_one_is_used(
    shipped: PolicySet,
) -> None:
    used = [policy.class_code for policy in shipped.by_name.values() if policy.class_code]
    used += [
        code
        for policy in shipped.by_name.values()
        if policy.catalogue == LOCAL
        for code in policy.classes
    ]
    listed = [row.code for row in shipped_catalogue().classes.values() if row.catalogue == LOCAL]
    assert sorted(used) == sorted(listed)


@pytest.mark.parametrize(
    ("kind", "class_code", "priority", "hours", "review"),
    [
        ("over-capacity", "E0102", "high", 4, False),
        ("same-load-twice", "E0108", "high", 8, True),
        ("tampering-suspected", "E0111", "urgent", 2, True),
        ("indicator-silent", "E0112", "urgent", 4, False),
        ("proxy-suspected", "E0206", "high", 24, True),
        ("sos", "E0208", "urgent", 1, False),
        ("air-alarm", "E0301", "high", 4, False),
    ],
)
def test_devices_and_people_have_their_local_classes_and_times(
    shipped: PolicySet, kind: str, class_code: str, priority: str, hours: int, review: bool
) -> None:
    now = shipped.for_event(kind)
    assert now is not None
    assert (now.name, now.class_code, now.catalogue) == (kind, class_code, LOCAL)
    assert (now.priority, now.review) == (priority, review)
    assert (now.resolve.amount, now.resolve.unit) == (hours, "urgent-hour")


@pytest.mark.parametrize(
    ("kind", "looks"),
    [
        ("indicator-silent", "edge-relook"),
        ("indicator-garbled", "edge-relook"),
        ("zero-drift", "other-person"),
    ],
)
def test_devices_have_one_open_order_and_whoever_can_looks_again(
    shipped: PolicySet, kind: str, looks: str
) -> None:
    found = shipped.for_event(kind)
    assert found is not None
    assert (found.dedupe.key, found.owner.by) == ("object", "gateway")
    assert found.verification.mode == looks
    assert found.on_end == "wait"


@pytest.mark.parametrize("code", STREET.split())
def test_what_a_camera_sees_it_also_sees_gone_so_that_one_human_action_is_enough(
    shipped: PolicySet, code: str
) -> None:
    found = shipped.for_event(code, code, "gbt47678-2026")
    assert found is not None
    assert not found.review
    assert (found.verification.mode, found.verification.again_after_h) == ("edge-relook", 24)
    assert found.evidence.closing_photos == 0
    assert found.dedupe.radius_m > 0
    assert found.on_end == "relook"


def test_what_accuses_somebody_waits_for_a_person(shipped: PolicySet) -> None:
    accusing = "step-change unweighed-passage same-load-twice tampering-suspected replayed-track cloned-id proxy-suspected performance-shortfall clone-suspected"
    for kind in accusing.split():
        found = shipped.for_event(kind)
        assert found is not None
        assert found.review, kind


def test_illegal_construction_takes_two_looks_and_a_person(shipped: PolicySet) -> None:
    found = shipped.for_event("06001", "06001", "gbt47678-2026")
    assert found is not None
    assert (found.filing.min_looks, found.review) == (2, True)
    assert found is shipped.for_event("08016", "08016", "gbt47678-2026")


def test_gas_duties_are_firmer_than_others(shipped: PolicySet) -> None:
    gas, other = (
        shipped.for_event("duty-overdue:gas-inspection"),
        shipped.for_event("duty-overdue:bin-wash"),
    )
    assert gas is not None
    assert other is not None
    assert (gas.name, other.name) == ("gas-inspection-overdue", "duty-overdue")
    assert gas.resolve.amount < other.resolve.amount


def test_nothing_is_unanswered_and_what_is_taken_away_is_named(shipped: PolicySet) -> None:
    assert unanswered(shipped) == ()
    files = shipped_files()
    del files["over-capacity.yaml"], files["gateway-storage.yaml"], files["street-problem.yaml"]
    assert unanswered(assemble(files)) == ("over-capacity", "disk-low", "shed", "*")
