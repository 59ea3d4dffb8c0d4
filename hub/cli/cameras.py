"""`edile hub cameras`: ask a gateway's camera for a photo, accept its view, see what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.asking import DatabaseUrl, DataDir, perform

cameras = typer.Typer(
    help="Cameras of gateways: a photo now, a view accepted.", no_args_is_help=True
)
Slot = Annotated[str, typer.Option(help="The gateway.")]
Camera = Annotated[str, typer.Option(help="Its id in the gateway's file.")]
By = Annotated[str, typer.Option("--by", help="Who asks; on record here and there.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Preset = Annotated[str | None, typer.Option(help="A view of the camera by name.")]


@cameras.command()
def photo(
    database: DatabaseUrl,
    *,
    slot: Slot,
    camera: Camera,
    by: By,
    reason: Reason,
    preset: Preset = None,
    data_dir: DataDir = None,
) -> None:
    """Ask a camera for a photo now. The masked one comes with the gateway's next syncs.

    Example: edile hub cameras photo --slot sc-3 --camera cam-1 --by Li --reason "case 7" --database sqlite:///hub.db
    """
    values = {"camera": camera, "preset": preset, "by": by, "reason": reason, "slot": slot}
    perform("camera-photo", database, data_dir, **values)


@cameras.command("accept-view")
def accept_view(
    database: DatabaseUrl,
    *,
    slot: Slot,
    camera: Camera,
    by: By,
    reason: Reason,
    preset: Preset = None,
    data_dir: DataDir = None,
) -> None:
    """Say that what a camera sees now is its view: it was moved on purpose, and its zones fit.

    Example: edile hub cameras accept-view --slot sc-3 --camera cam-1 --by Li --reason "new mast" --database sqlite:///hub.db
    """
    values = {"camera": camera, "preset": preset, "by": by, "reason": reason, "slot": slot}
    perform("camera-accept-view", database, data_dir, **values)


@cameras.command()
def asked(database: DatabaseUrl, data_dir: DataDir = None) -> None:
    """What was asked of cameras, with what their gateways answered, newest first."""
    perform("cameras-asked", database, data_dir)
