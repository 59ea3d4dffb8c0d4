"""`edile agent`: run the gateway, check its file, see how it is, make its key."""

from __future__ import annotations

import json
import shlex
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from contract.keys import Alg
from edge_agent.cli.folder import Config, agent_at, ask_agent, data_dir_of
from edge_agent.config.gateway import GatewayConfig
from edge_agent.config.links import serial_ports
from edge_agent.errors import ConfigError, StopError
from edge_agent.identity import create_identity

agent = typer.Typer(
    help="The gateway: run it, check its file, see how it is, make its key.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
KEY_KID = "SLOT#1"


@agent.command()
def run(config: Config) -> None:
    """Run the gateway until SIGTERM or Ctrl-C.

    Example: edile agent run --config gw.toml
    """
    # Imported here: the agent's own modules are heavier than all the other commands need.
    raise typer.Exit(import_module("edge_agent.app.running").run(config))


@agent.command()
def check(config: Config) -> None:
    """Check the gateway's file: every mistake with line and key, exit 2; else a summary.

    Example: edile agent check --config gw.toml
    """
    try:
        loaded = load(config)
    except ConfigError as error:
        count = len(error.mistakes)
        raise StopError(f"{error}\n{config}: {count} mistake{'s'[: count > 1]}") from error
    for line in summary(loaded):
        typer.echo(line)
    for line in absent_ports(loaded):
        typer.echo(line, err=True)


@agent.command()
def status(
    config: Config,
    as_json: Annotated[bool, typer.Option("--json", help="The whole status as JSON.")] = False,
) -> None:
    """How the running gateway is: devices, outbox, hub. Exit 1 when it does not run.

    Example: edile agent status --config gw.toml
    """
    folder = data_dir_of(config)
    running = agent_at(folder)
    if running is None:
        typer.echo(f"not running: no agent holds {folder}")
        raise typer.Exit(1)
    told = ask_agent(running, "GET", "/status.json")
    lines = [json.dumps(told, indent=1)] if as_json else _readable(told)
    typer.echo("\n".join(lines))


@agent.command()
def keygen(
    out: Annotated[Path, typer.Option("--out", help="The new key's file; never overwritten.")],
    alg: Annotated[str, typer.Option(help="EdDSA, or ES256 as security chips make it.")] = "EdDSA",
    kid: Annotated[str, typer.Option(help="The box: SLOT#NUMBER.")] = KEY_KID,
) -> None:
    """Make the box's signing key (mode 0600) and print its public half for the hub.

    Example: edile agent keygen --out box.pem > box.pub
    """
    if alg not in ("EdDSA", "ES256"):
        raise StopError(f"--alg: EdDSA or ES256, not {alg!r}")
    chosen: Alg = "ES256" if alg == "ES256" else "EdDSA"
    named = "cs-000#1" if kid == KEY_KID else kid
    made = create_identity(named, out, chosen)
    typer.echo(made.key.public.to_pem(), nl=False)
    public = shlex.quote(str(out.with_suffix(".pub")))
    typer.echo(
        f"{out}: new {chosen} key. Save the lines above as {public}, then at the hub:\n"
        f"  edile hub key add --kid {shlex.quote(kid)} --public {public}",
        err=True,
    )


def load(config: Path) -> GatewayConfig:
    """The file, judged with all drivers and roles of this build."""
    loaded: GatewayConfig = import_module("edge_agent.app.hosting").load(config)
    return loaded


def absent_ports(config: GatewayConfig) -> list[str]:
    """No mistake of the file: a port may be plugged in later, and the agent waits for it."""
    return [
        f"note: {name}: {path} is not there now; the agent will report the device lost and wait"
        for name, path in serial_ports(config.devices)
        if not Path(path).exists()
    ]


def summary(config: GatewayConfig) -> list[str]:
    part = config.gateway
    devices = ", ".join(str(one.id) for one in config.devices) or "none"
    simulated = " (simulation)" if part.simulation else ""
    return [
        f"{config.file}: ok",
        f"gateway  {part.district}/{part.slot}{simulated}, data in {part.data_dir}",
        f"hub      {config.hub.id} at {config.hub.url}, key {config.identity.kid}",
        f"devices  {devices}",
        f"roles    {', '.join(config.roles) or 'none'}",
    ]


def _readable(told: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in told.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}", *_readable(value, indent + "  ")]
        else:
            lines.append(f"{indent}{key:<16} {'-' if value is None else value}")
    return lines
