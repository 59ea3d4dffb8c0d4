"""`edile probe`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, NoReturn

import typer

from edge_agent.errors import DeviceUnreachable
from edile.probe.judging import judge
from edile.probe.ports import holder, serial_ports
from edile.probe.recognising import Candidate, Hearing
from edile.probe.sweeping import Sweep, hear
from edile.probe.telling import hearing_line, verdict_object, verdict_text
from firmware_bridges.weighbridge import DIALECTS

EXIT_UNDECIDED, EXIT_STOPPED = 1, 2


def probe(
    port: Annotated[
        str | None, typer.Argument(help="Such as /dev/ttyUSB0; absent: list the serial ports.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, max=60, help="How long to listen at each setting.")
    ] = 3.0,
    known_weight: Annotated[
        str | None,
        typer.Option(metavar="KG", help="What stands on the deck, in kilograms."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Also ask for the weight (never zero, tare or settings).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Find out what an indicator on a serial port speaks, and print the table for gw.toml.

    Listens at every speed; sends nothing without --ask. Exit status 0: one dialect is heard; 1: none,
    or the bytes leave it open; 2: the port is in use or not there.

    Example: edile probe /dev/ttyUSB0 --known-weight 3000
    """
    if port is None:
        _list_ports(as_json=as_json)
        return
    known_kg = _weight(known_weight)
    if who := holder(port):
        _stop(f"{port}: in use by {who}; stop it first, or probe another port")

    def told(hearing: Hearing, found: Sequence[Candidate]) -> None:
        print(hearing_line(hearing, list(found)), file=sys.stderr, flush=True)

    manner = "asking for the weight where nothing is sent" if ask else "nothing is sent"
    print(f"{port}: listening, {seconds:g} s at each setting, {manner}", file=sys.stderr)
    try:
        hearings = Sweep(port, seconds, DIALECTS, hear, told, ask=ask).listen()
    except DeviceUnreachable as error:
        _stop(str(error))
    verdict = judge(hearings, DIALECTS, known_kg)
    print(json.dumps(verdict_object(verdict, port)) if as_json else verdict_text(verdict, port))
    if verdict.best is None or verdict.open_between:
        raise typer.Exit(EXIT_UNDECIDED)


def _list_ports(*, as_json: bool) -> None:
    ports = serial_ports()
    if as_json:
        found = [{"port": one.path, "about": one.about, "holder": one.holder} for one in ports]
        print(json.dumps(found))
        return
    for one in ports:
        print(
            f"{one.path:<20} {f'in use by {one.holder}' if one.holder else 'free':<28} {one.about}"
        )
    if not ports:
        print("no serial ports; is the adapter plugged in?")


def _weight(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        weight = Decimal(text)
    except InvalidOperation:
        weight = Decimal(0)
    if not weight.is_finite() or not 0 < weight < 1_000_000:
        _stop(f"--known-weight: expected kilograms such as 3000, found {text!r}")
    return weight


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(EXIT_STOPPED)
