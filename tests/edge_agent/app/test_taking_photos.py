"""The command `photo`: what an operator gets who asks a camera to look now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from contract.payloads.evidence import EvidencePhoto
from edge_agent.app.taking_photos import photo
from edge_agent.commands import Performed
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.readings import LookReading
from tests.edge_agent.app.test_giving_tracks import Desk
from tests.edge_agent.rules.standing.street import looked, picture
from tests.fakes.clock import FakeClock

ARGS = {"camera": "cam-1", "requested_by": "token/li-na", "reason": "is the stall still there"}
PICTURE = picture(10)


class Eyes:
    """What `Supervisor.look` is to the command."""

    def __init__(self, answer: LookReading | Exception) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._answer = answer

    async def look(self, camera: str, preset: str | None) -> LookReading:
        self.asked.append((camera, preset))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def told(eyes: Eyes, desk: Desk, args: Mapping[str, Any] = ARGS) -> Performed:
    async def one() -> Performed:
        return await photo(eyes.look, desk, FakeClock())(args)

    return asyncio.run(one())


@pytest.mark.parametrize("view", [None, "turned"])
def test_the_masked_photo_leaves_with_who_asked_and_the_original_is_sealed(
    view: str | None,
) -> None:
    desk, eyes = Desk(), Eyes(looked(10, "command/1", reason=view, picture=PICTURE))
    done = told(eyes, desk, {**ARGS, "preset": "left"})
    assert eyes.asked == [("cam-1", "left")]
    ((conclusion,),) = [work.conclusions for work in desk.works]
    payload = conclusion.payload
    assert isinstance(payload, EvidencePhoto)
    assert (payload.requested_by, payload.reason) == ("token/li-na", ARGS["reason"])
    assert (payload.preset, payload.view, conclusion.subject) == ("left", view, "camera/cam-1")
    leaving = [one.content for one in conclusion.evidence if not one.sealed]
    assert leaving == [PICTURE.thumbnail, PICTURE.masked]
    assert [one.content for one in conclusion.evidence if one.sealed] == [PICTURE.original]
    assert {one.parent for one in payload.evidence} == {PICTURE.parent_sha256}
    detail = done.detail or ""
    assert detail.startswith(f"{payload.evidence[-1].sha256} will follow")
    assert detail.endswith("the view is turned") == (view == "turned")


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        (looked(10, "x", reason="covered"), DeviceRefused, "cam-1 could not look: covered"),
        (DeviceRefused("cam-1 has no preset 'x'"), DeviceRefused, "no preset 'x'"),
        (DeviceUnreachable("cam-1 is not connected"), DeviceUnreachable, "not connected"),
    ],
)
def test_a_camera_that_cannot_look_says_why_and_nothing_is_recorded(
    answer: LookReading | Exception, error: type[Exception], why: str
) -> None:
    desk = Desk()
    with pytest.raises(error, match=why):
        told(Eyes(answer), desk)
    assert desk.works == []


@pytest.mark.parametrize(
    "args", [{}, {**ARGS, "reason": " "}, {**ARGS, "requested_by": ""}, {**ARGS, "flash": True}]
)
def test_nobody_looks_for_whoever_does_not_say_who_and_why(args: Mapping[str, Any]) -> None:
    eyes = Eyes(looked(10, "x", picture=PICTURE))
    with pytest.raises(DeviceRefused, match="photo: "):
        told(eyes, Desk(), args)
    assert eyes.asked == []


def test_a_full_disk_is_a_refusal() -> None:
    with pytest.raises(DeviceRefused, match="disk is full"):
        told(Eyes(looked(10, "x", picture=PICTURE)), Desk(full=True))
