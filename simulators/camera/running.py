"""The loop of a live camera: a picture at its time, until the world ends or a signal comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from simulators.camera.live import Frame
from simulators.camera.playing import Player
from simulators.stopping import StopSignals


def run(player: Player, fps: float, taken: Callable[[Frame], object] | None = None) -> bool:
    """True when the world has ended, False when stopped. A camera that is late leaves pictures out."""
    began = time.monotonic()
    player.write([{"t": 0, "kind": "clock", "id": "clock", "utc_ns": time.time_ns()}])
    with StopSignals() as stop:
        goes_on = True
        while goes_on:
            elapsed = time.monotonic() - began
            goes_on = player.play(elapsed)
            frame = player.newest()
            if taken is not None and frame is not None:
                taken(frame)
            due = (int(elapsed * fps) + 1) / fps
            if stop.wait(began + due - time.monotonic()):
                break
        player.close(time.monotonic() - began)
        return not goes_on


def in_folder(player: Player, folder: Path, fps: float) -> bool:
    """Pictures as files named by the world's milliseconds, each put there whole. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)

    def keep(frame: Frame) -> None:
        if frame.jpeg is not None:
            part = folder / ".part"
            part.write_bytes(frame.jpeg)
            part.replace(folder / f"{round(frame.t * 1000):010d}.jpg")

    return run(player, fps, keep)
