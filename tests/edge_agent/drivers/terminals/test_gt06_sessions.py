"""A GT06 conversation without a socket."""

from __future__ import annotations

import pytest

from edge_agent.drivers.terminals.gt06_session import Gt06Session
from edge_agent.errors import DeviceRefused
from firmware_bridges.gt06 import Framer, Gt06Voice, Packet, gps_bytes, parse
from firmware_bridges.gt06.framing import packet
from firmware_bridges.gt06.packets import ALARM_NAMES
from tests.edge_agent.drivers.terminals.post import Post

IMEI = "860000000000001"


class Talk:
    def __init__(self) -> None:
        self.post = Post()
        self.session = Gt06Session(self.post, self.post.line)
        self.voice = Gt06Voice(IMEI)
        self._framer = Framer()

    def hear(self, frame: tuple[int, bytes]) -> int:
        self.session.receive(frame[1], self.post.clock.monotonic_s())
        return frame[0]

    def told(self) -> list[tuple[int, int | None]]:
        """(type, serial) of what came back."""
        found = [parse(frame) for frame in self._framer.feed(self.post.said())]
        assert all(isinstance(one, Packet) for one in found)
        return [(one.type, one.serial) for one in found if isinstance(one, Packet)]


def where(hour: int = 4) -> bytes:
    return gps_bytes(
        time=(26, 9, 21, hour, 0, 0),
        lat=23.16,
        lon=113.269,
        speed_kmh=4,
        course_deg=90,
        fix=True,
        live=True,
        satellites=9,
    )


def test_login_and_heartbeat_are_answered_whatever_becomes_of_them() -> None:
    talk = Talk()
    talk.post.accept = False
    serial = talk.hear(talk.voice.login())
    assert talk.told() == [(0x01, serial)]
    assert talk.post.hung_up
    other = Talk()
    heartbeat = other.hear(other.voice.heartbeat())  # before any login
    assert other.told() == [(0x13, heartbeat)]


def test_a_position_before_the_login_is_not_kept() -> None:
    talk = Talk()
    talk.hear(talk.voice.location(where()))
    assert talk.post.waiting == []
    assert talk.post.counts["refused.unauthenticated"] == 1


def test_a_position_is_kept_and_has_no_answer() -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    talk.told()
    talk.hear(talk.voice.location(where()))
    talk.post.flush()
    (one,) = talk.post.kept
    assert (one.terminal, one.fix, one.live) == (IMEI, True, True)
    assert one.lat == pytest.approx(23.16, abs=1e-6)
    assert one.lon == pytest.approx(113.269, abs=1e-6)
    assert talk.told() == []


def test_the_same_position_sent_again_has_the_same_bytes() -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    for _ in range(2):
        talk.hear(talk.voice.location(where()))
    talk.post.flush()
    first, second = talk.post.kept
    assert first.raw == second.raw


@pytest.mark.parametrize("name", sorted(set(ALARM_NAMES.values())))
def test_an_alarm_is_answered_once_it_is_kept_and_has_its_name(name: str) -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    talk.told()
    serial = talk.hear(talk.voice.alarm(where(), name))
    assert talk.told() == []
    talk.post.flush()
    assert talk.told() == [(0x16, serial)]
    assert name in talk.post.kept[0].flags


def test_a_full_store_answers_no_alarm() -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    talk.told()
    talk.post.keeps = False
    talk.hear(talk.voice.alarm(where(), "sos"))
    talk.post.flush()
    assert talk.told() == []


def test_a_low_battery_of_the_heartbeat_is_told_with_the_positions_after_it() -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    talk.hear(talk.voice.heartbeat(voltage=2))
    talk.hear(talk.voice.location(where()))
    talk.hear(talk.voice.heartbeat(voltage=6))
    talk.hear(talk.voice.location(where(5)))
    talk.post.flush()
    low, full = talk.post.kept
    assert low.battery == pytest.approx(33.3)
    assert "low-battery" in low.flags
    assert full.battery == 100
    assert "low-battery" not in full.flags


def test_the_clock_of_the_terminal_is_of_its_zone() -> None:
    times = []
    for zone_s in (None, 8 * 3600):
        talk = Talk()
        talk.session.zone_s = zone_s
        talk.hear(talk.voice.login())
        talk.hear(talk.voice.location(where()))
        talk.post.flush()
        times.append(talk.post.kept[0].at_ns or 0)
    assert times[0] - times[1] == 8 * 3600 * 10**9


def test_wifi_and_cell_packets_do_no_harm() -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    for kind in (0x17, 0x18, 0x2C, 0x69, 0xA5):
        for size in (0, 1, 7, 40, 90):
            content = bytes(range(size))
            talk.hear((0, packet(kind, content, 77)))
    talk.hear(talk.voice.location(where()))
    talk.post.flush()
    assert talk.post.kept[-1].lat == pytest.approx(23.16, abs=1e-6)
    assert talk.post.hung_up == []


def test_a_second_number_on_one_connection_ends_it() -> None:
    talk = Talk()
    talk.hear(talk.voice.login())
    talk.hear(Gt06Voice("860000000000002").login())
    assert talk.post.hung_up
    assert talk.session.terminal == IMEI


def test_a_command_goes_to_a_terminal_that_has_logged_in() -> None:
    talk = Talk()
    with pytest.raises(DeviceRefused):
        talk.session.say("STATUS#")
    talk.hear(talk.voice.login())
    talk.told()
    talk.session.say("STATUS#")
    ((kind, _),) = talk.told()
    assert kind == 0x80
