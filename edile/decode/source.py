"""What all of `edile decode` shares: reading captures from a file or a pipe, and stopping in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn, Protocol

import typer

CHUNK = 65_536
MOST_LINE = 16_000_000  # characters of one capture in hexadecimal
STDIN = Path("-")

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Bytes as captured; absent or - is stdin.")
]
HexOption = Annotated[
    bool, typer.Option("--hex", help="Each line is one capture in hex; one JSON array a line.")
]
Object = dict[str, object]


class Decoding(Protocol):
    """A stream being decoded: JSON objects as soon as they are decided."""

    def feed(self, data: bytes) -> list[Object]: ...

    def flush(self) -> list[Object]: ...


def print_decoded(file: Path, make: Callable[[], Decoding], *, hexadecimal: bool) -> None:
    """One object a line from a stream; with `hexadecimal` one array for each line of the file,
    and lines know nothing of each other."""
    with opened(file) as source:
        texts = _from_hex(source, make, file) if hexadecimal else _from_bytes(source, make(), file)
        for text in texts:
            sys.stdout.write(text)
            sys.stdout.flush()


def _from_bytes(source: BinaryIO, decoding: Decoding, file: Path) -> Iterator[str]:
    """As soon as it is decided: a live line can be piped through."""
    while data := _read(source, file):
        yield "".join(f"{json.dumps(one)}\n" for one in decoding.feed(data))
    yield "".join(f"{json.dumps(one)}\n" for one in decoding.flush())


def _from_hex(source: BinaryIO, make: Callable[[], Decoding], file: Path) -> Iterator[str]:
    number = 0
    while line := _read(source, file, line=True):
        number += 1
        try:
            data = bytes.fromhex(line.decode("ascii"))
        except ValueError:
            place = f"{_name(file)}:{number}"
            stop(f"{place}: expected pairs of hexadecimal digits, found {_shown(line)}")
        decoding = make()
        yield f"{json.dumps(decoding.feed(data) + decoding.flush())}\n"


def opened(file: Path) -> AbstractContextManager[BinaryIO]:
    """The file, or stdin for `-`."""
    try:
        return nullcontext(sys.stdin.buffer) if file == STDIN else file.open("rb")
    except OSError as error:
        stop(f"{file}: cannot be read: {error.strerror}")


def _read(source: BinaryIO, file: Path, *, line: bool = False) -> bytes:
    """What has arrived (or one line); b"" at the end."""
    try:
        if not line:
            return getattr(source, "read1", source.read)(CHUNK)
        text = source.readline(MOST_LINE)
    except OSError as error:
        stop(f"{_name(file)}: cannot be read: {error.strerror}")
    if len(text) == MOST_LINE and not text.endswith(b"\n"):
        stop(f"{_name(file)}: a line of more than {MOST_LINE} characters is no capture")
    return text


def _name(file: Path) -> str:
    return "stdin" if file == STDIN else str(file)


def _shown(line: bytes) -> str:
    text = line.decode("ascii", errors="backslashreplace").strip()
    return repr(text if len(text) <= 40 else text[:40] + "...")


def stop(message: str) -> NoReturn:
    """One line for the person, exit status 2."""
    print(message, file=sys.stderr)
    raise typer.Exit(2)
