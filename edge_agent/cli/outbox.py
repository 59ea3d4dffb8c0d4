"""`edile outbox`, `edile why`, `edile raw`: what is stored here and what waits for the hub.

All of it reads a copy, so it works beside a running agent and does not disturb it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from edge_agent.cli.folder import Config, agent_at, ask_agent, data_dir_of, decoded
from edge_agent.errors import StopError
from edge_agent.store import inspection, raw_ring

outbox = typer.Typer(
    help="What waits for the hub: status, peek, export.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
raw = typer.Typer(
    help="Raw bytes of the last hours, as the devices sent them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
STAGES = {
    "waiting": "waits here for the hub",
    "stored": "at the hub",
    "archived": "at the hub and in its backup",
    "tombstone": "lost here",
    "unknown": "not known here",
}
Out = Annotated[Path | None, typer.Option("--out", "-o", help="A file; never overwritten.")]


@outbox.command()
def status(
    config: Config,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """How many events wait for the hub, lane by lane.

    Example: edile outbox status --config gw.toml
    """
    with inspection.copy_of(data_dir_of(config)) as copy:
        told = inspection.outbox_status(copy)
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    waiting = ", ".join(f"{count} {lane}" for lane, count in told["depth"].items())
    evidence, sealed = told["evidence"], told["sealed"]
    typer.echo(f"waiting for the hub  {waiting}")
    typer.echo(f"evidence to upload   {evidence['files']} files, {evidence['bytes']} bytes")
    typer.echo(f"sealed originals     {sealed['files']} files, {sealed['bytes']} bytes, stay here")
    typer.echo(f"events kept here     {told['rows']}")
    for row in told["lanes"]:
        made = (
            f"{row['last_seq']} made, {row['stored']} at the hub, {row['archived']} in its backup"
        )
        typer.echo(f"  {row['epoch']}.{row['lane']:<8} {made}")


@outbox.command()
def peek(
    config: Config,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 10,
) -> None:
    """The events that go to the hub next, one line each.

    Example: edile outbox peek --config gw.toml -n 20
    """
    with inspection.copy_of(data_dir_of(config)) as copy:
        for one in decoded(inspection.events(copy, waiting_only=True, most=count)):
            typer.echo(_line(one))


@outbox.command()
def export(
    config: Config,
    out: Out = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what the hub lacks.")] = False,
) -> None:
    """The stored events as JSON lines, byte for byte as they were recorded.

    Example: edile outbox export --config gw.toml --out events.jsonl
    """
    with inspection.copy_of(data_dir_of(config)) as copy:
        _write(inspection.events(copy, waiting_only=waiting), out)


@raw.command(name="export")
def export_raw(
    config: Config,
    out: Out = None,
    device: Annotated[str | None, typer.Option(help="Only this device's bytes.")] = None,
) -> None:
    """The raw ring as JSON lines: device, time, bytes as hex.

    Example: edile raw export --config gw.toml --device wb-1 --out raw.jsonl
    """
    if not _write(raw_ring.export(data_dir_of(config) / "raw", device=device), out):
        whose = f" of device {device}" if device else ""
        typer.echo(f"no raw bytes{whose} are kept here (raw_hours, raw_mb of gw.toml)", err=True)


@raw.callback()
def _raw() -> None:
    """Keeps `export` a word of its own."""


def why(
    event_id: Annotated[str, typer.Argument(help="EPOCH.LANE.SEQ, as `outbox peek` shows it.")],
    config: Config,
) -> None:
    """Where an event is, and why it is not at the hub yet. Exit 1 when it was never made here.

    Example: edile why 0C9K2TQ7M4XWZ.urgent.12 --config gw.toml
    """
    data_dir = data_dir_of(config)
    try:
        with inspection.copy_of(data_dir) as copy:
            told = inspection.explain(copy, event_id.rpartition("#")[2])
    except ValueError as error:
        raise StopError(str(error)) from error
    typer.echo(f"{told.event_id}: {STAGES.get(told.stage, told.stage)}: {told.detail}")
    if told.event is not None:
        typer.echo(_line(told.event))
    if told.stage == "waiting":
        for line in _hub(data_dir):
            typer.echo(line)
    raise typer.Exit(1 if told.stage == "unknown" else 0)


def _hub(data_dir: Path) -> Iterator[str]:
    running = agent_at(data_dir)
    if running is None:
        yield "the agent does not run, so nothing is sent; start it with: edile agent run"
        return
    hub = ask_agent(running, "GET", "/status.json")["hub"]
    if hub["last_error"]:
        yield f"last error after {hub['failures']} tries: {hub['last_error']}"
    yield f"last success: {hub['last_success'] or 'none since the agent started'}"
    if hub["next_try_s"] is not None:
        yield f"next try in {hub['next_try_s']:.0f} s"


def _line(event: dict[str, Any]) -> str:
    """A tombstone has no id of its own."""
    if "id" not in event:
        return f"gap {event.get('gap')}: {event.get('reason')}"
    return f"{event['id']:<34} {event['time']} {event['type']} {event.get('subject', '')}"


def _write(lines: Iterator[bytes], out: Path | None) -> int:
    """How many lines there were."""
    if out is None:
        return _copy(lines, sys.stdout.buffer)
    try:
        with out.open("xb") as file:
            count = _copy(lines, file)
    except FileExistsError as error:
        raise StopError(f"{out}: is there already; name another file") from error
    except OSError as error:
        raise StopError(f"{out}: cannot be written: {error.strerror}") from error
    typer.echo(f"{out}: {count} lines", err=True)
    return count


def _copy(lines: Iterator[bytes], file: BinaryIO) -> int:
    count = 0
    for line in lines:
        file.write(line + b"\n")
        count += 1
    return count
