"""What a GT06 terminal hears by radio: cells and Wi-Fi stations; and its six bytes of time."""

from __future__ import annotations

from calendar import timegm
from typing import NamedTuple


class Cell(NamedTuple):
    mcc: int
    mnc: int
    lac: int
    cell: int


class Neighbours(NamedTuple):
    """Cells (with their strength) and Wi-Fi stations heard."""

    utc_s: int | None
    cells: tuple[tuple[Cell, int], ...]
    wifi: tuple[tuple[str, int], ...]
    rest: bytes


def utc_s(data: bytes, zone_s: int) -> int | None:
    """Six binary bytes, year after 2000; None when they are no time."""
    year, month, day, hour, minute, second = data
    leap = year % 4 == 0
    if not 1 <= month <= 12 or year > 99 or hour > 23 or minute > 59 or second > 59:
        return None
    longest = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    if not 1 <= day <= longest:
        return None
    return timegm((2000 + year, month, day, hour, minute, second)) - zone_s


def cell_of(data: bytes) -> Cell | None:
    if len(data) < 8:
        return None
    return Cell(
        data[0] << 8 | data[1], data[2], data[3] << 8 | data[4], int.from_bytes(data[5:8], "big")
    )


def cell_4g_of(data: bytes) -> tuple[Cell | None, int]:
    """mcc WORD (bit 15: mnc is a WORD), mnc, lac DWORD, cell 8 bytes; and how long it is."""
    wide = bool(data and data[0] & 0x80)
    size = 16 if wide else 15
    if len(data) < size:
        return None, 0
    mcc = (data[0] & 0x7F) << 8 | data[1]
    mnc = int.from_bytes(data[2 : 4 if wide else 3], "big")
    at = 4 if wide else 3
    lac, cell = data[at : at + 4], data[at + 4 : at + 12]
    return Cell(mcc, mnc, int.from_bytes(lac, "big"), int.from_bytes(cell, "big")), size


def cells_of(data: bytes, zone_s: int) -> Neighbours | None:
    if len(data) < 9:
        return None
    mcc, mnc, at = data[6] << 8 | data[7], data[8], 9
    cells: list[tuple[Cell, int]] = []
    while at + 6 <= len(data) and len(cells) < 7:
        lac, cell = data[at] << 8 | data[at + 1], int.from_bytes(data[at + 2 : at + 5], "big")
        if lac or cell:
            cells.append((Cell(mcc, mnc, lac, cell), data[at + 5]))
        at += 6
    return Neighbours(utc_s(data[:6], zone_s), tuple(cells), (), data[at:])


def wifi_of(data: bytes, zone_s: int) -> Neighbours | None:
    """`data`: count, time BCD[6], stations, then count of cells, mcc, mnc, cells (lac, id, strength)."""
    count, at = data[0], 7
    digits = data[1:7].hex()
    time = bytes(int(digits[n : n + 2]) for n in range(0, 12, 2)) if digits.isdigit() else b""
    stations = []
    for _ in range(count):
        stations.append((data[at : at + 6].hex(":"), data[at + 6]))
        at += 7
    mcc, mnc = data[at + 1] << 8 | data[at + 2], data[at + 3]
    cells = []
    for n in range(data[at]):
        one = data[at + 4 + 5 * n : at + 9 + 5 * n]
        cells.append((Cell(mcc, mnc, one[0] << 8 | one[1], one[2] << 8 | one[3]), one[4]))
    at_s = utc_s(time, zone_s) if time else None
    return Neighbours(at_s, tuple(cells), tuple(stations), b"")
