"""Reads a TOML file into plain values and the lines of its keys, or says why it cannot."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.config.positions import positions
from edge_agent.config.values import Findings
from edge_agent.errors import ConfigError, Mistake, StopError

_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class Document:
    """A file's values. `findings` collects what is wrong with them."""

    values: dict[str, Any]
    findings: Findings


def read_document(file: Path) -> Document:
    """StopError when the file cannot be read, ConfigError with its line when it is not TOML."""
    return read_text(file, _decoded(file, _content(file)))


def read_text(file: Path, text: str) -> Document:
    """`file` is where the text is from. ConfigError with its line when it is not TOML."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(file, text, str(error))]) from error
    except RecursionError as error:
        deep = Mistake(file, 1, "(file)", "TOML", "values nested too deeply")
        raise ConfigError([deep]) from error
    return Document(values, Findings(file, positions(text), file.absolute().parent))


def _content(file: Path) -> bytes:
    if file.is_dir():
        raise StopError(f"{file}: this is a folder; name the file, for example {file / 'gw.toml'}")
    try:
        if file.stat().st_size > MAX_BYTES:
            raise StopError(f"{file}: larger than {MAX_BYTES} bytes, not a configuration file")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise StopError(
            f"{file}: no such file; docs/installers.md shows one to start from"
        ) from error
    except OSError as error:
        raise StopError(f"{file}: cannot be read: {error.strerror}") from error


def _decoded(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x}; save the file as UTF-8"
        raise ConfigError([Mistake(file, line, "(file)", "UTF-8 text", found)]) from error


def _syntax(file: Path, text: str, message: str) -> Mistake:
    """tomllib says the place in words; later versions of Python keep the same words."""
    place = _AT_LINE.search(message)
    reason = _AT_LINE.sub("", message)
    line = int(place[1]) if place and place[1] else text.count("\n", 0, len(text.rstrip())) + 1
    column = f" at column {place[2]}" if place and place[2] else " at the end of the file"
    return Mistake(file, line, "(file)", "TOML", f"{reason}{column}")
