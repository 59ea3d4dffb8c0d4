"""A station asked whether a problem is gone answers with what its devices show now, or that it cannot tell."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from contract.payloads.air import AirAlarm
from contract.payloads.relook import RelookResult
from contract.payloads.weigh import WeighAnomaly
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import LineStatus, LookAsked, Moment, Reading, SensorFault
from edge_agent.roles.station.state import decode_state
from edge_agent.roles.station.station import Station
from tests.edge_agent.roles import deck
from tests.edge_agent.roles.test_air import CONFIG, at, fault, steady, value

LINE = StationConfig(
    weighbridge="wb-1", silent_s=10, garbled_s=10, recover_s=5, save_every_s=0, drift_s=60
)


def asked(moment: Moment, problem: str | None, case: str = "order-7") -> LookAsked:
    return LookAsked(moment, case, "E0301", "gbt47678-2026", problem_id=problem)


def fed(role: Station, readings: Iterable[Reading]) -> list[Conclusion]:
    return [one for reading in readings for one in role.step(reading).conclusions]


def verdicts(conclusions: Iterable[Conclusion]) -> list[tuple[str, float]]:
    return [
        (one.payload.verdict, one.payload.confidence)
        for one in conclusions
        if isinstance(one.payload, RelookResult)
    ]


def alarmed() -> tuple[Station, str]:
    """Two minutes of bad air from its first second."""
    role = Station(CONFIG, None)
    told = fed(role, steady(0, 120, 200))
    (raised,) = [one.payload for one in told if isinstance(one.payload, AirAlarm)]
    assert raised.problem_id is not None
    return role, raised.problem_id


def test_bad_air_is_still_there() -> None:
    role, problem = alarmed()
    question = asked(at(121), problem)
    assert role.takes(question)
    (answer,) = role.step(question).conclusions
    assert answer.subject == "work-order/order-7"
    assert answer.payload == RelookResult(case="order-7", verdict="still-there", confidence=1.0)


def test_air_that_has_been_good_for_long_enough_is_gone_also_after_a_restart() -> None:
    role, problem = alarmed()
    fed(role, steady(120, 240, 50))
    state = role.step(value(241, 50)).state or role.step(value(330, 50)).state
    assert verdicts(fed(role, [asked(at(245), problem)])) == [("gone", 1.0)]
    assert state is not None
    again = Station(CONFIG, None)
    again.restore(state)
    fed(again, [value(331, 50)])
    assert verdicts(fed(again, [asked(at(332), problem)])) == [("gone", 1.0)]


def test_air_that_has_just_become_better_cannot_tell() -> None:
    role, problem = alarmed()
    fed(role, steady(120, 150, 50))
    assert verdicts(fed(role, [asked(at(150), problem)])) == [("cannot-tell", 0.0)]


@pytest.mark.parametrize("faulty", [False, True])
def test_a_sensor_that_has_not_been_heard_cannot_tell(*, faulty: bool) -> None:
    role, problem = alarmed()
    since: list[SensorFault] = [fault(t) for t in range(120, 160, 5)] if faulty else []
    fed(role, since)
    assert verdicts(fed(role, [asked(at(160), problem)])) == [("cannot-tell", 0.0)]


def test_the_same_air_bad_again_under_another_number_is_still_there() -> None:
    role, problem = alarmed()
    fed(role, steady(120, 240, 50))
    fed(role, steady(240, 360, 200))
    assert verdicts(fed(role, [asked(at(360), problem)])) == [("still-there", 1.0)]


@pytest.mark.parametrize("problem", [None, "air-1-ABCDEF-p99"])
def test_a_problem_of_nobody_here_is_not_taken(problem: str | None) -> None:
    role, _ = alarmed()
    question = asked(at(121), problem)
    assert not role.takes(question)
    assert not role.step(question).conclusions


def statuses(start: int, end: int, *, heard: bool) -> list[LineStatus]:
    """Every second: ten readings more, or none."""
    return [
        LineStatus("wb-1", deck.moment(t), good * 8, good, good, 0)
        for t in range(start, end)
        for good in [10 * t if heard else 0]
    ]


def silent() -> tuple[Station, str]:
    role = deck.station(LINE)
    told = fed(role, statuses(0, 15, heard=False))
    (opened,) = [one.payload for one in told if isinstance(one.payload, WeighAnomaly)]
    assert opened.kind == "indicator-silent"
    return role, opened.problem_id


def test_a_line_without_bytes_is_still_silent() -> None:
    role, problem = silent()
    assert verdicts(fed(role, [asked(deck.moment(15), problem)])) == [("still-there", 1.0)]


def test_a_line_that_reads_again_is_gone_only_when_it_has_lasted() -> None:
    role, problem = silent()
    fed(role, statuses(15, 18, heard=True))
    assert verdicts(fed(role, [asked(deck.moment(18), problem)])) == [("cannot-tell", 0.0)]
    fed(role, statuses(18, 30, heard=True))
    assert verdicts(fed(role, [asked(deck.moment(30), problem)])) == [("gone", 1.0)]


def test_a_line_that_nobody_watched_lately_cannot_tell() -> None:
    role, problem = silent()
    fed(role, statuses(15, 30, heard=True))
    assert verdicts(fed(role, [asked(deck.moment(60), problem)])) == [("cannot-tell", 0.0)]


def test_states_of_earlier_versions_are_read() -> None:
    state = decode_state(b'{"version":1,"air":{"alarms":{}}}')
    assert state.former_line_problem is None
