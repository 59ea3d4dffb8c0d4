"""Cutting a JT/T 808 stream into frames: 7E … 7E, escaped in between.

    7E -> 7D 02, 7D -> 7D 01, over header, body and checksum     JT/T 808-2019, 4.4.2

Whatever stands between two delimiters is looked at, so that a lost delimiter costs one frame. A 7D
that is no escape stands for itself: some terminals leave their checksum unescaped, and the checksum
decides. A stream that begins with a good frame between two E7 uses E7 and E6 instead (seen in public
captures); an E7 that is only noise changes nothing.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Literal, NamedTuple

Reason = Literal["checksum", "length", "truncated", "header", "encrypted", "body"]
"""Why bytes between delimiters are no message.

checksum   the XOR of the rest is another
length     too long for a frame, or the body is not as long as its header says
truncated  the stream ended inside a frame
header     too short for a header
encrypted  the body is encrypted; nobody gave us a key
body       the header is good, the body is not one of its message id
"""

MOST = 2 * (21 + 1023 + 1)  # escaped bytes of the longest frame: header, body, checksum
_PLAIN, _OTHER = 0x7E, 0xE7


class Frame(NamedTuple):
    """`raw` as on the wire; `data` unescaped from message id to checksum."""

    raw: bytes
    data: bytes


class BadFrame(NamedTuple):
    reason: Reason
    raw: bytes


class Framer:
    """Bytes in, frames out; never raises, keeps less than one frame."""

    def __init__(self) -> None:
        self._pending = b""
        self._delimiter = _PLAIN
        self._begun = False  # a delimiter was seen
        self._skipping = False  # inside something too long
        self._undecided: bytes | None = b""  # what came before the delimiter was known

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        if self._undecided is not None:
            waiting = self._undecided + data
            delimiter = _delimiter(waiting)
            if delimiter is None:
                self._undecided = waiting
                return []
            self._undecided, self._delimiter, data = None, delimiter, waiting
        found: list[Frame | BadFrame] = []
        *pieces, rest = (self._pending + data).split(bytes((self._delimiter,)))
        for piece in pieces:
            self._piece(piece, found)
            self._begun, self._skipping = True, False
        self._pending = rest if self._begun and not self._skipping else b""
        if len(self._pending) > MOST:
            found.append(BadFrame("length", self._pending[:MOST]))
            self._pending, self._skipping = b"", True
        return found

    def flush(self) -> list[Frame | BadFrame]:
        """The stream ended: a frame that had begun is cut short."""
        cut, self._pending, self._undecided = self._pending, b"", b""
        return [BadFrame("truncated", cut)] if cut else []

    def _piece(self, piece: bytes, found: list[Frame | BadFrame]) -> None:
        if not piece or not self._begun or self._skipping:
            return
        if len(piece) > MOST:
            found.append(BadFrame("length", piece[:MOST]))
            return
        mark = bytes((self._delimiter,))
        found.append(Frame(mark + piece + mark, _unescaped(piece, self._delimiter)))


def _delimiter(data: bytes) -> int | None:
    """Which one a stream uses, by its beginning; None = that cannot be said yet."""
    if data[:1] != bytes((_OTHER,)):
        return _PLAIN if data else None
    plain, end = data.find(_PLAIN), data.find(_OTHER, 1)
    if plain >= 0 and (end < 0 or plain < end):
        return _PLAIN
    if end < 0:
        return None if len(data) <= MOST else _PLAIN
    piece = _unescaped(data[1:end], _OTHER)
    return _OTHER if len(piece) > 12 and checksum(piece) == 0 else _PLAIN


def _unescaped(piece: bytes, delimiter: int) -> bytes:
    if delimiter == _PLAIN:
        return unescape(piece)
    return piece.replace(b"\xe6\x02", b"\xe7").replace(b"\xe6\x01", b"\xe6")


def unescape(piece: bytes) -> bytes:
    """7D 02 first: after it no 7D 01 can be made that was not there."""
    return piece.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def checksum(data: bytes) -> int:
    """XOR of all bytes from the message id to the end of the body."""
    return reduce(xor, data, 0)


def sealed(data: bytes) -> bytes:
    """Header and body as a frame on the wire."""
    whole = data + bytes((checksum(data),))
    return b"\x7e" + whole.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"
