"""The names of a model's classes: out of a file or out of the ZIP at the end of the model, in any of the
forms met in the field, and which name belongs to which number that the model answers."""

from __future__ import annotations

import ast
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import ModelRefused

MAX_BYTES = 4 << 20
MAX_MEMBERS = 64
MAX_LABELS = 100_000
BACKGROUND = ("???", "background", "__background__", "bg", "_background_")
GAP = ("???", "n/a", "-", "")
COCO_GAPS = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})
"""Ids of 1..90 that COCO never gave a name (cocodataset.org, 80 names with ids up to 90)."""
LABEL_FILES = re.compile(
    r"(labelmap|labels?|names|classes)[^/]*\.(txt|names|pbtxt)$", re.IGNORECASE
)
METADATA_FILES = re.compile(r"(temp_meta\.txt|metadata\.(json|yaml))$", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(\d{1,6})(?:\s*[:,]\s*|\s+)(\S.*?)\s*$")
_ITEM = re.compile(r"item\s*\{(.*?)\}", re.DOTALL)
_ITEM_ID = re.compile(r"\bid\s*:\s*(\d+)")
_ITEM_NAME = re.compile(r"\b(display_name|name)\s*:\s*['\"]([^'\"]*)['\"]")
_YAML_NAME = re.compile(r"^\s+(\d+):\s*(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Names:
    """Names by the number written beside them, or by their line from 0. `source` is for a person."""

    by_id: dict[int, str]
    numbered: bool
    source: str
    task: str = ""
    """What Ultralytics' metadata says the model is for: detect, segment, pose, obb, classify."""

    def __len__(self) -> int:
        return len(self.by_id)


NO_NAMES = Names({}, numbered=False, source="none found")


def read_labels(path: Path) -> Names:
    """ModelRefused when the file that a person named cannot be used."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelRefused(f"{path}: expected a list of labels, found more than 4 MiB")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelRefused(
            f"{path}: expected labels as UTF-8 text, found {error.reason}"
        ) from error
    except OSError as error:
        raise ModelRefused(f"{path}: the labels cannot be read: {error.strerror}") from error
    names = parse_labels(text, str(path))
    if not names.by_id:
        raise ModelRefused(f"{path}: expected one label a line, found none")
    return names


def embedded_labels(content: bytes) -> Names:
    """Out of the ZIP behind the model. A broken one is none: the model itself may be sound."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _from_archive(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError):
        pass
    except (RuntimeError, NotImplementedError, KeyError, IndexError):  # encrypted, unknown method
        pass
    return NO_NAMES


def _from_archive(archive: zipfile.ZipFile) -> Names:
    found = NO_NAMES
    for member in archive.infolist()[:MAX_MEMBERS]:
        wanted = LABEL_FILES.search(member.filename) or METADATA_FILES.search(member.filename)
        if not wanted or member.file_size > MAX_BYTES:
            continue
        with archive.open(member) as stream:
            text = stream.read(MAX_BYTES).decode("utf-8", errors="replace")
        names = parse_labels(text, f"{member.filename} inside the model")
        if len(names) > len(found) or (names.task and not found.task):
            found = names
    return found


def parse_labels(text: str, source: str) -> Names:
    """Lines, `id  name` lines, a label map (pbtxt), or Ultralytics' metadata as JSON, as a Python
    literal or as YAML."""
    if text.lstrip().startswith("{"):
        return _metadata(text, source)
    if _ITEM.search(text):
        return _items(text, source)
    if re.search(r"^names:\s*$", text, re.MULTILINE):
        names = {int(number): name.strip("'\"") for number, name in _YAML_NAME.findall(text)}
        task = re.search(r"^task:\s*(\w+)", text, re.MULTILINE)
        return Names(names, numbered=False, source=source, task=task[1] if task else "")
    lines = [line.strip() for line in text.splitlines()[:MAX_LABELS]]
    while lines and not lines[-1]:
        lines.pop()
    return _lines(lines, source)


def _lines(lines: list[str], source: str) -> Names:
    numbered = [_NUMBERED.match(line) for line in lines if line]
    ids = [int(match[1]) for match in numbered if match]
    if len(ids) == len(numbered) and len(ids) > 1 and sorted(set(ids)) == ids:
        pairs = {int(match[1]): match[2] for match in numbered if match}
        return Names(pairs, numbered=True, source=source)
    return Names(dict(enumerate(lines)), numbered=False, source=source)


def _items(text: str, source: str) -> Names:
    names = {}
    for body in _ITEM.findall(text)[:MAX_LABELS]:
        number, said = _ITEM_ID.search(body), dict(_ITEM_NAME.findall(body))
        if number and said:
            names[int(number[1])] = said.get("display_name") or said.get("name", "")
    return Names(names, numbered=True, source=source)


def _metadata(text: str, source: str) -> Names:
    try:
        read = json.loads(text)
    except ValueError:
        try:
            read = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return NO_NAMES
    except RecursionError:
        return NO_NAMES
    if not isinstance(read, dict):
        return NO_NAMES
    names = read.get("names", read)
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(names, list | dict):
        pairs = names.items() if isinstance(names, dict) else enumerate(names)
    try:
        by_id = {int(number): str(name) for number, name in pairs}
    except (TypeError, ValueError):
        by_id = {}
    return Names(by_id, numbered=False, source=source, task=str(read.get("task") or ""))
