"""The port of cameras that turn, and which adapter a `[[devices]]` table asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.camera_source import parse_source


class Head(Protocol):
    """`go` begins a move to a preset by the camera's own name of it; `moves` tells whether it is still
    on its way, None when the camera does not say. DeviceRefused, DeviceUnreachable."""

    async def go(self, token: str) -> None: ...

    async def moves(self) -> bool | None: ...

    async def close(self) -> None: ...


HeadOf = Callable[[CameraConfig, str | None], Head | None]
"""(settings, password): a fresh head; None for a camera that stands."""


def head_of(config: CameraConfig, password: str | None) -> Head | None:
    """The login is that of the pictures."""
    if config.ptz is None:
        return None
    from edge_agent.drivers.camera.onvif import OnvifHead

    link = parse_source(config.source)
    secret = password if password is not None else link.password
    return OnvifHead(config.ptz.url, config.user or link.user, secret, config.ptz.profile)
