"""`edile vision view`: what a camera of gw.toml sees, with its zones, lines and masks drawn in."""

from __future__ import annotations

import os
import threading
from importlib import import_module
from pathlib import Path
from typing import Annotated

import cv2
import typer

from edge_agent.cli.folder import Config
from edge_agent.cli.silence import quiet
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.errors import StopError
from edge_agent.vision.frames import Frame, Image, Shape
from edge_agent.vision.host import ENVIRONMENT
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
    _write(out, drawn_view(upright, settings, found))
    high, wide = upright.shape[:2]
    typer.echo(f"{out}: {wide} x {high}, {len(settings.zones)} zones, {len(settings.masks)} masks")


def _write(out: Path, picture: Image) -> None:
    try:
        written = cv2.imwrite(str(out), picture)
    except cv2.error as error:
        raise StopError(f"{out}: this format cannot be written; name a .png or .jpg") from error
    if not written:
        raise StopError(f"{out}: cannot be written; is there such a folder, and room in it?")


def _camera(file: Path, name: str) -> CameraConfig:
    devices = import_module("edge_agent.app.hosting").load(file).devices
    cameras = {one.id: one for one in devices if isinstance(one, CameraConfig)}
    if name not in cameras:
        raise StopError(f"{file}: no camera {name!r}; there are {', '.join(cameras) or 'none'}")
    return cameras[name]


def _frame(settings: CameraConfig) -> Frame:
    os.environ.update({name: one for name, one in ENVIRONMENT.items() if name.startswith("OPENCV")})
    try:
        with quiet():
            frame = _first(settings)
    except SourceLost as error:
        raise StopError(f"{settings.id}: {error}") from error
    if frame is None:
        raise StopError(f"{settings.id}: the camera gives no picture")
    return frame


def _first(settings: CameraConfig) -> Frame | None:
    """As the vision process would open it."""
    pace = Pace(settings.fps, boottime_ns, threading.Event().wait, settings.paced)
    source = open_source(settings, _password(settings.password_file), pace)
    try:
        return next((one for _ in range(PATIENCE) if (one := source.read()) is not None), None)
    finally:
        source.close()


def _password(file: Path | None) -> str | None:
    return None if file is None else _bytes(file).decode("utf-8", "replace").strip()


def _bytes(picture: Path) -> bytes:
    try:
        return picture.read_bytes()
    except OSError as error:
        raise StopError(f"{picture}: {error.strerror}") from error
