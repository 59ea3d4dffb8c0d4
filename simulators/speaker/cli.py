"""`edile sim speaker`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import typer

from simulators.answering_line import Answering, play, tell
from simulators.options import TruthOption, open_truth, refuse
from simulators.pty_line import LinkRefused, PtyLine
from simulators.speaker.sinks import ModbusSink, SoundModuleSink
from simulators.stopping import StopSignals

BAUD = 9600


def speaker(
    *,
    link: Annotated[Path, typer.Option(help="Where to hang the module's port (a symbolic link).")],
    kind: Annotated[
        Literal["dfplayer", "modbus-mp3"], typer.Option(help="What the electronics are.")
    ] = "dfplayer",
    tracks: Annotated[int, typer.Option(min=1, max=3000, help="Tracks on its card.")] = 20,
    track_s: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds of each.")] = 3.0,
    address: Annotated[int, typer.Option(min=1, max=247, help="Modbus address.")] = 1,
    register: Annotated[int, typer.Option(min=0, max=65_535, help="Takes the track.")] = 3,
    truth: TruthOption = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.05, max=24 * 60, help="Else until stopped.")
    ] = None,
) -> None:
    """Play a loudspeaker's electronics and write down what was said, with the time.

    Example: edile sim speaker --link /tmp/sp --truth said.jsonl
    """
    sink: Answering = (
        SoundModuleSink(tracks, track_s)
        if kind == "dfplayer"
        else ModbusSink(address, register, tracks)
    )
    try:
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopSignals())
            line = stack.enter_context(PtyLine(link, BAUD))
            written = stack.enter_context(open_truth(truth)) if truth else None
            head: dict[str, object] = {"t": 0, "kind": "truth", "id": "header", "speaker": kind}
            tell(written, {**head, "expects_event": [], "expects_order": []})
            print(f"listening as a {kind} with {tracks} tracks at {link}", flush=True)
            ended = play(sink, line, written, stop, None if minutes is None else minutes * 60)
    except LinkRefused as error:
        refuse(str(error))
    print("the scenario has ended" if ended else "stopped", flush=True)
