"""Catalogues as CSV: our own tables, and tables that an authority hands out.

    gbt47678-2026.csv   kind,code,zh,en,major,note
    mapping.csv         from_catalogue,from_kind,from_code,to_catalogue,to_kind,to_code,fit,note

A foreign table is taken in by `import_codes`: header in Chinese or English, UTF-8 or GB 18030; every row
is taken or refused with its line, and none disappears.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from typing import Any, get_args

from hub.policies.catalogue import (
    ANY_CODE,
    DIGITS,
    MAPPING,
    Catalogue,
    ClassKind,
    ClassRow,
    Fit,
    MappingRow,
    Ref,
    of_rows,
)
from hub.policies.faults import CatalogueRefused, Fault

HEADER = ["kind", "code", "zh", "en", "major", "note"]
MAPPING_HEADER = [
    *(
        "from_catalogue",
        "from_kind",
        "from_code",
        "to_catalogue",
        "to_kind",
        "to_code",
        "fit",
        "note",
    )
]
MAX_BYTES = 8 * 1024 * 1024
ENCODINGS = ("utf-8-sig", "gb18030")
_COLUMNS = {
    "kind": ("kind", "类型", "类别", "部件/事件"),
    "code": ("code", "code5", "code4", "代码", "编码", "小类代码"),
    "zh": ("zh", "name", "name_zh", "名称", "小类名称", "小类"),
    "en": ("en", "name_en", "英文名称"),
    "major": ("major", "major_name", "大类", "大类名称"),
    "note": ("note", "备注"),
}
_KINDS: dict[str, ClassKind] = {
    "component": "component",
    "部件": "component",
    "matter": "matter",
    "event": "matter",
    "事件": "matter",
    "事项": "matter",
}
_NAME = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)\.csv", re.ASCII)


@dataclass(frozen=True)
class Imported:
    """Rows behind the header: `rows` = taken + refused, one fault for each that was refused. Rows with
    nothing in them count as none."""

    rows: int
    taken: tuple[ClassRow, ...]
    refused: tuple[Fault, ...]


def import_codes(file_name: str, content: bytes, catalogue: str) -> Imported:
    """CatalogueRefused when nothing of the file can be read: encoding, size, header."""
    lines, cells_of = _table(file_name, content)
    columns = _columns(file_name, cells_of[0])
    taken: dict[Ref, tuple[int, ClassRow]] = {}
    refused: list[Fault] = []
    for line, cells in zip(lines[1:], cells_of[1:], strict=True):
        read = _row(cells, columns, len(cells_of[0]), catalogue)
        if isinstance(read, str):
            refused.append(Fault(file_name, line, read))
        elif read.ref in taken:
            first = taken[read.ref][0]
            text = f"{read.kind} {read.code} again: expected each code once, line {first} has it"
            refused.append(Fault(file_name, line, text))
        else:
            taken[read.ref] = (line, read)
    rows = tuple(row for _, row in taken.values())
    return Imported(len(cells_of) - 1, rows, tuple(refused))


def as_csv(rows: Iterable[ClassRow]) -> bytes:
    """In our own form, as it is kept and published; UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((one.kind, one.code, one.zh, one.en, one.major, one.note) for one in rows)
    return out.getvalue().encode()


def assemble_catalogue(files: Mapping[str, bytes], over: Catalogue | None = None) -> Catalogue:
    """Tables in our own form by file name; CatalogueRefused with every fault of every file. Rows stand
    above those of `over`, which are kept where the tables say nothing, as are its English names."""
    faults: list[Fault] = []
    classes: list[ClassRow] = []
    mapping: list[tuple[str, int, MappingRow]] = []
    for file_name, content in sorted(files.items()):
        named = _NAME.fullmatch(file_name)
        if named is None:
            faults.append(Fault(file_name, 0, "expected a name like gbt47678-2026.csv"))
            continue
        try:
            if named[1] == MAPPING:
                mapping += _mapping_rows(file_name, content, faults)
                continue
            imported = import_codes(file_name, content, named[1])
        except CatalogueRefused as refused:
            faults += refused.faults
            continue
        classes += imported.taken
        faults += imported.refused
    made = of_rows(classes, (row for _, _, row in mapping), over)
    faults += _loose_ends(made, mapping)
    if faults:
        raise CatalogueRefused(faults)
    return made


def shipped_catalogue_files() -> dict[str, bytes]:
    """The tables of this package by file name."""
    folder = package_files("hub.policies") / "catalogues"
    found = sorted(folder.iterdir(), key=lambda one: one.name)
    return {one.name: one.read_bytes() for one in found if one.name.endswith(".csv")}


@cache
def shipped_catalogue() -> Catalogue:
    return assemble_catalogue(shipped_catalogue_files())


