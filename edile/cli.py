"""The one program. Knows every sub-command by name and imports only the one that is used.

`edile --help` must be quick on a small computer, so the table below carries the short texts itself.
Each sub-command is a Typer app or a plain function in the package it belongs to.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Annotated, NamedTuple

import typer

DISTRIBUTION = "edile"
COMPLETION_WORDS = "COMP_WORDS"  # set by the shell scripts that Typer installs
EXIT_STOPPED = 2
EXIT_INTERRUPTED = 130
EPILOG = "Start here: edile demo --minutes 2. One command: edile agent --help"


class Entry(NamedTuple):
    """Where a sub-command lives: `module:attribute`, the exception that stops it, its extra."""

    target: str
    help: str
    stop: str
    extra: str | None = None


AGENT, HUB = "edge_agent.errors:StopError", "hub.errors:HubStop"
COMMANDS: dict[str, Entry] = {
    "agent": Entry("edge_agent.cli.agent:agent", "The gateway: run, check, status, keygen.", AGENT),
    "outbox": Entry(
        "edge_agent.cli.outbox:outbox", "What waits for the hub: status, peek, export.", AGENT
    ),
    "why": Entry(
        "edge_agent.cli.outbox:why", "Where an event is, and why it is not at the hub yet.", AGENT
    ),
    "raw": Entry(
        "edge_agent.cli.outbox:raw", "Raw bytes of the last hours, as the devices sent them.", AGENT
    ),
    "ticket": Entry(
        "edge_agent.cli.ticket:ticket", "Verify, void or correct a weighing ticket.", AGENT
    ),
    "hub": Entry("hub.cli:app", "The hub: serve, keys, tokens, backup.", HUB, "hub"),
    "sim": Entry("simulators.cli:app", "Simulated devices that speak their real protocols.", AGENT),
    "contract": Entry("contract.cli:app", "The wire: JSON Schemas and AsyncAPI.", AGENT),
    "evidence": Entry("contract.cli:evidence", "Check evidence files and bundles offline.", AGENT),
    "attendance": Entry(
        "edile.attendance:app",
        "Verdicts on shifts: how right they are, and why.",
        AGENT,
        "attendance",
    ),
    "roster": Entry("edile.roster:app", "Rosters: are they right, who is expected when?", AGENT),
    "vision": Entry("edile.scoring.cli:vision", "A model looks at pictures.", AGENT, "vision"),
    "models": Entry(
        "edge_agent.cli.models:models",
        "Models: list, verify, bench, inspect, eval.",
        AGENT,
        "vision",
    ),
    "decode": Entry("edile.decode:app", "Raw bytes in, one JSON object a line out.", AGENT),
    "probe": Entry("edile.probe.cli:probe", "What speaks on this serial port?", AGENT),
    "demo": Entry(
        "edile.demo.cli:demo",
        "A hub, a gateway and devices, with a scorecard.",
        "hub.errors",
        "hub",
    ),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the program `edile`; leaves by SystemExit."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    chosen = _chosen(arguments)
    try:
        program(chosen)(args=arguments, prog_name=DISTRIBUTION)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        _close_quietly()
        sys.exit(1)
    except Exception as error:
        if chosen is None or not _is_stop(error, COMMANDS[chosen].stop):
            raise
        print(error, file=sys.stderr)
        sys.exit(EXIT_STOPPED)


def program(chosen: str | None) -> typer.Typer:
    """The Typer app in which only `chosen` is real; the others are names with a short help."""
    app = typer.Typer(
        name=DISTRIBUTION,
        help="Keeps a city district in order: gateways that decide locally, a thin hub, work orders.",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,  # importing rich would cost a third of the start
        pretty_exceptions_enable=False,
    )
    app.callback()(_version_option)
    for name, entry in COMMANDS.items():
        if name == chosen:
            _add(app, name, entry)
        else:
            app.command(name, help=entry.help)(_unused)
    return app


def _chosen(arguments: Sequence[str]) -> str | None:
    """The sub-command on the command line, or on the line that a shell wants completed."""
    words = arguments
    if not arguments and COMPLETION_WORDS in os.environ:
        words = shlex.split(os.environ[COMPLETION_WORDS].replace("'", ""))[1:]
    first = next((word for word in words if not word.startswith("-")), None)
    return first if first in COMMANDS else None


def _add(app: typer.Typer, name: str, entry: Entry) -> None:
    target = _load(name, entry)
    if isinstance(target, typer.Typer):
        app.add_typer(target, name=name)
    elif callable(target):
        app.command(name)(target)


def _load(name: str, entry: Entry) -> object:
    module, _, attribute = entry.target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if entry.extra is None or missing == module.partition(".")[0]:
            raise
        hint = f"pip install '{DISTRIBUTION}[{entry.extra}]'"
        print(f"edile {name} needs the package {missing!r}: {hint}", file=sys.stderr)
        sys.exit(EXIT_STOPPED)


def _is_stop(error: Exception, place: str) -> bool:
    """Whether the command's own package says: one line to the person, and stop."""
    module, _, name = place.partition(":")
    stop = getattr(sys.modules.get(module), name, None)
    return isinstance(stop, type) and isinstance(error, stop)


def _close_quietly() -> None:
    """The reader of our output went away; the interpreter must not complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unused() -> None:
    raise AssertionError("a command is loaded before it is called")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(installed_version(DISTRIBUTION))
        raise typer.Exit


def _version_option(
    _: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of the program itself."""


if __name__ == "__main__":
    main()
