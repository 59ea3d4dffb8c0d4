"""Modbus RTU frames on a tapped line, requests and answers alike, and frames for simulators.

Sources: MODBUS over Serial Line V1.02, 2.5.1 (frame, CRC 16: polynomial A001h, begins FFFFh, low byte
first) and MODBUS Application Protocol V1.1b3, 6 and 7 (functions, exception codes).

RTU frames have no start byte: silence separates them, and a capture or a TCP converter has none. What
tells them apart is the length that each function implies, and the CRC. Requests and answers of one
function differ in length and nothing else, so both are tried and the CRC decides. The gateway's own
master asks through pymodbus; this module is for what listens and for what plays a device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_bridges.checked_frames import CheckedFramer

READ_HOLDING, READ_INPUT = 3, 4
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, DEVICE_FAILURE = 1, 2, 4
REQUEST_BYTES = 8
EXCEPTION_BYTES = 5
MOST_REGISTERS = 125
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}
_FIXED = {5, 6}  # write one: request and answer are the same eight bytes
_COUNTED = {READ_HOLDING, READ_INPUT}
_MANY = 16  # write registers


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """`count` registers from `first`, counted from 0."""

    address: int
    function: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """Registers 0 to 65535, high byte first on the wire."""

    address: int
    function: int
    registers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ExceptionAnswer:
    """The device says no; `function` without its error bit."""

    address: int
    function: int
    code: int

    @property
    def words(self) -> str:
        return f"exception {self.code} ({EXCEPTIONS.get(self.code, 'unknown')})"


@dataclass(frozen=True, slots=True)
class OtherFrame:
    """A frame of a function that reads no registers; its CRC is right."""

    address: int
    function: int


Message = ReadRequest | ReadAnswer | ExceptionAnswer | OtherFrame


def crc16(data: bytes) -> bytes:
    """The two bytes as they follow `data` on the wire."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def _table_row(index: int) -> int:
    for _ in range(8):
        index = index >> 1 ^ 0xA001 if index & 1 else index >> 1
    return index


_TABLE = tuple(_table_row(index) for index in range(256))


def is_whole(frame: bytes) -> bool:
    return len(frame) >= 4 and crc16(frame[:-2]) == frame[-2:]


def seems_whole(frame: bytes) -> bool:
    """As long as an answer of its function is: what is wrong with it is then the CRC."""
    lengths = _lengths(frame, 0) if len(frame) >= 2 else None
    return bool(lengths) and min(lengths or (0,)) <= len(frame)


def rtu_framer() -> CheckedFramer:
    """Cuts a stream of requests and answers; bad CRCs come out as BadFrame."""
    return CheckedFramer(_size, is_whole)


def parse(frame: bytes) -> Message:
    """A whole frame with a right CRC."""
    address, function = frame[0], frame[1]
    if function & 0x80:
        return ExceptionAnswer(address, function & 0x7F, frame[2])
    if function in _COUNTED and len(frame) == REQUEST_BYTES and not _is_answer(frame):
        first, count = _word(frame, 2), _word(frame, 4)
        return ReadRequest(address, function, first, count)
    if function in _COUNTED and _is_answer(frame):
        data = frame[3:-2]
        registers = tuple(_word(data, at) for at in range(0, len(data), 2))
        return ReadAnswer(address, function, registers)
    return OtherFrame(address, function)


def read_request(address: int, function: int, first: int, count: int) -> bytes:
    body = bytes((address, function)) + first.to_bytes(2, "big") + count.to_bytes(2, "big")
    return body + crc16(body)


def read_answer(address: int, function: int, registers: Sequence[int]) -> bytes:
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    body = bytes((address, function, len(data))) + data
    return body + crc16(body)


def exception_answer(address: int, function: int, code: int) -> bytes:
    body = bytes((address, function | 0x80, code))
    return body + crc16(body)


def _is_answer(frame: bytes) -> bool:
    return frame[2] > 0 and frame[2] % 2 == 0 and len(frame) == 5 + frame[2]


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _size(raw: bytes, at: int) -> int | None:
    """The shortest length that its function allows and its CRC confirms; None while a longer one
    may still come; else any length, for the check to refuse."""
    if len(raw) - at < 2:
        return None
    lengths = _lengths(raw, at)
    if lengths is None:
        return None
    for length in lengths:
        if at + length > len(raw):
            return None
        if is_whole(raw[at : at + length]):
            return length
    return lengths[-1] if lengths else 0


def _lengths(raw: bytes, at: int) -> tuple[int, ...] | None:
    """In growing order; empty = no frame begins here; None = too few bytes to say."""
    function = raw[at + 1]
    if function & 0x80:
        known = function & 0x7F in _COUNTED | _FIXED | {_MANY}
        return (EXCEPTION_BYTES,) if known else ()
    if function in _FIXED:
        return (REQUEST_BYTES,)
    if function in _COUNTED:
        if len(raw) - at < 3:
            return None
        size = raw[at + 2]
        answer = (5 + size,) if size and size % 2 == 0 and size <= 2 * MOST_REGISTERS else ()
        return tuple(sorted({*answer, REQUEST_BYTES}))
    if function == _MANY:
        if len(raw) - at < 7:
            return None
        return (REQUEST_BYTES, 9 + raw[at + 6])
    return ()
