"""DFPlayer-type sound modules (YX5200, Flyron FN-M16P and relatives): ten bytes either way, 9600 8N1.

    7E | FF | 06 | command | feedback | high | low | check high | check low | EF

Check: the 16-bit number that makes FF ... low sum to zero. Sources: DFPlayer Mini manual (DFRobot
DFR0299, V1.0) 3.2-3.4, whose printed example FF E6 contradicts its own rule; Flyron's FN-M16P manual;
frames captured by others.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridges.checked_frames import CheckedFramer
from firmware_bridges.frames import BadFrame, Frame, Reason

LENGTH = 10
_HEAD = b"\x7e\xff\x06"
_END = 0xEF
PLAY, VOLUME, STOP = 0x03, 0x06, 0x16
FINISHED = {0x3C: "usb", 0x3D: "card", 0x3E: "flash"}
ERROR, ACKNOWLEDGED = 0x40, 0x41
ERRORS = {
    1: "busy",
    2: "sleeping",
    3: "bytes missing on its serial line",
    4: "wrong check",
    5: "no such track",
    6: "no such file",
}
MOST_VOLUME, MOST_TRACK = 30, 3000


@dataclass(frozen=True, slots=True)
class PlayerMessage:
    """One frame of the module understood as far as its command: `value` is its parameter."""

    command: int
    value: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class PlayerRefused:
    """Bytes that began like a frame and are none."""

    reason: Reason
    raw: bytes


class PlayerDecoder:
    """Bytes in, messages out; never raises, keeps less than one frame."""

    def __init__(self) -> None:
        self._framer = CheckedFramer(_size, _good)

    def feed(self, data: bytes) -> list[PlayerMessage | PlayerRefused]:
        return [_answer(found) for found in self._framer.feed(data)]

    def flush(self) -> list[PlayerMessage | PlayerRefused]:
        return [_answer(found) for found in self._framer.flush()]


def _size(raw: bytes, at: int) -> int | None:
    head = raw[at : at + len(_HEAD)]
    if head != _HEAD[: len(head)]:
        return 0
    return LENGTH if len(head) == len(_HEAD) else None


def _good(frame: bytes) -> bool:
    return frame[-1] == _END and _check(frame[1:7]) == int.from_bytes(frame[7:9], "big")


def _check(body: bytes) -> int:
    return -sum(body) & 0xFFFF


def _answer(found: Frame | BadFrame) -> PlayerMessage | PlayerRefused:
    if isinstance(found, BadFrame):
        return PlayerRefused(found.reason, found.raw)
    return PlayerMessage(found.raw[3], int.from_bytes(found.raw[5:7], "big"), found.raw)


def encode(command: int, value: int = 0, *, feedback: bool = False) -> bytes:
    """The frame of a command, or for simulators of an answer. With `feedback` the module confirms."""
    body = bytes((0xFF, 0x06, command, int(feedback))) + value.to_bytes(2, "big")
    return b"\x7e" + body + _check(body).to_bytes(2, "big") + bytes((_END,))


def play(track: int) -> bytes:
    """Plays the `track`-th file, and asks for a confirmation. ValueError beyond 1 to 3000."""
    if not 1 <= track <= MOST_TRACK:
        raise ValueError(f"a track from 1 to {MOST_TRACK}, not {track}")
    return encode(PLAY, track, feedback=True)


def volume(level: int) -> bytes:
    """ValueError beyond 0 to 30."""
    if not 0 <= level <= MOST_VOLUME:
        raise ValueError(f"a volume from 0 to {MOST_VOLUME}, not {level}")
    return encode(VOLUME, level, feedback=True)
