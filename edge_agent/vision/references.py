"""The reference views of a camera on disk, so that a camera that was turned while nobody looked is found.

Small grey pictures, one file for each position. A file that belongs to other settings (crop, rotation,
masks) or cannot be read is no reference: the next good view becomes one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
import zipfile
from pathlib import Path

import msgspec
import numpy as np

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.frames import Image

LOG = logging.getLogger("edile.vision")
HOME = "home"
MOST = 8


class References:
    """`folder` is the camera's own; it is made when the first reference is kept."""

    def __init__(self, folder: Path, config: CameraConfig) -> None:
        self._folder, self._mark = folder, shape_mark(config)
        self._turn = threading.Lock()

    def load(self, preset: str | None) -> list[Image]:
        file = self._file(preset)
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                if str(kept["mark"]) != self._mark:
                    return []
                views = [kept[name] for name in sorted(kept.files) if name.startswith("view")]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            LOG.warning("%s cannot be read, the next good view is the reference: %s", file, error)
            return []
        return [one for one in views[:MOST] if one.dtype == np.uint8 and one.ndim == 2]

    def keep(self, preset: str | None, views: list[Image]) -> str | None:
        """Whole or not at all, and durable. Why not, where it cannot be: then the next start learns anew."""
        file = self._file(preset)
        named = {f"view{number}": one for number, one in enumerate(views[:MOST])}
        try:
            with self._turn:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._write(file, named)
        except OSError as error:
            LOG.warning("the reference view cannot be kept: %s", error)
            return f"the reference view cannot be kept: {error.strerror}"
        return None

    def _write(self, file: Path, named: dict[str, Image]) -> None:
        draft = file.with_name(f"{file.name}.new")
        with draft.open("wb") as out:
            np.savez_compressed(out, allow_pickle=False, mark=np.array(self._mark), **named)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        _sync_folder(file.parent)

    def _file(self, preset: str | None) -> Path:
        name = HOME if preset is None else re.sub(r"[^a-z0-9-]", "_", f"preset-{preset}")
        return self._folder / f"{name}.npz"


def shape_mark(config: CameraConfig) -> str:
    """Of everything that changes where things lie in the upright picture."""
    parts = (config.crop, config.circle, config.rotate, [one.points for one in config.masks])
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