def _table(file_name: str, content: bytes) -> tuple[list[int], list[list[str]]]:
    """Line numbers and cells, the header first."""
    reader = csv.reader(io.StringIO(_decoded(file_name, content)), strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(begins)  # a quoted cell may hold line breaks
                rows.append([cell.strip() for cell in cells])
            begins = reader.line_num + 1
    except csv.Error as error:
        fault = Fault(file_name, reader.line_num, f"{error}: expected CSV")
        raise CatalogueRefused([fault]) from error
    if not rows:
        raise CatalogueRefused([Fault(file_name, 0, f"empty: expected {','.join(HEADER)}")])
    return lines, rows


def _decoded(file_name: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise CatalogueRefused([Fault(file_name, 0, f"expected at most {MAX_BYTES} bytes")])
    line = 0
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise CatalogueRefused([Fault(file_name, line, "expected UTF-8 or GB 18030")])


def _columns(file_name: str, header: Sequence[str]) -> dict[str, int]:
    names = [cell.lower() for cell in header]
    found = {
        column: names.index(name)
        for column, known in _COLUMNS.items()
        for name in reversed(known)
        if name in names
    }
    missing = [column for column in ("kind", "code", "zh") if column not in found]
    if missing:
        text = f"no column for {', '.join(missing)}: expected a header such as {','.join(HEADER)}"
        raise CatalogueRefused([Fault(file_name, 1, text)])
    return found


def _row(
    cells: Sequence[str], columns: Mapping[str, int], width: int, catalogue: str
) -> ClassRow | str:
    """A class, or what was expected of the row."""
    if len(cells) != width:
        return f"{len(cells)} cells: expected {width}, as in the header"
    told: dict[str, Any] = {column: cells[n] for column, n in columns.items()}
    kind = _KINDS.get(told["kind"].lower())
    if kind is None:
        return f"kind {told['kind']!r}: expected component or matter (部件, 事件)"
    wrong = wrong_code(catalogue, told["code"])
    if wrong:
        return wrong
    if not told["zh"]:
        return f"code {told['code']}: expected its name"
    return ClassRow(**{**told, "catalogue": catalogue, "kind": kind})


def wrong_code(catalogue: str, code: str) -> str | None:
    """What was expected of a code, None where it is well formed."""
    if DIGITS.get(catalogue, ANY_CODE).fullmatch(code):
        return None
    forms = {
        "gbt47678-2026": "five digits",
        "gbt30428-2013": "four digits",
        "edile-local": "E and four digits",
    }
    lost = " (a spreadsheet drops leading zeros)" if code.isdigit() else ""
    form = forms.get(catalogue, "1 to 17 letters and digits")
    return f"code {code!r}: expected {form}{lost}"


def _mapping_rows(
    file_name: str, content: bytes, faults: list[Fault]
) -> list[tuple[str, int, MappingRow]]:
    lines, rows = _table(file_name, content)
    if rows[0] != MAPPING_HEADER:
        raise CatalogueRefused([Fault(file_name, 1, f"expected {','.join(MAPPING_HEADER)}")])
    found: dict[Ref, tuple[str, int, MappingRow]] = {}
    for line, cells in zip(lines[1:], rows[1:], strict=True):
        read = _mapping_row(cells)
        if isinstance(read, str):
            faults.append(Fault(file_name, line, read))
        elif read.source in found:
            text = f"{' '.join(read.source)} again: expected one target for each"
            faults.append(Fault(file_name, line, text))
        else:
            found[read.source] = (file_name, line, read)
    return list(found.values())


def _mapping_row(cells: Sequence[str]) -> MappingRow | str:
    if len(cells) != len(MAPPING_HEADER):
        return f"{len(cells)} cells: expected {len(MAPPING_HEADER)}"
    told: dict[str, Any] = dict(zip(MAPPING_HEADER, cells, strict=True))
    if told["fit"] not in get_args(Fit):
        return f"fit {told['fit']!r}: expected same or near"
    ends: list[Ref] = []
    for end in ("from", "to"):
        kind = told[f"{end}_kind"]
        if kind not in get_args(ClassKind):
            return f"{end}_kind {kind!r}: expected component or matter"
        ends.append((told[f"{end}_catalogue"], kind, told[f"{end}_code"]))
    if ends[0] == ends[1]:
        return "expected two different classes"
    return MappingRow(source=ends[0], target=ends[1], fit=told["fit"], note=told["note"])


def _loose_ends(made: Catalogue, mapping: Iterable[tuple[str, int, MappingRow]]) -> list[Fault]:
    """Mappings to or from classes that nobody listed. Of a catalogue that is not here, nothing is asked."""
    return [
        Fault(file_name, line, f"{' '.join(ref)}: expected a class of {ref[0]}.csv")
        for file_name, line, row in mapping
        for ref in (row.source, row.target)
        if ref not in made.classes and ref[0] in made.names()
    ]
