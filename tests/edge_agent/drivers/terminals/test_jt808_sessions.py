"""A JT/T 808 conversation without a socket: who is answered what, and when."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from edge_agent.drivers.terminals.jt808_session import ASK_AGAIN_S, Jt808Session
from edge_agent.errors import DeviceRefused
from firmware_bridges.jt808 import Framer, Message, TerminalVoice, location_bytes, parse
from firmware_bridges.jt808.bodies import Authentication, Registration, Unknown
from firmware_bridges.jt808.location import bcd_time
from tests.edge_agent.drivers.terminals.post import Post
from tests.fakes.clock import START_UTC_NS
from tests.firmware_bridges.jt808 import captures

UTC_S = START_UTC_NS // 10**9
OK, FAILED, WRONG, UNSUPPORTED = 0, 1, 2, 3
PLATFORM_REPLY, REGISTRATION_REPLY, ASK_AGAIN, TIME_REPLY, TEXT = (
    0x8001, 0x8100, 0x8003, 0x8004, 0x8300,
)  # fmt: skip


class Told(NamedTuple):
    id: int
    body: bytes

    @property
    def answers(self) -> tuple[int, int, int]:
        """(serial, message id, result) of a general reply."""
        assert self.id == PLATFORM_REPLY
        return (
            int.from_bytes(self.body[:2], "big"),
            int.from_bytes(self.body[2:4], "big"),
            self.body[4],
        )


class Talk:
    """A terminal, its session, and what came back."""

    def __init__(self, version: int = 2013, *, authentication: bool = True) -> None:
        self.post = Post()
        self.session = Jt808Session(self.post, self.post.line, authentication=authentication)
        self.voice = TerminalVoice("13912345678", version)
        self._framer = Framer()

    def hear(self, frames: list[tuple[int, bytes]]) -> int:
        """The serial of the first."""
        self.raw(b"".join(frame for _, frame in frames))
        return frames[0][0]

    def raw(self, data: bytes) -> None:
        self.session.receive(data, self.post.clock.monotonic_s())

    def told(self) -> list[Told]:
        messages = []
        for frame in self._framer.feed(self.post.said()):
            found = parse(frame)
            assert isinstance(found, Message)
            assert isinstance(found.body, Unknown)
            messages.append(Told(found.header.id, found.body.data))
        return messages

    def come_in(self) -> None:
        self.hear(self.voice.authentication(Authentication("code-13912345678", None, None)))
        self.told()


def where(second: int = 0, lat: float = 23.16) -> bytes:
    return location_bytes(
        alarm=1,
        status=3,
        lat=lat,
        lon=113.269,
        altitude_m=21,
        speed_kmh=3.5,
        course_deg=90,
        time=bcd_time(UTC_S + second),
        items=((0x31, bytes((11,))),),
    )


@pytest.mark.parametrize(
    ("frame", "terminal"),
    [
        (captures.REGISTRATION_2011, "13345678906"),
        (captures.REGISTRATION_2013, "13511221122"),
        (captures.REGISTRATION_2019, "8664960775821645218"),
    ],
    ids=["2011", "2013", "2019"],
)
def test_a_captured_registration_of_each_version_is_answered_with_a_code(
    frame: str, terminal: str
) -> None:
    talk = Talk()
    talk.raw(bytes.fromhex(frame))
    (reply,) = talk.told()
    assert reply.id == REGISTRATION_REPLY
    assert reply.body[2] == OK
    name = talk.post.seen[0][0]
    assert reply.body[3:].decode() == f"code-{name}"
    assert talk.post.seen[0][1].device is not None
    assert terminal.startswith(name) or name == terminal


@pytest.mark.parametrize("version", [2013, 2019])
def test_who_says_its_code_is_answered_and_may_report(version: int) -> None:
    talk = Talk(version)
    imei = "860000000000001" if version == 2019 else None
    serial = talk.hear(talk.voice.authentication(Authentication("abc", imei, "1.0")))
    assert [one.answers for one in talk.told()] == [(serial, 0x0102, OK)]
    ((_, seen),) = talk.post.seen
    assert (seen.code, seen.imei, seen.network) == ("abc", imei, "10.64.0.0/16")
    talk.hear(talk.voice.location(where()))
    talk.post.flush()
    assert talk.post.kept[0].terminal == "13912345678"


def test_a_terminal_that_is_not_admitted_is_told_so_and_closed() -> None:
    talk = Talk()
    talk.post.accept = False
    told = Registration(2013, 44, 111, "EDILE", "SIM", "0000001", 0, "")
    talk.hear(talk.voice.registration(told))
    (reply,) = talk.told()
    assert (reply.id, reply.body[2]) == (REGISTRATION_REPLY, 4)
    assert talk.post.hung_up
    again = Talk()
    again.post.accept = False
    serial = again.hear(again.voice.authentication(Authentication("abc", None, None)))
    assert [one.answers for one in again.told()] == [(serial, 0x0102, FAILED)]
    assert again.post.hung_up
    assert again.session.terminal is None


def test_a_position_before_the_code_is_answered_failed_and_not_kept() -> None:
    talk = Talk()
    serial = talk.hear(talk.voice.location(where()))
    assert [one.answers for one in talk.told()] == [(serial, 0x0200, FAILED)]
    assert talk.post.waiting == []
    assert talk.post.counts["refused.unauthenticated"] == 1


def test_a_badge_that_knows_no_codes_reports_at_once_where_the_server_says_so() -> None:
    talk = Talk(authentication=False)
    talk.hear(talk.voice.location(where()))
    assert len(talk.post.waiting) == 1
    assert talk.session.terminal == "13912345678"


def test_a_position_is_answered_only_once_it_is_kept() -> None:
    talk = Talk()
    talk.come_in()
    serial = talk.hear(talk.voice.location(where()))
    assert talk.told() == []
    talk.post.flush()
    assert [one.answers for one in talk.told()] == [(serial, 0x0200, OK)]
    (one,) = talk.post.kept
    assert (one.lat, one.lon, one.fix, one.satellites) == (23.16, 113.269, True, 11)
    assert one.at_ns == UTC_S * 10**9
    assert "sos" in one.flags
    assert one.live


def test_when_the_store_is_full_a_position_is_never_answered() -> None:
    talk = Talk()
    talk.come_in()
    talk.post.keeps = False
    talk.hear(talk.voice.location(where()))
    talk.post.flush()
    assert talk.told() == []


def test_the_good_ones_of_a_batch_are_kept_and_the_bad_counted() -> None:
    talk = Talk()
    talk.come_in()
    bodies = [where(1), b"\x00" * 5, where(2)]
    serial = talk.hear(talk.voice.batch(bodies, blind_spot=True))
    talk.post.flush()
    assert [one.at_ns for one in talk.post.kept] == [(UTC_S + n) * 10**9 for n in (1, 2)]
    assert not any(one.live for one in talk.post.kept)
    assert talk.post.counts["refused.body"] == 1
    assert [one.answers for one in talk.told()] == [(serial, 0x0704, OK)]


def test_a_long_batch_comes_in_parts_and_in_any_order() -> None:
    talk = Talk()
    talk.come_in()
    frames = talk.voice.batch([where(n) for n in range(80)], blind_spot=True)
    assert len(frames) > 2
    for _, frame in reversed(frames):
        talk.raw(frame)
    talk.post.flush()
    assert [one.at_ns for one in talk.post.kept] == [(UTC_S + n) * 10**9 for n in range(80)]
    assert talk.post.held == 0


def test_parts_that_lack_are_asked_for_again() -> None:
    talk = Talk()
    talk.come_in()
    frames = talk.voice.batch([where(n) for n in range(80)], blind_spot=True)
    lost = frames.pop(1)
    talk.hear(frames)
    assert talk.post.held > 0
    talk.session.tick(talk.post.clock.monotonic_s())
    asked = [one for one in talk.told() if one.id == ASK_AGAIN]
    assert asked == []  # they may still be on their way
    talk.post.time.tick(ASK_AGAIN_S)
    talk.session.tick(talk.post.clock.monotonic_s())
    (asked_for,) = [one for one in talk.told() if one.id == ASK_AGAIN]
    assert int.from_bytes(asked_for.body[:2], "big") == frames[0][0]
    assert asked_for.body[-2:] == (2).to_bytes(2, "big")
    talk.raw(lost[1])
    talk.post.flush()
    assert len(talk.post.kept) == 80


def test_what_nobody_knows_is_answered_unsupported_and_counted() -> None:
    talk = Talk()
    talk.come_in()
    serial = talk.hear(talk.voice.frames(0x0F0F, b"abc"))
    assert [one.answers for one in talk.told()] == [(serial, 0x0F0F, UNSUPPORTED)]
    assert talk.post.counts["unknown.0F0F"] == 1


def test_a_captured_heartbeat_is_answered() -> None:
    talk = Talk()
    talk.raw(bytes.fromhex(captures.HEARTBEAT))
    assert [one.answers[1:] for one in talk.told()] == [(0x0002, OK)]


def test_a_terminal_is_told_the_time_in_utc() -> None:
    talk = Talk()
    talk.hear(talk.voice.frames(0x0004))
    (reply,) = talk.told()
    assert (reply.id, reply.body) == (TIME_REPLY, bcd_time(UTC_S, 0))


def test_a_second_number_on_one_connection_ends_it() -> None:
    talk = Talk()
    talk.come_in()
    talk.hear(TerminalVoice("13900000000").location(where()))
    assert talk.post.hung_up
    assert talk.post.waiting == []
    assert talk.post.counts["refused.identity"] == 1


def test_a_text_is_read_out_by_the_terminal() -> None:
    talk = Talk()
    with pytest.raises(DeviceRefused):
        talk.session.say("请清扫三号桶")
    talk.come_in()
    talk.session.say("请清扫三号桶")
    (text,) = talk.told()
    assert text.id == TEXT
    assert text.body[0] & 0x08  # bit 3 of the flags: read out by TTS (JT/T 808-2013, table 35)
    assert text.body[1:].decode("gbk") == "请清扫三号桶"


def test_noise_between_two_frames_loses_neither() -> None:
    talk = Talk()
    talk.come_in()
    first, second = talk.voice.location(where(1)), talk.voice.location(where(2))
    talk.raw(first[0][1] + b"\x00\xff noise" + second[0][1])
    talk.post.flush()
    assert len(talk.post.kept) == 2


def test_unfinished_parts_are_let_go_with_the_connection() -> None:
    talk = Talk()
    talk.come_in()
    talk.hear(talk.voice.batch([where(n) for n in range(80)], blind_spot=True)[:-1])
    assert talk.post.held >= 1_000
    talk.session.ended()
    assert talk.post.held == 0
