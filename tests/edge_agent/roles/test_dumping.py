"""A station's ground: what is left there without a ticket is a problem, a load that was weighed is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from edge_agent.config.dumping import DumpingConfig
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion, DeviceOrder, Look
from edge_agent.readings import LookAsked, Reading, SeenThing
from edge_agent.roles.station.station import Station
from tests.edge_agent.roles.deck import SCALE, STATION, Truck, moment, tickets, trace
from tests.edge_agent.rules.standing.street import CAMERA, looked, problems, scene, story, thing

DUMPING = DumpingConfig(cameras=("cam-1",), zones=("yard",), left_s=60, ticket_s=300)
CONFIG = replace(STATION, dumping=DUMPING)
LEFT = thing("waste_heap", zones=("yard",))


def station(config: StationConfig = CONFIG) -> Station:
    scale = SCALE if config.weighbridge else None
    return Station(config, scale, cameras={"cam-1": CAMERA})


def fed(role: Station, readings: Iterable[Reading]) -> list[Conclusion]:
    return [one for reading in readings for one in role.step(reading).conclusions]


def lies(begin: float, end: float, *things: SeenThing) -> list[Reading]:
    count = int((end - begin) / 10)
    return [scene(begin + 10 * n, *things) for n in range(count)]


def weighed(begin: float = 0) -> list[Reading]:
    return trace(Truck(begin + 2, 18_000, tag="0000000001"), until=begin + 30)


def test_what_is_left_in_a_yard_without_a_ticket_is_a_problem_until_it_is_gone() -> None:
    role = station()
    assert story(fed(role, lies(0, 200, LEFT))) == [("opened", "06010")]
    (ended,) = problems(fed(role, lies(200, 240)))
    assert (ended.phase, ended.place.zone) == ("ended", "yard")


def test_rubble_is_rubble_and_elsewhere_nothing_is_asked() -> None:
    rubble = thing("rubble_heap", zones=("yard",))
    assert story(fed(station(), lies(0, 200, rubble))) == [("opened", "06011")]
    assert fed(station(), lies(0, 999, thing("waste_heap", zones=("pavement",)))) == []


def test_a_load_that_was_just_weighed_may_lie_there_for_ever() -> None:
    role = station()
    told = fed(role, weighed())
    assert len(tickets(told)) == 1
    assert problems(fed(role, lies(200, 9000, LEFT))) == []


@pytest.mark.parametrize("begin", [400, 4000])
def test_a_ticket_of_long_before_is_not_its_ticket(begin: float) -> None:
    role = station()
    fed(role, weighed())
    assert story(fed(role, lies(begin, begin + 200, LEFT))) == [("opened", "06010")]


def test_a_ticket_that_comes_while_it_is_awaited_is_its_ticket() -> None:
    role = station()
    fed(role, lies(0, 40, LEFT))
    assert len(tickets(fed(role, weighed(40)))) == 1
    assert problems(fed(role, lies(70, 2000, LEFT))) == []


def test_the_next_heap_beside_needs_a_ticket_of_its_own() -> None:
    role = station()
    fed(role, weighed())
    second = thing("rubble_heap", 0.7, track=2, zones=("yard",))
    told = fed(role, [*lies(100, 2000, LEFT), *lies(2000, 2300, LEFT, second)])
    assert story(told) == [("opened", "06011")]


def test_tickets_and_heaps_are_remembered_over_a_restart() -> None:
    role, state = station(), None
    for reading in [*weighed(), *lies(100, 130, LEFT)]:
        state = role.step(reading).state or state
    assert state is not None
    again = station()
    again.restore(state)
    assert problems(fed(again, lies(130, 2000, LEFT))) == []


def test_a_station_may_have_cameras_alone_and_they_look_again() -> None:
    role = station(StationConfig(dumping=DUMPING))
    (opened,) = problems(fed(role, lies(0, 200, LEFT)))
    question = LookAsked(
        moment(300), "order-1", "06010", "gbt47678-2026", problem_id=opened.problem_id
    )
    assert role.takes(question)
    assert role.step(question).orders == (DeviceOrder("cam-1", Look("order-1")),)
    answers = fed(role, [looked(301, "order-1", LEFT)])
    assert [one.subject for one in answers] == ["work-order/order-1"]


def test_a_station_has_to_be_something() -> None:
    with pytest.raises(ValueError, match="or dumping"):
        StationConfig()
