"""The options of `edile sim terminals`; those of the scenario `attendance-day` say so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Scenario = Literal["streets", "attendance-day"]
_DAY = "attendance-day: "

ConnectOption = Annotated[
    str | None, typer.Option(help="HOST:PORT of the gateway's terminal server.")
]
ProtocolOption = Annotated[Literal["jt808", "gt06"], typer.Option(help="What the terminals speak.")]
CountOption = Annotated[
    int, typer.Option("--count", "--badges", min=1, max=50_000, help="How many terminals.")
]
EveryOption = Annotated[
    float, typer.Option(min=0.2, max=3600, help="Seconds between two reports of each.")
]
VersionOption = Annotated[
    int, typer.Option(help="2011, 2013 or 2019; 0 mixes them (JT/T 808 only).")
]
StormsOption = Annotated[
    int, typer.Option(min=0, max=100, help="How often every connection is lost at once.")
]
BlindOption = Annotated[
    float, typer.Option(min=0, max=1, help="Share that loses the network for a while.")
]
ClonesOption = Annotated[
    int, typer.Option(min=0, max=1_000, help="Second terminals with a number in use.")
]
ScenarioOption = Annotated[
    Scenario,
    typer.Option(help="Movers on streets, or a whole day of shifts (JT/T 808) with its truth."),
]
AreasOption = Annotated[
    int, typer.Option(min=1, max=2_000, help=_DAY + "how many areas people work in.")
]
SpeedOption = Annotated[
    float,
    typer.Option(min=0.1, max=10_000, help=_DAY + "times real time, with the day's own times."),
]
ScaleOption = Annotated[
    float,
    typer.Option(min=1, max=600, help=_DAY + "divides every duration, multiplies every speed."),
]
DateOption = Annotated[
    str | None,
    typer.Option(help=_DAY + "YYYY-MM-DD, shifts by day, late, night; today if not given."),
]
BeginsInOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=86_400, help=_DAY + "instead all shifts begin so many seconds from now."
    ),
]
BeginOption = Annotated[
    str | None, typer.Option(help=_DAY + "instead all shifts begin then (RFC 3339).")
]
ShiftMinutesOption = Annotated[
    float,
    typer.Option(min=20, max=1_440, help=_DAY + "length of such a shift before it is scaled."),
]
AreasOutOption = Annotated[Path | None, typer.Option(help=_DAY + "write the areas here (GeoJSON).")]
RosterOutOption = Annotated[
    Path | None, typer.Option(help=_DAY + "write who works when here (JSON).")
]
TerminalsOutOption = Annotated[
    Path | None, typer.Option(help=_DAY + "write the terminal server's roster here (CSV).")
]
FilesOnlyOption = Annotated[
    bool, typer.Option("--files-only", help=_DAY + "write the files and stop.")
]
