"""A case bundle: what a case rests on, in a folder or zip that can be checked without the hub.

Layout (all text UTF-8):
  bundle.json                  the `Manifest`
  events/{epoch}.{lane}.jsonl  one line for each item of that lane, seq by seq without gaps: the exact
                               bytes of an event or tombstone, or `{"withheld": "<SHA-256 hex>"}` for
                               an event of another case, which the chain needs only by its hash
  receipts.txt                 the hub's receipts, one compact JWS a line
  evidence/{sha256}            photos and records, named by the SHA-256 of their bytes
  keys/hub.pem                 the public half of the key that signed the receipts

This module knows the layout and reads it; what it proves is `contract.bundle_proof`.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from contract.names import Lane

FORMAT = "edile-bundle/1"
MANIFEST = "bundle.json"
EVENTS = "events"
RECEIPTS = "receipts.txt"
EVIDENCE = "evidence"
HUB_KEY = "keys/hub.pem"
MAX_FILE_BYTES = 512 * 1024 * 1024


class BadBundle(Exception):
    """What was given is no bundle; the message says what is missing and where."""


class LanePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sequences `events/{epoch}.{lane}.jsonl` holds, and the chain head (hex) before `first`:
    64 zeros for `first` 1, otherwise believed only as far as a receipt confirms it."""

    epoch: str
    lane: Lane
    first: int
    last: int
    head_before: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the bundle is about and which lanes it holds."""

    district: str
    slot: str
    made: str
    lanes: list[LanePart]
    format: str = FORMAT
    case: str | None = None


class Withheld(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line in place of an event that is not shown: the SHA-256 (hex) of its bytes."""

    withheld: str


@dataclass(frozen=True)
class Bundle:
    """A bundle as read: nothing in it is believed yet. Evidence is opened by name when needed."""

    manifest: Manifest
    lines: Mapping[str, tuple[bytes, ...]]
    receipts: tuple[str, ...]
    hub_key_pem: str
    evidence: Mapping[str, Callable[[], bytes]]


def lane_file(part: LanePart) -> str:
    return f"{EVENTS}/{part.epoch}.{part.lane}.jsonl"


def lay_out(
    manifest: Manifest,
    *,
    lines: Mapping[str, tuple[bytes, ...]],
    receipts: tuple[str, ...],
    hub_key_pem: str,
    evidence: Mapping[str, bytes],
) -> dict[str, bytes]:
    """The files of a bundle by name. `lines` by `lane_file`, `evidence` by SHA-256."""
    return {
        MANIFEST: msgspec.json.format(msgspec.json.encode(manifest)),
        RECEIPTS: "".join(f"{receipt}\n" for receipt in receipts).encode(),
        HUB_KEY: hub_key_pem.encode(),
        **{name: b"".join(line + b"\n" for line in items) for name, items in lines.items()},
        **{f"{EVIDENCE}/{name}": data for name, data in evidence.items()},
    }


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """A folder or a zip file. Raises BadBundle; OSError where the disk does."""
    if path.is_dir():
        yield _read({name: _file(path / name) for name in _names_in(path)})
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield _read({info.filename: _member(archive, info) for info in archive.infolist()})
    except zipfile.BadZipFile as error:
        raise BadBundle(f"{path} is neither a folder nor a zip file: {error}") from error


Files = Mapping[str, Callable[[], bytes]]


def _read(files: Files) -> Bundle:
    manifest = _manifest(files)
    return Bundle(
        manifest=manifest,
        lines={
            name: tuple(_needed(files, name).splitlines())
            for name in map(lane_file, manifest.lanes)
        },
        receipts=tuple(_text(files, RECEIPTS).split()),
        hub_key_pem=_text(files, HUB_KEY),
        evidence={
            name.removeprefix(f"{EVIDENCE}/"): read
            for name, read in files.items()
            if name.startswith(f"{EVIDENCE}/") and not name.endswith("/")
        },
    )


def _manifest(files: Files) -> Manifest:
    try:
        manifest = msgspec.json.decode(_needed(files, MANIFEST), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBundle(f"{MANIFEST} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BadBundle(f"{MANIFEST}: format {manifest.format!r} is not known, only {FORMAT!r}")
    return manifest


def _needed(files: Files, name: str) -> bytes:
    if name not in files:
        raise BadBundle(f"{name} is missing: this is not a complete case bundle")
    return files[name]()


def _text(files: Files, name: str) -> str:
    try:
        return _needed(files, name).decode()
    except UnicodeDecodeError as error:
        raise BadBundle(f"{name} is not UTF-8 text: {error}") from error


def _names_in(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _file(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadBundle(f"{path.name} is larger than {MAX_FILE_BYTES} bytes")
        return path.read_bytes()

    return read


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        # The size in the directory may lie, so the bound is on what is unpacked.
        try:
            with archive.open(info) as member:
                data = member.read(MAX_FILE_BYTES + 1)
        except (RuntimeError, EOFError, zlib.error) as error:
            # RuntimeError covers encrypted members and unknown compression (NotImplementedError).
            raise BadBundle(f"{info.filename} cannot be unpacked: {error}") from error
        if len(data) > MAX_FILE_BYTES:
            raise BadBundle(f"{info.filename} unpacks to more than {MAX_FILE_BYTES} bytes")
        return data

    return read
