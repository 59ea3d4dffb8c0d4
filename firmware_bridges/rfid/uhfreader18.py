"""UHFReader18 and UHFReader288 type readers (Chafon, ZK-RFID and relatives).

    Len | Adr | Cmd | data | CRC low | CRC high             asked
    Len | Adr | Cmd | Status | data | CRC low | CRC high    answered

Len counts what follows it. CRC: polynomial 8408h, initial value FFFFh, not inverted, over everything
before it. There is no start byte, so a frame is found by its CRC.

Inventory (01h) answers: status 01 finished, 02 time over, 03 more frames follow, 04 store full, FB no
tag. Data of the 18: count, then for each tag its length and EPC. Of the 288: antenna bits and count
first, and an RSSI behind each EPC. Readers in their active mode send EEh frames unasked.

Sources: the public test frames of chafon-rfid (wabson) and rfidtime; UHFReader18 user's manual 2.0
as those cite it.
"""

from __future__ import annotations

from typing import Literal

from firmware_bridges.checked_frames import CheckedFramer
from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.rfid.tags import Answer, ReaderError, RfidRefused, RoundEnd, TagRead

Layout = Literal["18", "288"]
INVENTORY, TAG_REPORT = 0x01, 0xEE
FINISHED, TIME_OVER, MORE, FULL, NO_TAG = 0x01, 0x02, 0x03, 0x04, 0xFB
_SHORTEST = 5  # Len of an answer without data: address, command, status, CRC
_LONGEST_EPC = 62
_KNOWN = frozenset((INVENTORY, TAG_REPORT, 0x0F, 0x21, 0x22, 0x24, 0x25, 0x28, 0x2F, 0x35, 0x36))
_Q = 4  # the 288's inventory takes Q and session; FF = session of the reader's own choice


def crc16(data: bytes) -> int:
    """CRC-16/MCRF4XX."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc


def _sealed(body: bytes) -> bytes:
    whole = bytes((len(body) + 2,)) + body
    return whole + crc16(whole).to_bytes(2, "little")


def _size(raw: bytes, at: int) -> int | None:
    if raw[at] < _SHORTEST:
        return 0
    if len(raw) - at < 3:
        return None
    return raw[at] + 1 if raw[at + 2] in _KNOWN else 0


def _good(frame: bytes) -> bool:
    return crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")


class UhfReader18Decoder:
    """Bytes in, tags out. `layout` is that of the reader's inventory data."""

    def __init__(self, layout: Layout = "18") -> None:
        self._layout = layout
        self._framer = CheckedFramer(_size, _good)

    def feed(self, data: bytes) -> list[Answer]:
        return [one for found in self._framer.feed(data) for one in self._answers(found)]

    def flush(self) -> list[Answer]:
        return [one for found in self._framer.flush() for one in self._answers(found)]

    def _answers(self, found: Frame | BadFrame) -> list[Answer]:
        if isinstance(found, BadFrame):
            return [RfidRefused(found.reason, found.raw)]

        return parse(found.raw, self._layout)


def parse(raw: bytes, layout: Layout) -> list[Answer]:
    """One whole frame with a good CRC."""
    command, status, data = raw[2], raw[3], raw[4:-2]
    if command == TAG_REPORT:
        # Unasked: byte 3 is a status, the rest the EPC as configured in the reader.
        return [TagRead(data.hex().upper(), None, None, raw)] if data else []
    if command != INVENTORY:
        return [] if status == 0 else [ReaderError(status, raw)]
    if status == NO_TAG:
        return [RoundEnd(0, raw)]
    if status not in (FINISHED, TIME_OVER, MORE, FULL):
        return [ReaderError(status, raw)]
    tags = _tags(raw, data, layout)
    if tags is None:
        return [RfidRefused("length", raw)]
    return [*tags, *([] if status == MORE else [RoundEnd(len(tags), raw)])]


def _tags(raw: bytes, data: bytes, layout: Layout) -> list[TagRead] | None:
    """None when counts and lengths do not add up to exactly the data."""
    head = 2 if layout == "288" else 1
    if len(data) < head:
        return [] if not data else None
    antenna = data[0].bit_length() if layout == "288" else None  # one bit for each antenna
    tail = 1 if layout == "288" else 0
    tags, at = [], head
    for _ in range(data[head - 1]):
        size = data[at] if at < len(data) else 0
        end = at + 1 + size + tail
        if not 0 < size <= _LONGEST_EPC or end > len(data):
            return None
        epc = data[at + 1 : at + 1 + size].hex().upper()
        tags.append(TagRead(epc, antenna, data[end - 1] if tail else None, raw))
        at = end
    return tags if at == len(data) else None


def ask_18(address: int) -> bytes:
    """One round of inventory."""
    return _sealed(bytes((address, INVENTORY)))


def ask_288(address: int) -> bytes:
    return _sealed(bytes((address, INVENTORY, _Q, 0xFF)))


def report_18(address: int, epcs: tuple[str, ...]) -> bytes:
    """For simulators: the round's frame; no tag is answer FB."""
    if not epcs:
        return _sealed(bytes((address, INVENTORY, NO_TAG)))
    tags = b"".join(bytes((len(epc) // 2,)) + bytes.fromhex(epc) for epc in epcs)
    return _sealed(bytes((address, INVENTORY, FINISHED, len(epcs))) + tags)


def report_288(address: int, epcs: tuple[str, ...]) -> bytes:
    """For simulators: a frame for each tag (antenna 1), then the round's end."""
    frames = [
        _sealed(
            bytes((address, INVENTORY, MORE, 1, 1, len(epc) // 2)) + bytes.fromhex(epc) + b"\x5c"
        )
        for epc in epcs
    ]
    return b"".join(frames) + _sealed(bytes((address, INVENTORY, FINISHED, 1, 0)))
