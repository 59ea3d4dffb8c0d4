"""Modules on the R200 / M100 / YRM100 with the BB protocol.

    BB | Type | Cmd | PL high | PL low | data | Check | 7E    Check: sum of Type to data (mod 256)

Single poll (22h) answers a notice (type 02: RSSI, PC, EPC, CRC) for each tag, or an error (type 01,
command FFh): 15h = no tag. Sources: the M100 firmware command manual's example frames as cited in
public projects, and frames captured there.
"""

from __future__ import annotations

from firmware_bridges.checked_frames import CheckedFramer
from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.rfid.tags import Answer, ReaderError, RfidRefused, RoundEnd, TagRead

HEAD, END = 0xBB, 0x7E
POLL, ERROR, NOTICE = 0x22, 0xFF, 0x02
NO_TAG = 0x15
_FRAME = 7  # bytes around the data
_LONGEST = 512  # data bytes; longer is no frame, so that a wrong length cannot hold the line up
_AROUND_EPC = 5  # RSSI, PC (2), CRC (2)
_RSSI = b"\xc9"


def _sealed(body: bytes) -> bytes:
    return bytes((HEAD,)) + body + bytes((sum(body) & 0xFF, END))


def _size(raw: bytes, at: int) -> int | None:
    if raw[at] != HEAD:
        return 0
    if len(raw) - at < 5:
        return None
    size = int.from_bytes(raw[at + 3 : at + 5], "big")
    return size + _FRAME if size <= _LONGEST else 0


def _good(frame: bytes) -> bool:
    return frame[-1] == END and sum(frame[1:-2]) & 0xFF == frame[-2]


class R200Decoder:
    """Bytes in, tags out."""

    def __init__(self) -> None:
        self._framer = CheckedFramer(_size, _good)

    def feed(self, data: bytes) -> list[Answer]:
        return [one for found in self._framer.feed(data) for one in _answers(found)]

    def flush(self) -> list[Answer]:
        return [one for found in self._framer.flush() for one in _answers(found)]


def _answers(found: Frame | BadFrame) -> list[Answer]:
    if isinstance(found, BadFrame):
        return [RfidRefused(found.reason, found.raw)]
    return parse(found.raw)


def parse(raw: bytes) -> list[Answer]:
    """One whole frame with a good check. The poll's end is its answer: tag or none."""
    kind, command, data = raw[1], raw[2], raw[5:-2]
    if command == ERROR:
        code = data[0] if data else 0
        return [RoundEnd(0, raw)] if code == NO_TAG else [ReaderError(code, raw)]
    if kind != NOTICE or command != POLL:
        return []
    epc = data[3:-2]
    if len(data) <= _AROUND_EPC:
        return [RfidRefused("length", raw)]
    rssi = int.from_bytes(data[:1], "big", signed=True)
    return [TagRead(epc.hex().upper(), None, rssi, raw)]


def ask(_address: int) -> bytes:
    """A single poll; the module has no address."""
    return _sealed(bytes((0x00, POLL, 0, 0)))


def report(_address: int, epcs: tuple[str, ...]) -> bytes:
    """For simulators: a notice for each tag, or the error that says there is none."""
    if not epcs:
        return _sealed(bytes((0x01, ERROR, 0, 1, NO_TAG)))
    return b"".join(_notice(bytes.fromhex(epc)) for epc in epcs)


def _notice(epc: bytes) -> bytes:
    words = bytes((len(epc) // 2 << 3, 0))
    body = _RSSI + words + epc + b"\x00\x00"  # the tag's CRC is not looked at
    return _sealed(bytes((NOTICE, POLL)) + len(body).to_bytes(2, "big") + body)
