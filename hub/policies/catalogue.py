"""Classes of matters and components as data: which there are, what they are called, and what the same
thing is called in another version.

A code alone names a matter; `component:01001` names a component, for the two share their numbers. Events
carry a code and the name of its catalogue, `gbt47678-2026` (GB/T 47678), `gbt30428-2013` (GB/T 30428) or
`edile-local`, our own extension. The tables shipped here hold the classes in use, from second-hand
sources, and have not been compared with the standards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

LOCAL = "edile-local"
MAPPING = "mapping"
ClassKind = Literal["component", "matter"]
Fit = Literal["same", "near"]
DIGITS = {
    "gbt47678-2026": re.compile(r"\d{5}", re.ASCII),  # 2 + 3 digits
    "gbt30428-2013": re.compile(r"\d{4}", re.ASCII),  # 2 + 2 digits
    LOCAL: re.compile(r"E\d{4}", re.ASCII),
}
ANY_CODE = re.compile(r"[A-Za-z0-9]{1,17}", re.ASCII)
Ref = tuple[str, ClassKind, str]
"""Catalogue, kind, code."""


class ClassRow(msgspec.Struct, frozen=True, kw_only=True):
    """One class. `major` is the group it stands in; `note` says what is doubtful about the row."""

    catalogue: str
    kind: ClassKind
    code: str
    zh: str
    en: str = ""
    major: str = ""
    note: str = ""

    @property
    def ref(self) -> Ref:
        return self.catalogue, self.kind, self.code


class MappingRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a class of one catalogue is in another. `near`: the two overlap and are not the same."""

    source: Ref
    target: Ref
    fit: Fit
    note: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Everything known of classes. `find` takes codes as events write them."""

    classes: Mapping[Ref, ClassRow]
    mapping: Mapping[Ref, MappingRow]

    def find(self, catalogue: str, code: str) -> ClassRow | None:
        return self.classes.get(ref_of(catalogue, code))

    def starting(self, catalogue: str, prefix: str) -> list[ClassRow]:
        """Classes whose code begins so, `component:` included, in order of their codes."""
        _, kind, digits = ref_of(catalogue, prefix)
        return sorted(
            (
                row
                for row in self.classes.values()
                if (row.catalogue, row.kind) == (catalogue, kind) and row.code.startswith(digits)
            ),
            key=lambda row: row.code,
        )

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({row.catalogue for row in self.classes.values()}))

    def translated(self, catalogue: str, code: str) -> tuple[str, str] | None:
        """Catalogue and code that mean the same elsewhere; None where nobody says so."""
        row = self.mapping.get(ref_of(catalogue, code))
        if row is None or row.fit != "same":
            return None
        return row.target[0], code_text(row.target[1], row.target[2])


def ref_of(catalogue: str, code: str) -> Ref:
    kind, colon, digits = code.partition(":")
    return (
        (catalogue, "component", digits)
        if colon and kind == "component"
        else (catalogue, "matter", code)
    )


def code_text(kind: ClassKind, code: str) -> str:
    return f"component:{code}" if kind == "component" else code


def of_rows(
    classes: Iterable[ClassRow], mapping: Iterable[MappingRow] = (), over: Catalogue | None = None
) -> Catalogue:
    """Later rows stand above earlier ones, and all above those of `over`."""
    rows = {} if over is None else dict(over.classes)
    for row in classes:
        below = rows.get(row.ref)
        named = row.en or (below.en if below else "")
        rows[row.ref] = msgspec.structs.replace(row, en=named)
    pairs = {} if over is None else dict(over.mapping)
    return Catalogue(rows, pairs | {row.source: row for row in mapping})
