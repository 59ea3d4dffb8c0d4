"""A CSV document as rows of named cells with their line. Knows nothing of units or rosters.

Commas, semicolons or tabs; UTF-8. Before the header a row `zone,Asia/Shanghai` may say whose days and
wall clocks are meant; without it every time is RFC 3339.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contract.rosters.cells import bound, moment
from contract.rosters.mistakes import near
from contract.timestamps import parse_rfc3339
from hub.owners.faults import Fault, OwnersRefused

SEPARATORS = ",;\t"
MAX_BYTES = 8 * 2**20


class Columns(NamedTuple):
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


class Row(NamedTuple):
    """`cells` of every known column, stripped; empty where nothing stands."""

    line: int
    cells: dict[str, str]


class Table(NamedTuple):
    file: str
    zone: ZoneInfo | None
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def read_table(file: str, content: bytes, columns: Columns) -> Table:
    """OwnersRefused only when nothing can be read at all; faults of single rows are in the table."""
    zone, number, header, lines = _headed(file, content)
    if wrong := list(_header_faults(header, columns)):
        raise OwnersRefused([Fault(file, number, text) for text in wrong])
    faults: list[Fault] = []
    rows = []
    for line, values in lines:
        if any(values[len(header) :]):
            faults.append(Fault(file, line, "expected no more cells than the header has"))
        cells_of = dict.fromkeys((*columns.needed, *columns.optional), "")
        rows.append(Row(line, cells_of | dict(zip(header, values, strict=False))))
    return Table(file, zone, tuple(rows), tuple(faults))


def columns_of(file: str, content: bytes) -> tuple[str, ...]:
    """The names in the header, whatever they are. Raises as `read_table`."""
    return tuple(_headed(file, content)[2])


def instant(text: str, zone: ZoneInfo | None) -> int:
    """UTC ns of an RFC 3339 time, of a local time, or of the begin of a local day. ValueError says what
    was expected."""
    return _absolute(text) if zone is None else bound(text, zone, last=False)


def wall_clock(text: str, zone: ZoneInfo | None) -> int:
    """As `instant`, without bare days: does a watch until the 28th end before the 28th or after?"""
    return _absolute(text) if zone is None else moment(text, zone)


def _absolute(text: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        hint = "or a first row such as zone,Asia/Shanghai"
        raise ValueError(
            f"{text!r}: expected RFC 3339 such as 2026-01-01T00:00:00+08:00, {hint}"
        ) from None


def _headed(
    file: str, content: bytes
) -> tuple[ZoneInfo | None, int, list[str], list[tuple[int, list[str]]]]:
    """The zone, the header's line and names, the lines below it."""
    lines = list(_lines(file, _text(file, content)))
    zone = None
    if lines and lines[0][1][0].lower() == "zone":
        number, cells = lines.pop(0)
        zone = _zone(file, number, cells[1] if len(cells) > 1 else "")
    number, header = lines.pop(0) if lines else (1, [])
    # Spreadsheets fill up short rows.
    while header and not header[-1]:
        header.pop()
    return zone, number, [name.lower() for name in header], lines


def _text(file: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise OwnersRefused([Fault(file, 0, f"expected at most {MAX_BYTES >> 20} MiB")])
    try:
        return content.decode("utf-8-sig")  # spreadsheets write the mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = "expected UTF-8; a spreadsheet saves it as 'CSV UTF-8'"
        raise OwnersRefused([Fault(file, line, text)]) from error


def _lines(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, with the line on which each begins."""
    head = text[:4096]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    try:
        for values in reader:
            cells = [value.strip() for value in values]
            if any(cells):
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise OwnersRefused([Fault(file, reader.line_num, f"{error}: expected CSV")]) from error


def _zone(file: str, line: int, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        text = f"zone {name!r}: expected an IANA zone like Asia/Shanghai"
        raise OwnersRefused([Fault(file, line, text)]) from None


def _header_faults(header: Sequence[str], columns: Columns) -> Iterator[str]:
    known = (*columns.needed, *columns.optional)
    for name in columns.needed:
        if name not in header:
            yield f"no column {name!r}: expected a header with {', '.join(columns.needed)}"
    for name in dict.fromkeys(header):
        if name not in known:
            yield f"column {name!r}: expected one of {', '.join(known)}{near(name, known)}"
        elif header.count(name) > 1:
            yield f"column {name!r} is there twice: expected it once"
