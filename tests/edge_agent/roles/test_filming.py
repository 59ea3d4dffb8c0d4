"""When a role has a camera keep what it saw: by the camera's own settings, and as it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from edge_agent.config.devices.camera import ClipConfig
from edge_agent.ports import DeviceOrder, Film, Look
from edge_agent.readings import Reading
from edge_agent.roles.disposal_point.disposal_point import DisposalPoint
from edge_agent.roles.station.station import Station
from tests.edge_agent.roles.deck import SCALE
from tests.edge_agent.roles.disposal_point.bags import CAMERA as POINT_CAMERA
from tests.edge_agent.roles.disposal_point.bags import CONFIG as POINT
from tests.edge_agent.roles.disposal_point.bags import SPEAKER, put
from tests.edge_agent.roles.test_dumping import CONFIG, LEFT, lies, weighed
from tests.edge_agent.rules.standing.street import CAMERA, at, thing

CLIP = ClipConfig(reach_s=120.0, deposits=True)


def films(role: Station | DisposalPoint, readings: Iterable[Reading]) -> list[DeviceOrder]:
    orders = [one for reading in readings for one in role.step(reading).orders]
    return [one for one in orders if isinstance(one.order, Film)]


def station(clip: ClipConfig | None) -> Station:
    return Station(CONFIG, SCALE, cameras={"cam-1": replace(CAMERA, clip=clip)})


def test_a_heap_that_nobody_weighed_is_filmed_once_from_when_it_came() -> None:
    (one,) = films(station(CLIP), lies(100, 2_000, LEFT))
    assert one.device == "cam-1"
    assert isinstance(one.order, Film)
    assert (one.order.occasion, one.order.came) == ("06010", at(100))
    assert (one.order.problem_id or "").startswith("cam-1-")


def test_a_load_that_was_weighed_is_not_filmed() -> None:
    assert films(station(CLIP), [*weighed(), *lies(100, 2_000, LEFT)]) == []


@pytest.mark.parametrize(
    ("clip", "codes"),
    [
        (None, []),
        (replace(CLIP, classes=("06011",)), ["06011"]),
        (CLIP, ["06010", "06011"]),
    ],
)
def test_only_what_the_camera_s_settings_name_is_filmed(
    clip: ClipConfig | None, codes: list[str]
) -> None:
    rubble = thing("rubble_heap", 0.7, track=2, zones=("yard",))
    found = films(station(clip), lies(0, 600, LEFT, rubble))
    assert sorted(one.order.occasion for one in found if isinstance(one.order, Film)) == codes


def test_the_photo_of_a_problem_is_ordered_before_its_clip() -> None:
    role = station(CLIP)
    orders = [one for reading in lies(0, 600, LEFT) for one in role.step(reading).orders]
    assert [type(one.order) for one in orders[:2]] == [Look, Film]


@pytest.mark.parametrize("deposits", [True, False])
def test_a_wrong_deposit_is_filmed_only_if_the_camera_s_settings_say_so(deposits: bool) -> None:
    camera = replace(POINT_CAMERA, clip=replace(CLIP, deposits=deposits))
    role = DisposalPoint(POINT, camera, SPEAKER)
    found = films(role, [*put(10, 1, "paper", "recyclable"), *put(30, 2, "food", "residual")])
    wanted = [("cam-2", "wrong-deposit", None)] if deposits else []
    assert [
        (one.device, one.order.occasion, one.order.problem_id)
        for one in found
        if isinstance(one.order, Film)
    ] == wanted
