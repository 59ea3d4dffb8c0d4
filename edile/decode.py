"""`edile decode`: raw bytes in, one JSON object a line out, by the very codecs the gateway uses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import MISSING, Field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, BinaryIO, Literal, NoReturn, get_args, get_origin, get_type_hints

import typer

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import (
    Answer,
    Decoder,
    DialectSpec,
    IndicatorSettings,
    IndicatorWeight,
)

CHUNK = 65_536
MOST_LINE = 16_000_000  # characters of one capture in hexadecimal
STDIN = Path("-")

app = typer.Typer(
    help="Raw bytes in, one JSON object a line out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _protocols() -> None:
    """Raw bytes in, one JSON object a line out. One sub-command for each kind of device."""


@app.command(
    epilog="Example: printf '\\002+001560019\\003' | edile decode weighbridge --dialect yaohua-tf0"
)
def weighbridge(
    dialect: Annotated[
        str, typer.Option(help=f"What the indicator speaks: {', '.join(DIALECTS)}.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Bytes as captured; absent or - is stdin.")
    ] = STDIN,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="As set up on site, such as unit=kg."),
    ] = None,
    hexadecimal: Annotated[
        bool, typer.Option("--hex", help="Each line is one capture in hex; one JSON array a line.")
    ] = False,
) -> None:
    """What a weighbridge indicator sent.

    A frame understood is a reading; bytes that began like a frame and are none are refused with the
    reason: checksum, length, truncated, not-numeric, no-unit or above-capacity. Noise gives nothing.
    """
    spec = DIALECTS.get(dialect)
    if spec is None:
        _stop(f"--dialect: {dialect!r} is not known; known: {', '.join(DIALECTS)}")
    chosen = _settings(spec, settings or [])
    with _opened(file) as source:
        if hexadecimal:
            batches = _from_hex(source, spec, chosen, file)
        else:
            batches = _from_bytes(source, spec.decoder(chosen), file)
        for batch in batches:
            sys.stdout.write(batch)
            sys.stdout.flush()


def answer_object(answer: Answer) -> dict[str, object]:
    """The wire form of the decoder; key order is part of it."""
    if isinstance(answer, IndicatorWeight):
        return {
            "kind": "reading",
            "weight": f"{answer.weight:f}",
            "unit": answer.unit,
            "stable": answer.stable,
            "net": answer.net,
            "overload": answer.overload,
            "underload": answer.underload,
            "raw": answer.raw.hex(),
        }
    return {"kind": "refused", "reason": answer.reason, "raw": answer.raw.hex()}


def _from_bytes(source: BinaryIO, decoder: Decoder, file: Path) -> Iterator[str]:
    """One object a line, as soon as it is decided: a live line can be piped through."""
    while data := _read(source, file):
        yield "".join(f"{json.dumps(answer_object(one))}\n" for one in decoder.feed(data))
    yield "".join(f"{json.dumps(answer_object(one))}\n" for one in decoder.flush())


def _from_hex(
    source: BinaryIO, spec: DialectSpec, settings: IndicatorSettings, file: Path
) -> Iterator[str]:
    """One array a line, in the order of the lines; captures know nothing of each other."""
    number = 0
    while line := _read(source, file, line=True):
        number += 1
        try:
            data = bytes.fromhex(line.decode("ascii"))
        except ValueError:
            place = f"{_name(file)}:{number}"
            _stop(f"{place}: expected pairs of hexadecimal digits, found {_shown(line)}")
        decoder = spec.decoder(settings)
        answers = decoder.feed(data) + decoder.flush()
        yield f"{json.dumps([answer_object(answer) for answer in answers])}\n"


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    try:
        return nullcontext(sys.stdin.buffer) if file == STDIN else file.open("rb")
    except OSError as error:
        _stop(f"{file}: cannot be read: {error.strerror}")


def _read(source: BinaryIO, file: Path, *, line: bool = False) -> bytes:
    """What has arrived (or one line); b"" at the end."""
    try:
        if not line:
            return getattr(source, "read1", source.read)(CHUNK)
        text = source.readline(MOST_LINE)
    except OSError as error:
        _stop(f"{_name(file)}: cannot be read: {error.strerror}")
    if len(text) == MOST_LINE and not text.endswith(b"\n"):
        _stop(f"{_name(file)}: a line of more than {MOST_LINE} characters is no capture")
    return text


def _name(file: Path) -> str:
    return "stdin" if file == STDIN else str(file)


def _settings(spec: DialectSpec, given: list[str]) -> IndicatorSettings:
    known = {one.name: one for one in fields(spec.settings)}
    types = get_type_hints(spec.settings)
    values: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or key not in known:
            _stop(f"--set {text}: expected KEY=VALUE with KEY one of {', '.join(known)}")
        if key in values:
            _stop(f"--set {text}: {key} is set twice")
        values[key] = _value(text, value, types[key], known[key])
    missing = [one.name for one in known.values() if _required(one) and one.name not in values]
    if missing:
        _stop(f"--set: {missing[0]}=... is needed for this dialect")
    return spec.settings(**values)


def _value(text: str, value: str, kind: Any, about: Field[Any]) -> object:
    """The value as its type; stops the program when it is none, or out of its limits."""
    plain = next((one for one in get_args(kind) if one is not NoneType), kind)
    if get_origin(kind) is Literal or get_origin(plain) is Literal:
        choices = get_args(kind if get_origin(kind) is Literal else plain)
        found = {str(choice): choice for choice in choices}
        if value not in found:
            _stop(f"--set {text}: expected one of {', '.join(found)}")
        return found[value]
    number = _number(value, plain)
    low, high = about.metadata.get("min"), about.metadata.get("max")
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        limits = f" from {low} to {high}" if high is not None else f" of at least {low}"
        noun = "a whole number" if plain is int else "a number"
        _stop(f"--set {text}: expected {noun}{limits} ({about.metadata.get('doc', about.name)})")
    return number


def _number(value: str, kind: type) -> int | Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or not value.isascii():
        return None
    if kind is int:
        return int(number) if number == number.to_integral_value() else None
    return number


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _shown(line: bytes) -> str:
    text = line.decode("ascii", errors="backslashreplace").strip()
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(2)
