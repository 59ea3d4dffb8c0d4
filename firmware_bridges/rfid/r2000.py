"""Readers on the Impinj R2000 with the usual A0 protocol (IND903, Yanpodo, Rodinbell and relatives).

    A0 | Len | Addr | Cmd | data | Check      Len counts from Addr; Check: all bytes sum to 0 (mod 256)

Real-time inventory (89h, data: repeats) answers one frame for each tag (frequency and antenna, PC,
EPC, RSSI), then one of Len 0A that ends the round (antenna, rate, total), or one of Len 04 with an
error code. Sources: IND903 UHF RFID reader module protocol V2.2 as cited in public projects, and
frames captured there.
"""

from __future__ import annotations

from firmware_bridges.checked_frames import CheckedFramer
from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.rfid.tags import Answer, ReaderError, RfidRefused, RoundEnd, TagRead

HEAD = 0xA0
INVENTORIES = frozenset((0x89, 0x8A, 0x8B))  # real time; fast antenna switch; with session
INVENTORY = 0x89
SUCCESS = 0x10
_SHORTEST = 3  # address, command, check
_END, _ERROR = 0x0A, 0x04
_PC = 2


def _check(body: bytes) -> int:
    return -sum(body) & 0xFF


def _sealed(body: bytes) -> bytes:
    whole = bytes((HEAD, len(body) + 1)) + body
    return whole + bytes((_check(whole),))


def _size(raw: bytes, at: int) -> int | None:
    if raw[at] != HEAD:
        return 0
    if len(raw) - at < 2:
        return None
    return raw[at + 1] + 2 if raw[at + 1] >= _SHORTEST else 0


def _good(frame: bytes) -> bool:
    return _check(frame[:-1]) == frame[-1]


class R2000Decoder:
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
    """One whole frame with a good check."""
    size, command, data = raw[1], raw[3], raw[4:-1]
    if command not in INVENTORIES:
        return [ReaderError(data[0], raw)] if size == _ERROR and data[0] != SUCCESS else []
    if size == _ERROR:
        return [ReaderError(data[0], raw)]
    if size == _END:
        return [RoundEnd(int.from_bytes(data[3:7], "big"), raw)]
    epc = data[1 + _PC : -1]
    if not epc:
        return [RfidRefused("length", raw)]
    words = data[1] >> 3  # PC bits 15-11: the EPC's length in words (EPC Gen2 6.3.2.1.2.2)
    if len(epc) != 2 * words:
        return [RfidRefused("length", raw)]
    return [TagRead(epc.hex().upper(), (data[0] & 0x03) + 1, data[-1], raw)]


def ask(address: int) -> bytes:
    """One round of real-time inventory."""
    return _sealed(bytes((address, INVENTORY, 1)))


def report(address: int, epcs: tuple[str, ...]) -> bytes:
    """For simulators: a frame for each tag (antenna 1), then the round's end."""
    frames = [
        _sealed(
            bytes((address, INVENTORY, 0x04, len(epc) // 4 << 3, 0)) + bytes.fromhex(epc) + b"\x45"
        )
        for epc in epcs
    ]
    end = bytes((address, INVENTORY, 0, 0, 0x1D)) + len(epcs).to_bytes(4, "big")
    return b"".join(frames) + _sealed(end)
