"""The command `relook` is answered whoever knows the problem, and when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from contract.payloads.relook import RelookResult
from edge_agent.app.looking_again import relook
from edge_agent.commands import Performed
from edge_agent.errors import DeviceRefused
from edge_agent.readings import LookAsked
from tests.edge_agent.app.test_giving_tracks import Desk
from tests.fakes.clock import FakeClock

ARGS = {
    "case": "o-1",
    "class_code": "06042",
    "catalogue": "gbt47678-2026",
    "problem_id": "cam-1-p3",
}


class Roles:
    """What `Supervisor.ask` is to the command."""

    def __init__(self, *, taken: bool) -> None:
        self.heard: list[LookAsked] = []
        self._taken = taken

    async def ask(self, asked: LookAsked) -> bool:
        self.heard.append(asked)
        return self._taken


def told(roles: Roles, desk: Desk, args: Mapping[str, Any] = ARGS) -> Performed:
    async def one() -> Performed:
        return await relook(roles.ask, desk, FakeClock())(args)

    return asyncio.run(one())


def test_a_role_that_takes_the_question_answers_it() -> None:
    roles, desk = Roles(taken=True), Desk()
    told(roles, desk, {**ARGS, "lon": 113.3, "lat": 23.1})
    (asked,) = roles.heard
    assert (asked.case, asked.problem_id, asked.lon, asked.lat) == ("o-1", "cam-1-p3", 113.3, 23.1)
    assert desk.works == []


def test_where_nobody_knows_the_problem_the_answer_is_cannot_tell_at_once() -> None:
    desk = Desk()
    done = told(Roles(taken=False), desk)
    ((conclusion,),) = [work.conclusions for work in desk.works]
    assert conclusion.payload == RelookResult(case="o-1", verdict="cannot-tell", confidence=0.0)
    assert "cannot tell" in (done.detail or "")


@pytest.mark.parametrize("args", [{}, {**ARGS, "lon": "east"}, {**ARGS, "floor": 3}])
def test_words_that_are_no_question_are_refused(args: Mapping[str, Any]) -> None:
    roles = Roles(taken=True)
    with pytest.raises(DeviceRefused, match="relook"):
        told(roles, Desk(), args)
    assert roles.heard == []


def test_a_full_disk_is_a_refusal() -> None:
    with pytest.raises(DeviceRefused, match="disk is full"):
        told(Roles(taken=False), Desk(full=True))
