"""The air of a station: summaries, alarms, sensors that fail, restarts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.envelope import Moment
from contract.payloads.air import AirAlarm, AirSummary, Quantity
from contract.payloads.gateway import GatewayNotice
from edge_agent.config.air_limits import AirLimit
from edge_agent.config.roles import StationConfig
from edge_agent.errors import StopError
from edge_agent.ports import Conclusion
from edge_agent.readings import Reading, SensorFault, SensorReading, Tick
from edge_agent.roles.station.station import Station
from edge_agent.roles.table import NOTHING, ROLES
from tests.edge_agent.roles import deck

BASE_S = 1_790_000_100  # a multiple of 300
PM = AirLimit("pm2_5", above=Decimal(150), clear=Decimal(120), for_s=60)
CONFIG = StationConfig(sensors=("air-1", "air-2"), alarms=(PM,), sensor_gap_s=30)


def at(t: float, boot: str = "boot-1") -> Moment:
    return Moment(boot, 10**12 + round(t * 1e9), BASE_S * 10**9 + round(t * 1e9), "ntp")


def value(
    t: float, number: float, quantity: Quantity = "pm2_5", sensor: str = "air-1"
) -> SensorReading:
    return SensorReading(sensor, at(t), quantity, number, "ug/m3")


def fault(t: float, quantity: Quantity = "pm2_5", sensor: str = "air-1") -> SensorFault:
    return SensorFault(sensor, at(t), quantity, "sentinel", "the register says 32767 (no value)")


def steady(start: int, end: int, number: float, every: int = 5) -> list[Reading]:
    return [value(t, number) for t in range(start, end, every)]


def play(readings: Iterable[Reading], role: Station | None = None) -> list[Conclusion]:
    role = role or Station(CONFIG, None)
    return [one for reading in readings for one in role.step(reading).conclusions]


def summaries(conclusions: Iterable[Conclusion]) -> list[AirSummary]:
    return [c.payload for c in conclusions if isinstance(c.payload, AirSummary)]


def alarms(conclusions: Iterable[Conclusion]) -> list[tuple[str, float]]:
    return [
        (c.payload.phase, c.payload.value) for c in conclusions if isinstance(c.payload, AirAlarm)
    ]


def notices(conclusions: Iterable[Conclusion]) -> list[tuple[str, str | None]]:
    return [
        (c.payload.kind, c.payload.device)
        for c in conclusions
        if isinstance(c.payload, GatewayNotice)
    ]


def test_five_minutes_of_a_quantity_become_one_summary_at_the_windows_end() -> None:
    found = play([*steady(0, 300, 10.0), value(300, 99.0)])
    (one,) = summaries(found)
    assert (one.sensor, one.quantity, one.unit, one.window_s) == ("air-1", "pm2_5", "ug/m3", 300)
    assert (one.n, one.min, one.max, one.mean, one.p95, one.last) == (60, 10, 10, 10, 10, 10)
    (told,) = found
    assert (told.subject, told.observed) == ("air-sensor/air-1", at(300))


def test_a_tick_ends_the_windows_of_sensors_that_fell_silent() -> None:
    found = play(
        [value(10, 1.0), value(10, 2.0, "pm10"), value(20, 3.0, sensor="air-2"), Tick(at(301))]
    )
    assert [(s.sensor, s.quantity, s.n) for s in summaries(found)] == [
        ("air-1", "pm2_5", 1),
        ("air-1", "pm10", 1),
        ("air-2", "pm2_5", 1),
    ]
    assert play([value(10, 1.0), Tick(at(299))]) == []


def test_a_fault_is_not_a_value() -> None:
    readings = [*steady(0, 150, 10.0), *(fault(t) for t in range(150, 300, 5)), Tick(at(300))]
    (one,) = summaries(play(readings))
    assert (one.n, one.max) == (30, 10.0)
    only_faults = [*(fault(t) for t in range(0, 300, 5)), Tick(at(300))]
    assert play(only_faults) == []


def test_a_sensor_of_another_role_is_left_alone() -> None:
    assert play([value(0, 999.0, sensor="air-9"), Tick(at(300))]) == []


def test_an_alarm_is_raised_after_its_time_and_cleared_once_below_clear() -> None:
    found = play(
        [*steady(0, 40, 10), *steady(40, 200, 180), *steady(200, 260, 130), *steady(260, 300, 110)]
    )
    assert alarms(found) == [("raised", 180)]
    more = play([*steady(0, 100, 180), *steady(100, 200, 110), *steady(200, 290, 180)])
    assert alarms(more) == [("raised", 180), ("cleared", 110), ("raised", 180)]
    told = [c for c in more if isinstance(c.payload, AirAlarm)]
    ids = [c.payload.problem_id for c in told if isinstance(c.payload, AirAlarm)]
    assert ids[0] == ids[1] != ids[2]
    assert {c.subject for c in told} == {"air-sensor/air-1"}


def test_a_peak_shorter_than_the_alarms_time_raises_nothing() -> None:
    assert alarms(play([*steady(0, 55, 500), *steady(55, 300, 10)])) == []


def test_faults_raise_and_clear_no_alarm() -> None:
    quiet = [fault(t) for t in range(100, 280, 5)]
    assert alarms(play([*steady(0, 100, 180), *quiet])) == [("raised", 180)]
    assert (
        alarms(
            play(
                [
                    *steady(0, 50, 180),
                    *(fault(t) for t in range(50, 120, 5)),
                    *steady(120, 150, 180),
                ]
            )
        )
        == []
    )


def test_a_limit_may_be_for_one_sensor_and_for_what_is_too_little() -> None:
    low = AirLimit("pm2_5", sensor="air-2", below=Decimal(5), for_s=0)
    role = Station(replace(CONFIG, alarms=(low,)), None)
    assert alarms(
        play([value(0, 1.0), value(1, 1.0, sensor="air-2"), value(2, 6.0, sensor="air-2")], role)
    ) == [
        ("raised", 1.0),
        ("cleared", 6.0),
    ]


def test_a_sensor_without_values_is_told_once_and_its_return_once() -> None:
    config = replace(CONFIG, fault_s=120.0)
    bad = [fault(t) for t in range(0, 400, 5)]
    good = steady(400, 460, 10.0)
    found = play([*bad, *good, *(fault(t) for t in range(460, 500, 5))], Station(config, None))
    assert notices(found) == [("sensor-fault", "air-1"), ("sensor-back", "air-1")]
    notice = next(c.payload for c in found if isinstance(c.payload, GatewayNotice))
    assert notice.detail == "pm2_5: sentinel, the register says 32767 (no value)"
    assert notice.part == "pm2_5"


def test_a_sensor_that_fails_now_and_then_is_not_told() -> None:
    mixed = [fault(t) if t % 10 else value(t, 10.0) for t in range(0, 1200, 5)]
    assert notices(play(mixed, Station(replace(CONFIG, fault_s=60.0), None))) == []


def test_an_alarm_that_left_the_file_is_cleared_and_not_left_open() -> None:
    role = Station(CONFIG, None)
    saved = [role.step(reading).state for reading in steady(0, 100, 180)]
    last = [one for one in saved if one is not None][-1]
    without = Station(replace(CONFIG, alarms=()), None)
    without.restore(last)
    assert alarms(play([Tick(at(101))], without)) == [("cleared", 180)]
    assert play([Tick(at(102))], without) == []


def day(seed: list[float]) -> list[Reading]:
    readings: list[Reading] = []
    for index, number in enumerate(seed):
        readings.append(fault(index * 10) if number < 0 else value(index * 10, number))
        readings.append(Tick(at(index * 10 + 1)))
    return readings


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([-1.0, 10.0, 130.0, 180.0]), min_size=10, max_size=100),
    st.integers(0, 200),
)
def test_a_restart_changes_nothing_when_each_sample_is_kept(numbers: list[float], cut: int) -> None:
    config = replace(CONFIG, save_air_s=0.0, fault_s=60.0)
    readings = day(numbers)
    role, saved, found = Station(config, None), b"", list[Conclusion]()
    for index, reading in enumerate(readings):
        step = role.step(reading)
        found += step.conclusions
        saved = step.state or saved
        if index == cut and saved:
            role = Station(config, None)
            role.restore(saved)
    plain = play(readings, Station(config, None))
    assert [type(c.payload) for c in found] == [type(c.payload) for c in plain]
    assert summaries(found) == summaries(plain)
    assert alarms(found) == alarms(plain)
    assert notices(found) == notices(plain)


def test_a_restart_loses_no_more_than_the_seconds_since_the_window_was_kept() -> None:
    readings = [*steady(0, 300, 10.0), Tick(at(300))]
    for cut in range(5, 60, 7):
        role, saved, found = Station(CONFIG, None), b"", list[Conclusion]()
        for index, reading in enumerate(readings):
            step = role.step(reading)
            found += step.conclusions
            saved = step.state or saved
            if index == cut:
                role = Station(CONFIG, None)
                role.restore(saved)
        (one,) = summaries(found)
        assert 58 <= one.n <= 60


def test_weighing_and_air_share_one_state_and_disturb_each_other_nowhere() -> None:
    both = replace(deck.STATION, sensors=("air-1",), alarms=(PM,))
    truck = deck.Truck(t=2, kg=30_000, tag="0000000001")
    weighed = deck.trace(truck, until=25)
    plain = deck.tickets(deck.play(weighed))
    airy = [value(t, 180.0) for t in range(0, 25, 2)]
    moved = [replace(one, moment=deck.moment(index * 2.0)) for index, one in enumerate(airy)]
    mixed = sorted([*weighed, *moved], key=lambda reading: reading.moment.mono_ns)
    found = deck.play(mixed, Station(both, deck.SCALE))
    assert (
        [t.gross_kg for t in deck.tickets(found)]
        == [t.gross_kg for t in plain]
        == [Decimal(30_000)]
    )
    role = Station(both, deck.SCALE)
    last = [step.state for step in map(role.step, mixed) if step.state is not None][-1]
    assert b'"air"' in last


def test_a_state_from_before_there_was_air_is_still_read() -> None:
    role = Station(deck.STATION, deck.SCALE)
    step = [s for s in map(role.step, deck.trace(deck.Truck(t=2, kg=30_000), until=6)) if s.state][
        -1
    ]
    assert step.state is not None
    old = step.state.replace(b',"air":{"series":{},"alarms":{}}', b"")
    assert old != step.state
    fresh = Station(replace(deck.STATION, sensors=("air-1",)), deck.SCALE)
    fresh.restore(old)
    assert play([value(0, 1.0), Tick(at(300))], fresh) != []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sensors": ()}, "a weighbridge, or sensors, or both"),
        ({"reader": "rd-1"}, "reader: none without a weighbridge"),
        ({"sensors": ("air-1", "air-1")}, "sensors: each once"),
        ({"alarms": (AirLimit("pm10", sensor="air-9", above=Decimal(1)),)}, "'air-9' is not among"),
        ({"window_s": 7}, "window_s: one of"),
    ],
)
def test_a_station_that_makes_no_sense_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(CONFIG, **changes)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({}, "above or below"),
        ({"above": Decimal(1), "below": Decimal(2)}, "above or below"),
        ({"above": Decimal(1), "clear": Decimal(2)}, "clear: not more"),
        ({"below": Decimal(2), "clear": Decimal(1)}, "clear: not less"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(limits: dict[str, Decimal], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AirLimit("pm2_5", **limits)


def test_a_sensor_asked_more_rarely_than_the_gap_is_refused() -> None:
    from edge_agent.config.devices.air_sensor import AirSensorConfig  # noqa: PLC0415

    slow = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map="renke-pm", every_s=60)
    config = StationConfig(sensors=("air-1",), sensor_gap_s=30)
    with pytest.raises(StopError, match="sensor_gap_s"):
        ROLES["station"].build(config, {"air-1": slow}, NOTHING)
    with pytest.raises(StopError, match="must be a air-sensor"):
        ROLES["station"].build(config, {"air-1": deck.SCALE}, NOTHING)
    assert ROLES["station"].devices(config) == {"air-1"}
