"""Cutting a JT/T 808 stream into frames: 7E … 7E, escaped in between.

    7E -> 7D 02, 7D -> 7D 01, over header, body and checksum     JT/T 808-2019, 4.4.2

Whatever stands between two delimiters is looked at, so that a lost delimiter costs one frame. A 7D
that is no escape stands for itself: some terminals leave their checksum unescaped, and the checksum
decides. A stream that begins with E7 uses E7 and E6 instead (seen in public captures).
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
        self._first = True

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        if self._first and data:
            self._first = False
            self._delimiter = _OTHER if data[0] == _OTHER else _PLAIN
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
        cut, self._pending = self._pending, b""
        return [BadFrame("truncated", cut)] if cut else []

    def _piece(self, piece: bytes, found: list[Frame | BadFrame]) -> None:
        if not piece or not self._begun or self._skipping:
            return
        if len(piece) > MOST:
            found.append(BadFrame("length", piece[:MOST]))
            return
        mark = bytes((self._delimiter,))
        found.append(Frame(mark + piece + mark, _unescaped(piece, self._delimiter)))


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
