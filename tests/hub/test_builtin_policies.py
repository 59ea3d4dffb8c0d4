"""The built-in table has a row for whatever a gateway can say."""

from __future__ import annotations

from typing import get_args

import pytest

from contract.payloads.attendance import ExceptionKind
from contract.payloads.weigh import AnomalyKind
from hub.policies import LOCAL, POLICIES, STREET, policy_for

KINDS = [*get_args(AnomalyKind), *get_args(ExceptionKind), "air-alarm"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_on_the_wire_has_a_policy(kind: str) -> None:
    policy = policy_for(kind, None)
    assert (policy.name, policy.catalogue) == (kind, LOCAL)
    assert policy.amount > 0


def test_no_two_kinds_share_a_class_and_no_row_is_idle() -> None:
    codes = [policy.class_code for policy in POLICIES.values()]
    assert len(codes) == len(set(codes))
    assert set(POLICIES) == set(KINDS)


def test_a_class_that_comes_with_the_event_is_a_street_problem() -> None:
    assert policy_for("09006", "09006") is STREET


def test_a_kind_without_a_row_is_a_bug_and_not_an_order() -> None:
    with pytest.raises(KeyError):
        policy_for("no-such-kind", None)


def test_what_recurs_on_a_device_is_keyed_by_the_device() -> None:
    by_object = {name for name, policy in POLICIES.items() if policy.key == "object"}
    assert {"indicator-silent", "indicator-garbled", "zero-drift"} <= by_object
    assert (
        not {"over-capacity", "left-before-stable", "step-change", "untared-tip", "same-load-twice"}
        & by_object
    )
