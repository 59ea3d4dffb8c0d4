"""`edile vision view`: what a camera of gw.toml sees, with its zones, lines and masks drawn in."""

from __future__ import annotations

import threading
from importlib import import_module
from pathlib import Path
from typing import Annotated

import cv2
import typer

from edge_agent.cli.folder import Config
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.errors import StopError
from edge_agent.vision.frames import Frame, Shape
from edge_agent.vision.opening import open_one
from edge_agent.vision.shelf import Shelf
from edge_agent.vision.sources.opening import open_source
from edge_agent.vision.sources.port import Pace, SourceLost, boottime_ns
from edge_agent.vision.view_drawing import drawn_view

PATIENCE = 200  # questions to the source; each waits a moment by itself


def view(
    config: Config,
    *,
    camera: Annotated[str, typer.Option(help="Its id in gw.toml.")],
    out: Annotated[Path, typer.Option(help="The picture to write: .png or .jpg.")],
    picture: Annotated[
        Path | None, typer.Option(help="Draw on this picture instead of asking the camera.")
    ] = None,
    look: Annotated[bool, typer.Option(help="Draw also what its model sees.")] = False,
) -> None:
    """What the camera sees, upright and masked, with a grid, zones, lines and presets as gw.toml has them.

    Example: edile vision view --config gw.toml --camera cam-1 --out view.png
    """
    settings = _camera(config, camera)
    frame = _frame(settings) if picture is None else Frame(0, jpeg=_bytes(picture))
    upright = Shape(settings).colour(frame)
    if upright is None:
        raise StopError(f"{picture or camera}: no picture that can be read")
    found = []
    if look:
        detector = Shelf(open_one).models_of(settings).detector
        if detector is None:
            raise StopError(f"{camera}: gw.toml names no detector for it")
        found = [one for one in detector.find(upright) if one.score >= settings.min_score]
    if not cv2.imwrite(str(out), drawn_view(upright, settings, found)):
        raise StopError(f"{out}: cannot be written; .png and .jpg can")
    high, wide = upright.shape[:2]
    typer.echo(f"{out}: {wide} x {high}, {len(settings.zones)} zones, {len(settings.masks)} masks")


def _camera(file: Path, name: str) -> CameraConfig:
    devices = import_module("edge_agent.app.hosting").load(file).devices
    cameras = {one.id: one for one in devices if isinstance(one, CameraConfig)}
    if name not in cameras:
        raise StopError(f"{file}: no camera {name!r}; there are {', '.join(cameras) or 'none'}")
    return cameras[name]


def _frame(settings: CameraConfig) -> Frame:
    pace = Pace(settings.fps, boottime_ns, threading.Event().wait, settings.paced)
    try:
        source = open_source(settings, _password(settings.password_file), pace)
        try:
            for _ in range(PATIENCE):
                frame = source.read()
                if frame is not None:
                    return frame
        finally:
            source.close()
    except SourceLost as error:
        raise StopError(f"{settings.id}: {error}") from error
    raise StopError(f"{settings.id}: the camera gives no picture")


def _password(file: Path | None) -> str | None:
    return None if file is None else _bytes(file).decode("utf-8", "replace").strip()


def _bytes(picture: Path) -> bytes:
    try:
        return picture.read_bytes()
    except OSError as error:
        raise StopError(f"{picture}: {error.strerror}") from error
