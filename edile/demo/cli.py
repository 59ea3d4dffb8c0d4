"""`edile demo`: a hub, a gateway and a simulated weighbridge as real processes, and a scorecard."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from edile.demo.card_text import card_lines
from edile.demo.conductor import Conductor
from edile.demo.eyes import MODEL, Eyes, model_missing
from edile.demo.hub_view import Unavailable
from edile.demo.programs import DemoFailed, Programs, free_port, port_is_free
from edile.demo.screen import LiveScreen, PlainScreen, Screen
from edile.demo.site import Site, set_up
from edile.scorecard import Scorecard

EXIT_NOT_CLEAN, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130


class Interrupted(Exception):
    """Ctrl-C, or a signal that asks the demo to end."""


def demo(
    *,
    minutes: Annotated[
        float, typer.Option(min=1, max=24 * 60, help="How long the trucks come, about.")
    ] = 3.0,
    headless: Annotated[
        bool, typer.Option("--headless", help="A plain line per happening, for logs and CI.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same trucks and faults.")] = 1,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The hub's port; else any free one.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the scorecard here.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Work in this folder and leave it, with all logs.")
    ] = None,
    detector: Annotated[
        str, typer.Option(help="The cameras' model: a file, or the name of one that ships.")
    ] = MODEL,
) -> None:
    """Play a compaction station, a street and a disposal point: trucks, cheats, faults, heaps and bags in,
    tickets, prompts and work orders out.

    The gateway and the hub are each killed once on the way; the closing scorecard says whether
    anything was lost, doubled or weighed wrong. Exit 0 only when it is clean.

    Example: edile demo --headless --minutes 2 --seed 7 --json card.json
    """
    chosen, folder = _port(port), _folder(keep)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    status = EXIT_NOT_CLEAN
    try:
        eyes = _eyes(folder, seed, detector)
        card, interrupted = _play(folder, chosen, eyes, seed, minutes, _screen(headless))
        if card is not None:
            _publish(card, json_file, interrupted)
        status = _exit_status(card, interrupted)
    except Interrupted:
        print("stopped before anything was weighed", file=sys.stderr)
        status = EXIT_INTERRUPTED
    except DemoFailed as error:
        print(f"the demo failed: {error}", file=sys.stderr)
    finally:
        _leave(folder, keep, status)
    raise typer.Exit(status)


def _exit_status(card: Scorecard | None, interrupted: bool) -> int:
    if interrupted:
        return EXIT_INTERRUPTED
    return 0 if card is not None and card.clean else EXIT_NOT_CLEAN


def _leave(folder: Path, keep: Path | None, status: int) -> None:
    """A temporary folder stays only after a failure: the logs and databases are in it."""
    if keep is None and status != EXIT_NOT_CLEAN:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"logs and databases are in {folder}", flush=True)


def _eyes(folder: Path, seed: int, detector: str) -> Eyes | None:
    """None, and a line that says why, without a model."""
    missing = model_missing(detector)
    if missing is not None:
        print(f"the cameras are left out: {missing}", flush=True)
        return None
    file = Path(detector)
    named = str(file.absolute()) if file.exists() else detector
    return Eyes(folder, seed, named, free_port(), free_port())


def _play(
    folder: Path, port: int, eyes: Eyes | None, seed: int, minutes: float, screen: Screen
) -> tuple[Scorecard | None, bool]:
    """The card (None when it could not be asked for) and whether a person stopped the demo."""
    print(f"setting up a station in {folder} ...", flush=True)
    site = set_up(folder, port, eyes)
    _introduce(site)
    with Programs() as programs:
        conductor = Conductor(site, screen, programs, seed, minutes)
        try:
            with screen:
                return conductor.run(), False
        except Interrupted:
            return _card_so_far(conductor), True


def _card_so_far(conductor: Conductor) -> Scorecard | None:
    """None when the hub could not be asked."""
    try:
        return conductor.card()
    except Unavailable:
        return None


def _introduce(site: Site) -> None:
    print(f"hub API      {site.url}/docs")
    print(f"log in with  Authorization: Bearer {site.token}")
    print(
        f"for example  curl -H 'Authorization: Bearer {site.token}' {site.url}/v1/work-orders",
        flush=True,
    )


def _publish(card: Scorecard, json_file: Path | None, interrupted: bool) -> None:
    if interrupted:
        card = replace(card, complaints=(*card.complaints, "stopped before the end"))
    print("stopped; this is what was known by then" if interrupted else "")
    for line in card_lines(card):
        print(line)
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(card.as_json(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            _refuse(f"--json: {json_file}: {error.strerror}")


def _screen(headless: bool) -> Screen:
    console = Console()
    if headless or not console.is_terminal:
        return PlainScreen()
    return LiveScreen(console, ["Ctrl-C stops everything and prints the card so far."])


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="edile-demo-"))
    try:
        keep.mkdir(parents=True, exist_ok=True)
        taken = any(keep.iterdir())
    except OSError as error:
        _refuse(f"--keep: {keep}: {error.strerror}")
    if taken:
        _refuse(f"--keep: {keep} is not empty; name a new folder")
    return keep.absolute()


def _port(wanted: int | None) -> int:
    if wanted is None:
        return free_port()
    if not port_is_free(wanted):
        _refuse(f"--port: {wanted} is in use; name another, or leave it out")
    return wanted


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Once: the programs are then stopped in peace, whatever else comes."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted


def _refuse(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(EXIT_BAD_INPUT)
