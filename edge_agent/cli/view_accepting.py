"""`edile vision accept`: what a camera sees now is what it is meant to see, says who has looked."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from contract.commands import AcceptViewArgs
from edge_agent.cli.folder import Config, agent_at, ask_agent, data_dir_of
from edge_agent.errors import StopError

TURNING_S = 120.0


def accept(
    config: Config,
    *,
    camera: Annotated[str, typer.Option(help="Its id in gw.toml.")],
    by: Annotated[str, typer.Option("--by", help="Who has looked; on record for ever.")],
    reason: Annotated[str, typer.Option(help="Why it was moved.")],
    preset: Annotated[
        str | None, typer.Option(help="Of a camera that turns: the position that is meant.")
    ] = None,
) -> None:
    """Accept what a camera sees now as its view, and its zones as fitting. The agent must be running.

    Look first: `edile vision view`. Until a turned view is accepted, or turned back, its zones do not exist.

    Example: edile vision accept --config gw.toml --camera cam-1 --by "Li Na" --reason "new mast"
    """
    running = agent_at(data_dir_of(config))
    if running is None:
        raise StopError(f"{config}: no agent is running; it alone has the camera, start it first")
    try:
        wish = AcceptViewArgs(
            camera=camera, preset=preset, requested_by=f"gateway/{by.strip()}", reason=reason
        )
    except ValueError as error:
        raise StopError(f"--camera, --by, --reason: {error}") from error
    if not by.strip():
        raise StopError("--by: who has looked?")
    body = msgspec.json.encode(wish)
    told = ask_agent(
        running, "POST", "/cameras/accept", body, secret=running.secret, answer_s=TURNING_S
    )
    typer.echo(told["told"])
