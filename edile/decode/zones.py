"""A terminal's time zone, as `edile decode` is told it."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from edile.decode.source import stop

ZONE = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")
ZoneOption = Annotated[str, typer.Option(help="The terminal's clock, such as +08:00 or +00:00.")]


def zone_seconds(text: str) -> int:
    """Local time minus UTC; stops the program when it is no zone."""
    found = ZONE.fullmatch(text)
    if found is None:
        stop(f"--zone {text}: expected a time zone such as +08:00")
    sign, hours, minutes = found.groups()
    seconds = int(hours) * 3600 + int(minutes) * 60
    return -seconds if sign == "-" else seconds
