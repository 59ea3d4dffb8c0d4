"""Bytes of a roster file into rows. Knows encodings, separators and JSON, nothing of shifts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from contract.rosters.mistakes import InvalidRoster, Mistake, near
from contract.rosters.rows import AUDIT, COLUMNS, KINDS, SECTIONS, Roster, Row
from contract.rosters.shift import PlannedShift

SEPARATORS = ",;\t"
MAX_BYTES = 64 * 2**20
_SAVE_AS = "in Excel: Save As, type 'CSV UTF-8 (Comma delimited)' / CSV UTF-8（逗号分隔）"
_SWALLOWED = "expected one line; a quotation mark too many, here or below, takes other rows in"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"


def read_roster(content: bytes, origin: str) -> Roster:
    """JSON or CSV, told by content. InvalidRoster only when nothing can be read at all; other mistakes
    are in the roster, and `Timetable` tells them together with its own."""
    text = _text(content, origin)
    if text.lstrip()[:1] in ("{", "["):
        return _json(text, origin)
    return _csv(text, origin)


def roster_of(document: Mapping[str, Any], origin: str) -> Roster:
    """From JSON that was decoded already, such as the `rosters` of a desired state."""
    found: list[Row] = []
    mistakes: list[Mistake] = []
    planned: tuple[PlannedShift, ...] = ()
    for name, value in document.items():
        if name == "shifts":
            planned, wrong = _planned(value, origin)
            mistakes += wrong
        elif name == "zone" and isinstance(value, str):
            found.append(Row("zone", {"zone": value}, origin, "zone"))
        elif name == "zone" or not isinstance(value, list):
            what = "a text such as Asia/Shanghai" if name == "zone" else "a list of objects"
            mistakes.append(Mistake(origin, name, "", f"expected {what}"))
        elif name not in SECTIONS:
            mistakes.append(Mistake(origin, name, "", f"unknown{near(name, SECTIONS)}"))
        else:
            for number, item in enumerate(value):
                place = f"{name}[{number}]"
                if isinstance(item, dict):
                    cells = {key: _cell(one) for key, one in item.items()}
                    found.append(Row(SECTIONS[name], cells, origin, place))
                else:
                    mistakes.append(Mistake(origin, place, "", "expected an object"))
    return _roster(found, mistakes, origin, planned)


def _text(content: bytes, origin: str) -> str:
    if len(content) > MAX_BYTES:
        raise InvalidRoster([Mistake(origin, "", "", f"larger than {MAX_BYTES >> 20} MiB")])
    if content.startswith(_ZIP):
        hint = f"this is a workbook or a zip, not text; {_SAVE_AS}"
        raise InvalidRoster([Mistake(origin, "", "", hint)])
    try:
        return content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidRoster([Mistake(origin, f"row {line}", "", _encoding_hint(content))]) from None


def _encoding_hint(content: bytes) -> str:
    """GBK is not guessed: Big5 and Latin-1 decode as GBK too, into other names."""
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return f"not UTF-8; {_SAVE_AS}"
    return f"not UTF-8, it may be GBK as Excel writes 'CSV'; {_SAVE_AS}"


def _json(text: str, origin: str) -> Roster:
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidRoster([Mistake(origin, "", "", f"not JSON: {error}")]) from None
    if not isinstance(document, dict):
        raise InvalidRoster([Mistake(origin, "", "", "expected an object with `zone`, `people` …")])
    return roster_of(document, origin)


def _planned(value: object, origin: str) -> tuple[tuple[PlannedShift, ...], list[Mistake]]:
    found, mistakes = [], []
    for number, item in enumerate(value if isinstance(value, list) else [value]):
        try:
            found.append(msgspec.convert(item, PlannedShift))
        except msgspec.ValidationError as error:
            mistakes.append(Mistake(origin, f"shifts[{number}]", "", str(error)))
    return tuple(found), mistakes


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _csv(text: str, origin: str) -> Roster:
    mistakes: list[Mistake] = []
    lines = _lines(text, origin, mistakes)
    header = [name.strip().lower() for name in next(lines, ("", []))[1]]
    mistakes += _header_mistakes(header, origin)
    if "what" not in header:
        raise InvalidRoster(mistakes)
    rows = []
    for place, values in lines:
        if any(value.strip() for value in values):
            cells = dict(zip(header, values, strict=False))
            if any(value.strip() for value in values[len(header) :]):
                mistakes.append(Mistake(origin, place, "", "more cells than the header has"))
            mistakes += (Mistake(origin, place, name, _SWALLOWED) for name in _broken(cells))
            rows.append(Row(cells.pop("what", "").strip().lower(), cells, origin, place))
    return _roster(rows, mistakes, origin, ())


def _lines(text: str, origin: str, mistakes: list[Mistake]) -> Iterator[tuple[str, list[str]]]:
    """With the place where each begins; as far as it is CSV."""
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    place = "row 1"
    try:
        for values in reader:
            yield place, values
            place = f"row {reader.line_num + 1}"
    except csv.Error as error:
        mistakes.append(Mistake(origin, place, "", f"no CSV from here: {error}"))


def _broken(cells: Mapping[str, str]) -> list[str]:
    """Cells of several lines, which only a reason may have: a quotation mark too many takes the rows below it
    into one cell, and with them whoever they are about."""
    return [name for name, value in cells.items() if name != "reason" and "\n" in value.strip()]


def _header_mistakes(header: list[str], origin: str) -> Iterator[Mistake]:
    if "what" not in header:
        yield Mistake(origin, "row 1", "what", "expected a header with the column `what`")
    for name, times in Counter(header).items():
        if name and name not in COLUMNS:
            yield Mistake(origin, "row 1", name, f"unknown column{near(name, COLUMNS)}")
        if name and times > 1:
            yield Mistake(origin, "row 1", name, "this column is there twice")


def _roster(
    rows: list[Row], mistakes: list[Mistake], origin: str, planned: tuple[PlannedShift, ...]
) -> Roster:
    good = []
    for given in rows:
        cells = {key: value.strip() for key, value in given.cells.items() if value.strip()}
        row = Row(given.what, cells, given.file, given.place)
        wrong = list(_row_mistakes(row))
        mistakes += wrong
        if not wrong:
            good.append(row)
    return Roster(origin, tuple(good), planned, tuple(mistakes))


def _row_mistakes(row: Row) -> Iterator[Mistake]:
    kind = KINDS.get(row.what)
    if kind is None:
        known = ", ".join(KINDS)
        yield row.mistake("what", f"one of {known}; found {row.what!r}{near(row.what, KINDS)}")
        return
    for key in row.cells:
        if key in kind.columns or key in AUDIT:
            continue
        # An unknown column of a CSV is told once, at its header.
        if key in COLUMNS or not row.place.startswith("row "):
            hint = near(key, kind.columns | AUDIT)
            yield row.mistake(key, f"a {row.what} has no {key!r}{hint}")
    for key in kind.needed:
        if key not in row.cells:
            yield row.mistake(key, f"missing: a {row.what} needs it")
