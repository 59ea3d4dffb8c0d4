"""Indicators that must be asked: questions in, answers out, as each protocol says. Pure.

An answer shows what the display shows when it is given, at the next conversion. Orders that would
change the scale (zero, tare) are answered as not possible: nobody may give them to this one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Protocol

from firmware_bridges.frames import BadFrame
from firmware_bridges.lines import LineFramer
from firmware_bridges.weighbridge.indicator import DialectSpec, Shown

STX, ETX, EOT = 0x02, 0x03, 0x04
WAITS = 50  # conversions for which S waits to be stable: five seconds at ten a second


class Asked(Protocol):
    """`answer` is called once each conversion, with what came since the last; a frame each."""

    def answer(self, heard: bytes, shown: Shown) -> list[bytes]: ...


class SicsAsked:
    """MT-SICS levels 0 and 1, the weighing commands (reference manual 11780711)."""

    def __init__(self, spec: DialectSpec) -> None:
        self._encode = spec.encode
        self._lines = LineFramer(80)
        self._repeats = False
        self._waits = 0

    def answer(self, heard: bytes, shown: Shown) -> list[bytes]:
        said: list[bytes] = []
        for line in self._lines.feed(heard):
            command = b"" if isinstance(line, BadFrame) else line.raw.strip()
            self._repeats, self._waits = command == b"SIR", 0
            if command == b"S":
                self._waits = WAITS
            elif command == b"SI":
                said.append(self._encode(shown))
            elif command == b"@":
                said.append(b'I4 A "0000000000"\r\n')
            elif command in (b"Z", b"ZI", b"T", b"TI", b"TAC"):
                said.append(command + b" I\r\n")
            elif command != b"SIR":
                said.append(b"ES\r\n")
        return said + self._waited(shown) + ([self._encode(shown)] if self._repeats else [])

    def _waited(self, shown: Shown) -> list[bytes]:
        """The answer to S: the weight once it stands, S I when it does not in time."""
        if not self._waits:
            return []
        self._waits -= 1
        if shown.stable:
            self._waits = 0
            return [self._encode(shown)]
        return [] if self._waits else [b"S I\r\n"]


class SmaAsked:
    """SMA level 1: W once, R again and again until another command; others are not known."""

    def __init__(self, spec: DialectSpec) -> None:
        self._encode = spec.encode
        self._lines = LineFramer(16)
        self._repeats = False

    def answer(self, heard: bytes, shown: Shown) -> list[bytes]:
        said: list[bytes] = []
        for line in self._lines.feed(heard):
            command = b"" if isinstance(line, BadFrame) else line.raw.strip()
            self._repeats = command == b"R"
            if command == b"W":
                said.append(self._encode(shown))
            elif command != b"R":
                said.append(b"\n?\r")
        return said + ([self._encode(shown)] if self._repeats else [])


class FramesAsked:
    """Yaohua's command mode and Keli's: frames to one address, commands A to D. `unknown` is what
    another command gets; a wrong check or another address gets nothing (XK3190-A9+ manual p. 11)."""

    def __init__(self, spec: DialectSpec, *, address: bytes = b"A", unknown: bytes = b"") -> None:
        self._encode, self._address, self._unknown = spec.encode, address, unknown
        self._frames = LineFramer(16, start=STX, ends=bytes((ETX,)))

    def answer(self, heard: bytes, shown: Shown) -> list[bytes]:
        said: list[bytes] = []
        for frame in self._frames.feed(heard):
            if isinstance(frame, BadFrame) or len(frame.raw) != 6:
                continue
            body, check = frame.raw[1:3], frame.raw[3:5]
            if check == b"%02X" % reduce(xor, body) and body[:1] == self._address:
                said.append(self._to(body[1:], shown))
        return said

    def _to(self, command: bytes, shown: Shown) -> bytes:
        match command:
            case b"A":
                return self._framed(self._address + b"A")
            case b"B":
                return self._encode(shown)
            case b"D":  # nothing is tared: net is gross, under its own letter
                return self._relettered(self._encode(shown), b"D")
            case _:
                return self._unknown

    def _relettered(self, frame: bytes, command: bytes) -> bytes:
        return self._framed(frame[1:2] + command + frame[3:-3])

    def _framed(self, body: bytes) -> bytes:
        return bytes((STX,)) + body + b"%02X" % reduce(xor, body) + bytes((ETX,))


class PollAsked:
    """Any other dialect that is asked: answers to its own question, byte for byte."""

    def __init__(self, spec: DialectSpec) -> None:
        self._encode = spec.encode
        self._question = spec.poll(spec.settings()) if spec.poll else b""
        self._heard = b""

    def answer(self, heard: bytes, shown: Shown) -> list[bytes]:
        self._heard += heard
        asked = self._heard.count(self._question) if self._question else 0
        self._heard = self._heard[-len(self._question) :] if not asked else b""
        return [self._encode(shown)] * asked


_MACHINES: dict[str, Callable[[DialectSpec], Asked]] = {
    "mt-sics": SicsAsked,
    "sma": SmaAsked,
    "yaohua-cmd": lambda spec: FramesAsked(spec, unknown=bytes((EOT,))),
    "keli-xk3118k9": FramesAsked,
}


def asked(name: str, spec: DialectSpec) -> Asked | None:
    """The answering side of a dialect; None for one that sends by itself."""
    return None if spec.poll is None else _MACHINES.get(name, PollAsked)(spec)
