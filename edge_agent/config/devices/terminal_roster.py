"""The roster of a terminal server: which terminals are ours, in TOML or CSV.

    [[terminals]]                       number,kind,name,zone
    number = "013912345678"             013912345678,badge,Sweeper 12,+08:00
    kind = "badge"                      013987654321,truck,粤A12345,
    name = "Sweeper 12"

A CSV file names its columns in its first line and is UTF-8; an empty field is one that is not there. It
is read three times as fast, which counts from some thousand terminals on.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from contract.timestamps import parse_rfc3339
from edge_agent.config.devices.speaker import zone_minutes
from edge_agent.config.document import Document, read_document
from edge_agent.config.positions import KeyPath
from edge_agent.config.values import Findings, nearest, one_of
from edge_agent.errors import ConfigError, Mistake, StopError
from firmware_bridges.jt808 import Model, ModelError, parse_model

NUMBER = r"[0-9A-Fa-f]{1,20}"
MARK = r"[0-9a-f]{12}"
MAX_CSV_BYTES = 16 * 1024 * 1024


def utc_ns_of(text: str) -> int:
    """A time in UTC, in nanoseconds since 1970; ValueError saying what was expected."""
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise ValueError('a time in UTC such as "2026-11-21T08:00:00Z"') from None


@dataclass(frozen=True)
class RosterEntry:
    """A terminal of ours. `accept`: the mark of a doubt that somebody has looked at; `trust_since`:
    every doubt up to then was looked at."""

    number: str = field(metadata={"pattern": NUMBER, "doc": "phone number or IMEI"})
    kind: Literal["badge", "truck"] = "badge"
    name: str = ""
    model_file: Path | None = field(
        default=None, metadata={"doc": "TOML with the terminal model's own items"}
    )
    zone: str | None = field(default=None, metadata={"check": zone_minutes})
    accept: str | None = field(default=None, metadata={"pattern": MARK})
    trust_since: str | None = field(
        default=None, metadata={"check": utc_ns_of, "doc": 'such as "2026-11-21T08:00:00Z"'}
    )


@dataclass(frozen=True)
class RosterFile:
    """The file as a whole."""

    terminals: tuple[RosterEntry, ...] = ()


@dataclass(frozen=True)
class KnownTerminal:
    """A roster entry ready to use; `zone_s` None = the server's."""

    kind: str
    name: str
    model: Model | None
    zone_s: int | None
    accept: str | None = None
    trust_since_ns: int | None = None


def load_roster(file: Path) -> dict[str, KnownTerminal]:
    """By number without leading zeros. ConfigError with every mistake, StopError when unreadable."""
    document = _read_csv(file) if file.suffix.lower() == ".csv" else read_document(file)
    findings = document.findings
    roster = findings.read(RosterFile, document.values, ())
    known: dict[str, KnownTerminal] = {}
    models: dict[Path, Model | None] = {}
    for index, entry in enumerate(roster.terminals if roster else ()):
        number = entry.number.lstrip("0") or "0"
        if number in known:
            findings.add(
                ("terminals", index, "number"), "each terminal once", f"{entry.number!r} twice"
            )
        model = None
        if entry.model_file is not None:
            if entry.model_file not in models:
                models[entry.model_file] = _model(entry.model_file, index, findings)
            model = models[entry.model_file]
        zone_s = None if entry.zone is None else zone_minutes(entry.zone) * 60
        since_ns = None if entry.trust_since is None else utc_ns_of(entry.trust_since)
        known[number] = KnownTerminal(entry.kind, entry.name, model, zone_s, entry.accept, since_ns)
    if findings.mistakes:
        raise ConfigError(sorted(findings.mistakes, key=lambda one: (one.line, one.key)))
    return known


def _model(file: Path, index: int, findings: Any) -> Model | None:
    try:
        return parse_model(file.read_text(encoding="utf-8"))
    except OSError as error:
        found = f"{file}: {error.strerror}"
    except (ModelError, UnicodeDecodeError) as error:
        found = f"{file}: {error}"
    findings.add(("terminals", index, "model_file"), "a model of items", found)
    return None


def _read_csv(file: Path) -> Document:
    """As the same tables in TOML, with the line of every row. ConfigError, StopError."""
    reader = csv.reader(io.StringIO(_csv_text(file), newline=""), strict=True)
    columns = [one.name for one in fields(RosterEntry)]
    lines: dict[KeyPath, int] = {(): 1}
    tables: list[dict[str, str]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        for name in header:
            if name not in columns or header.count(name) > 1:
                expected = f"a column once, {one_of(columns)}{nearest(name, columns)}"
                raise ConfigError([Mistake(file, 1, name or "(file)", expected, repr(name))])
        for row in reader:
            values = [value.strip() for value in row]
            if len(values) > len(header):
                wanted = f"at most {len(header)} fields"
                raise ConfigError([Mistake(file, reader.line_num, "(row)", wanted, str(len(row)))])
            if any(values):
                lines[("terminals", len(tables))] = reader.line_num
                tables.append({k: v for k, v in zip(header, values, strict=False) if v})
    except csv.Error as error:
        raise ConfigError([Mistake(file, reader.line_num, "(row)", "CSV", str(error))]) from error
    return Document({"terminals": tables}, Findings(file, lines, file.absolute().parent))


def _csv_text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_CSV_BYTES:
            raise StopError(f"{file}: larger than {MAX_CSV_BYTES} bytes, not a roster")
        content = file.read_bytes()
    except OSError as error:
        raise StopError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x}; save the file as CSV UTF-8"
        raise ConfigError([Mistake(file, line, "(file)", "UTF-8 text", found)]) from error
