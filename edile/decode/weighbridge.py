"""`edile decode weighbridge`: what an indicator sent, in any dialect."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from edile.decode.source import STDIN, FileArgument, HexOption, Object, print_decoded, stop
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import (
    Answer,
    Decoder,
    DialectSpec,
    IndicatorSettings,
    IndicatorWeight,
)

EPILOG = "Example: printf '\\002+001560019\\003' | edile decode weighbridge --dialect yaohua-tf0"


def weighbridge(
    dialect: Annotated[
        str, typer.Option(help=f"What the indicator speaks: {', '.join(DIALECTS)}.")
    ],
    file: FileArgument = STDIN,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="As set up on site, such as unit=kg."),
    ] = None,
    hexadecimal: HexOption = False,
) -> None:
    """What a weighbridge indicator sent.

    A frame understood is a reading; bytes that began like a frame and are none are refused with the
    reason: checksum, length, truncated, not-numeric, comma, no-unit or above-capacity. Noise gives
    nothing.
    """
    spec = DIALECTS.get(dialect)
    if spec is None:
        stop(f"--dialect: {dialect!r} is not known; known: {', '.join(DIALECTS)}")
    chosen = _settings(spec, settings or [])
    print_decoded(file, lambda: _Answers(spec.decoder(chosen)), hexadecimal=hexadecimal)


class _Answers:
    """A decoder's answers as JSON objects."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def feed(self, data: bytes) -> list[Object]:
        return [answer_object(one) for one in self._decoder.feed(data)]

    def flush(self) -> list[Object]:
        return [answer_object(one) for one in self._decoder.flush()]


def answer_object(answer: Answer) -> Object:
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


def _settings(spec: DialectSpec, given: list[str]) -> IndicatorSettings:
    known = {one.name: one for one in fields(spec.settings)}
    types = get_type_hints(spec.settings)
    values: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or key not in known:
            stop(f"--set {text}: expected KEY=VALUE with KEY one of {', '.join(known)}")
        if key in values:
            stop(f"--set {text}: {key} is set twice")
        values[key] = _value(text, value, types[key], known[key])
    missing = [one.name for one in known.values() if _required(one) and one.name not in values]
    if missing:
        stop(f"--set: {missing[0]}=... is needed for this dialect")
    try:
        return spec.settings(**values)
    except ValueError as error:
        stop(f"--set {str(error).replace(': ', ': expected ', 1)}")


def _value(text: str, value: str, kind: Any, about: Field[Any]) -> object:
    """The value as its type; stops the program when it is none, or out of its limits."""
    plain = next((one for one in get_args(kind) if one is not NoneType), kind)
    if plain is str:
        most = about.metadata.get("chars", 64)
        if not 0 < len(value) <= most or not value.isprintable():
            stop(f"--set {text}: expected 1 to {most} characters ({about.metadata.get('doc', '')})")
        return value
    if plain is bool or get_origin(kind) is Literal or get_origin(plain) is Literal:
        choices = get_args(kind if get_origin(kind) is Literal else plain)
        found = {str(choice): choice for choice in choices} or {"true": True, "false": False}
        if value not in found:
            stop(f"--set {text}: expected one of {', '.join(found)}")
        return found[value]
    number = _number(value, plain)
    low, high = about.metadata.get("min"), about.metadata.get("max")
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        limits = f" from {low} to {high}" if high is not None else f" of at least {low}"
        noun = "a whole number" if plain is int else "a number"
        stop(f"--set {text}: expected {noun}{limits} ({about.metadata.get('doc', about.name)})")
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
