"""Cutting a GT06 stream into packets, by length; 0D 0A occurs inside packets and ends none.

    78 78 | len BYTE | type | content | serial WORD | CRC WORD | 0D 0A        len: type to CRC
    79 79 | len WORD | ...
    78 78 | n   BYTE | 17 or 69 | time BCD[6] | n Wi-Fi | cells | 0D 0A       no CRC, no serial

CRC: X.25 (polynomial 8408h reflected, initial FFFFh, inverted) over len to serial. Source: Concox GT06
protocol 1.8, chapters 3 and 4; the Wi-Fi packets by captures.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Reason = Literal["checksum", "length", "truncated", "body"]
"""checksum: CRC of other bytes. length: no 0D 0A where the length says. truncated: the next packet, or
the end, came first. body: a good packet whose content is not one of its type."""

MOST = 1_024  # bytes of a packet; longer ones are texts nobody has seen
_SHORT, _LONG = b"\x78\x78", b"\x79\x79"
_END = b"\r\n"
WIFI = (0x17, 0x69)
_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ 0x8408 if _byte & 1 else _byte >> 1
    _TABLE.append(_byte)


def crc_itu(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFF


class Frame(NamedTuple):
    """`head`: bytes before the type. `checked`: its CRC is right, or it has none."""

    raw: bytes
    head: int
    checked: bool

    @property
    def wifi(self) -> bool:
        return self.raw[self.head] in WIFI and self.head == 3 and _wifi_size(self.raw) > 0


class BadFrame(NamedTuple):
    reason: Reason
    raw: bytes


class Framer:
    """Bytes in, packets out; never raises, keeps less than `MOST` bytes."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[Frame | BadFrame]:
        """Everything that is decided by now, in the order of its bytes."""
        found: list[Frame | BadFrame] = []
        raw = self._pending + data
        at = _start(raw, 0)
        while at >= 0:
            after = _decided(raw, at, found)
            if after < 0:
                break
            at = _start(raw, after)
        if at >= 0:
            self._pending = raw[at:]
        else:
            self._pending = raw[-1:] if raw[-1:] in (b"\x78", b"\x79") else b""
        return found

    def flush(self) -> list[Frame | BadFrame]:
        """The stream ended: a packet that had begun is cut short."""
        cut, self._pending = self._pending, b""
        return [BadFrame("truncated", cut)] if len(cut) > 1 else []


def _start(raw: bytes, at: int) -> int:
    short, long = raw.find(_SHORT, at), raw.find(_LONG, at)
    return max(short, long) if min(short, long) < 0 else min(short, long)


def _decided(raw: bytes, at: int, found: list[Frame | BadFrame]) -> int:
    """Where to go on after what begins at `at`; -1 = more bytes are needed."""
    whole = _whole(raw, at)
    if isinstance(whole, Frame) and whole.checked:
        found.append(whole)
        return at + len(whole.raw)
    inner = _next_good(raw, at, at + len(whole.raw) if whole else len(raw))
    if inner > 0:
        found.append(BadFrame("truncated", raw[at:inner]))
        return inner
    if whole is None:
        return -1
    found.append(whole)
    return at + (len(whole.raw) if isinstance(whole, Frame) else 1)


def _whole(raw: bytes, at: int) -> Frame | BadFrame | None:
    """What lies at a start mark by its own length; None = not all there."""
    head = 3 if raw[at : at + 2] == _SHORT else 4
    if len(raw) <= at + head:
        return None
    if head == 3 and raw[at + 3] in WIFI and (wifi := _wifi_size(raw[at : at + MOST])) >= 0:
        if wifi == 0 or len(raw) < at + wifi:
            return None
        return Frame(raw[at : at + wifi], head, checked=True)
    size = int.from_bytes(raw[at + 2 : at + head], "big") + head + 2
    if size > MOST or size < head + 7:
        return BadFrame("length", raw[at : at + head])
    if len(raw) < at + size:
        return None
    cut = raw[at : at + size]
    if cut[-2:] != _END:
        return BadFrame("length", cut)
    return Frame(cut, head, crc_itu(cut[2:-4]) == int.from_bytes(cut[-4:-2], "big"))


def _wifi_size(raw: bytes) -> int:
    """Length of a Wi-Fi packet; 0 = not all there to say; -1 = it is none."""
    cells_at = 10 + 7 * raw[2]
    if len(raw) <= cells_at:
        return 0 if raw[2] <= 16 else -1
    size = cells_at + 4 + 5 * raw[cells_at] + 2
    if len(raw) < size:
        return 0 if raw[cells_at] <= 16 else -1
    return size if raw[size - 2 : size] == _END else -1


def _next_good(raw: bytes, at: int, end: int) -> int:
    """A whole packet with a good CRC inside what another one's length claims; 0 = none."""
    start = _start(raw, at + 1)
    while 0 <= start < end:
        whole = _whole(raw, start)
        if isinstance(whole, Frame) and whole.checked:
            return start
        start = _start(raw, start + 1)
    return 0


def packet(kind: int, content: bytes, serial: int, *, long: bool = False) -> bytes:
    """A packet on the wire."""
    size = len(content) + 5
    head = size.to_bytes(2 if long else 1, "big")
    body = head + bytes((kind,)) + content + serial.to_bytes(2, "big")
    return (_LONG if long else _SHORT) + body + crc_itu(body).to_bytes(2, "big") + _END
