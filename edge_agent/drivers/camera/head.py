"""The port of cameras that turn, and which adapter a `[[devices]]` table asks for."""

from __future__ import annotations

from typing import Protocol

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.errors import DeviceUnreachable


class Head(Protocol):
    """`go` begins a move to a preset by the camera's own name of it; `moves` tells whether it is still
    on its way, None when the camera does not say. DeviceRefused, DeviceUnreachable."""

    async def go(self, token: str) -> None: ...

    async def moves(self) -> bool | None: ...

    async def close(self) -> None: ...


def head_of(config: CameraConfig, password: str | None = None) -> Head | None:
    """A fresh one; None for a camera that stands."""
    if config.ptz is None:
        return None
    raise DeviceUnreachable(f"{config.ptz.url}: {password}")
