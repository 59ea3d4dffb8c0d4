"""A patrol car whose place comes from a receiver of the same gateway, while it drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from contract.payloads.gateway import GatewayNotice
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.gnss import GnssConfig
from edge_agent.config.devices.terminals import Jt808ServerConfig
from edge_agent.config.streetscape import CarConfig, StreetscapeConfig
from edge_agent.errors import StopError
from edge_agent.ports import Conclusion
from edge_agent.readings import PositionReading, Reading, SeenThing, Tick
from edge_agent.roles.streetscape.streetscape import Streetscape
from edge_agent.roles.table import ROLES
from tests.edge_agent.rules.standing.street import START_NS, at, drive, news, problems, thing

CAR = CameraConfig(id="car-1", source="rtsp://10.0.0.7/one", moving=True)
METRE = 1 / (111_320 * 0.9198)
CONFIG = StreetscapeConfig(cameras=("car-1",), cars=(CarConfig("car-1", "gnss-1", lost_min=2),))
OF_TERMINAL = CarConfig("car-1", "terms-1", terminal="013800138000", max_age_s=15)


def role(config: StreetscapeConfig = CONFIG) -> Streetscape:
    return Streetscape(config, {"car-1": CAR})


def fix(t: float, metre: float, *, device: str = "gnss-1", terminal: str = "gnss-1") -> Reading:
    at_ns = START_NS + round(t * 1e9)
    lon = 113.3 + metre * METRE
    return PositionReading(device, at(t + 0.2), terminal, at_ns, lon, 23.1, True, speed_kmh=18.0)


def fed(one: Streetscape, readings: Sequence[Reading]) -> list[Conclusion]:
    in_order = sorted(readings, key=lambda reading: reading.moment.mono_ns)
    return [told for reading in in_order for told in news(one.step(reading).conclusions)]


def passing(
    t: float, *heaps: int, fix_every: int = 1, score: float = 0.8, **source: str
) -> list[Reading]:
    """A drive of 200 m at 5 m/s past heaps, seen from 20 m before; a picture every half second, a
    position every `fix_every` seconds."""
    out: list[Reading] = [fix(t + n, 5.0 * n, **source) for n in range(0, 46, fix_every)]
    for n in range(80):
        metre = 2.5 * n
        near: list[SeenThing] = [
            thing(track=n, score=score) for heap in heaps if 0 <= heap - metre <= 20
        ]
        out.append(drive(t + n / 2 + 0.1, None, *near))
    return out


def test_five_drive_bys_of_one_heap_are_one_problem_where_the_receiver_was() -> None:
    one = role()
    told = problems([t for n in range(5) for t in fed(one, passing(7200.0 * n, 100))])
    assert len({one.problem_id for one in told}) == 1
    assert [one.phase for one in told] == ["opened", "updated", "updated", "updated", "updated"]
    assert told[-1].sightings == 5
    assert told[0].place.lon == pytest.approx(113.3 + 81 * METRE, abs=3 * METRE)


def test_what_was_doubtful_in_many_drives_is_told_by_the_first_that_is_sure() -> None:
    one = role()
    assert (
        problems([t for n in range(8) for t in fed(one, passing(7200.0 * n, 100, score=0.3))]) == []
    )
    assert [told.phase for told in problems(fed(one, passing(7200.0 * 8, 100, score=0.7)))] == [
        "opened"
    ]


def test_a_terminal_that_reports_every_ten_seconds_will_do() -> None:
    one = role(replace(CONFIG, cars=(OF_TERMINAL,)))
    source = {"device": "terms-1", "terminal": "13800138000"}
    told = problems(
        [t for n in range(3) for t in fed(one, passing(7200.0 * n, 100, fix_every=10, **source))]
    )
    assert [one.phase for one in told] == ["opened", "updated", "updated"]
    assert told[0].place.lon == pytest.approx(113.3 + 81 * METRE, abs=3 * METRE)


def test_another_terminal_of_the_same_server_is_not_this_car() -> None:
    one = role(replace(CONFIG, cars=(OF_TERMINAL,)))
    assert fed(one, passing(0, 100, device="terms-1", terminal="13800138001")) == []


def test_pictures_without_positions_are_no_look() -> None:
    pictures = [one for one in passing(0, 100) if not isinstance(one, PositionReading)]
    assert fed(role(), [*pictures, *(Tick(at(n)) for n in range(60))]) == []


def test_a_heap_is_gone_after_two_drives_that_knew_where_they_were() -> None:
    one = role()
    fed(one, passing(0, 100))
    blind = [each for each in passing(3600) if not isinstance(each, PositionReading)]
    assert fed(one, [*blind, Tick(at(3700))]) == []
    assert fed(one, passing(7200)) == []
    assert [each.phase for each in problems(fed(one, passing(9000)))] == ["ended"]


def notices(told: Sequence[Conclusion]) -> list[tuple[str, str | None, str | None]]:
    return [
        (one.payload.kind, one.payload.device, one.payload.part)
        for one in told
        if isinstance(one.payload, GatewayNotice)
    ]


def blind(begin: int, end: int) -> list[Reading]:
    out: list[Reading] = []
    for t in range(begin, end):
        no_fix = PositionReading("gnss-1", at(t), "gnss-1", None, None, None, False)
        out += [no_fix, drive(t + 0.5, None), Tick(at(t + 0.7))]
    return out


def test_a_car_that_does_not_know_where_it_is_is_told_once_and_once_when_it_does() -> None:
    one = role()
    told = fed(one, blind(0, 300))
    assert notices(told) == [("sensor-fault", "gnss-1", "place of car-1")]
    assert isinstance(told[0].payload, GatewayNotice)
    assert told[0].payload.detail == (
        "pictures of car-1 without a place for 2 min: the receiver does not know where it is"
    )
    assert notices(fed(one, passing(400))) == [("sensor-back", "gnss-1", "place of car-1")]


def test_that_it_was_told_survives_a_restart() -> None:
    one, state = role(), None
    for reading in blind(0, 200):
        state = one.step(reading).state or state
    assert state is not None
    again = role()
    again.restore(state)
    assert notices(fed(again, blind(200, 500))) == []
    assert notices(fed(again, passing(600))) == [("sensor-back", "gnss-1", "place of car-1")]


def test_far_from_every_heap_nothing_is_written() -> None:
    """A car takes five pictures a second all day."""
    one = role()
    fed(one, passing(0, 100))
    far = [drive(100 + n / 5, 113.4 + n * METRE) for n in range(50)]
    steps = [one.step(reading) for reading in far]
    assert [step.state for step in steps[1:]] == [None] * 49


@pytest.mark.parametrize(
    ("car", "camera", "complaint"),
    [
        (CarConfig("car-1", "gnss-1"), replace(CAR, moving=False), "must have moving = true"),
        (CarConfig("car-1", "car-1"), CAR, "must report positions .*it is camera"),
        (CarConfig("car-1", "gnss-9"), CAR, "it is no device"),
        (CarConfig("car-1", "terms-1"), CAR, "say which `terminal`"),
        (CarConfig("car-1", "gnss-1", terminal="1"), CAR, "it has no `terminal`"),
    ],
)
def test_a_car_that_could_never_know_where_it_is_is_refused(
    car: CarConfig, camera: CameraConfig, complaint: str
) -> None:
    devices = {
        "car-1": camera,
        "gnss-1": GnssConfig("gnss-1", "serial:/dev/ttyACM0"),
        "terms-1": Jt808ServerConfig("terms-1", "tcp:127.0.0.1:7808"),
    }
    config = replace(CONFIG, cars=(car,))
    with pytest.raises(StopError, match=complaint):
        ROLES["streetscape"].build(config, devices, None)  # type: ignore[arg-type]


def test_the_role_hears_the_receiver() -> None:
    assert ROLES["streetscape"].devices(CONFIG) == {"car-1", "gnss-1"}


def test_the_same_camera_is_not_in_two_cars() -> None:
    with pytest.raises(ValueError, match="each camera once"):
        replace(CONFIG, cars=CONFIG.cars * 2)
