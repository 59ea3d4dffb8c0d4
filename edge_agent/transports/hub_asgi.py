"""HubLink to an ASGI application in this process: demos and tests without a socket.

Bytes are those of the HTTP messages as they would be written; there is no line to be busy.
"""

from __future__ import annotations

from typing import Any

import httpx

from edge_agent.errors import HubUnreachable
from edge_agent.ports import HubRequest, HubResponse


class AsgiHub:
    """The hub as the ASGI callable `app`; its own exceptions come through, as they are bugs."""

    def __init__(self, app: Any) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://hub.in-process"
        )

    async def send(self, request: HubRequest) -> HubResponse:
        try:
            response = await self._client.request(
                request.method, request.path, headers=dict(request.headers), content=request.body
            )
        except httpx.TransportError as error:
            raise HubUnreachable(f"hub in this process: {error}") from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HubResponse(
            status=response.status_code,
            headers=headers,
            body=response.content,
            bytes_up=_size(response.request.headers) + len(request.body),
            bytes_down=_size(response.headers) + len(response.content),
            link_busy_s=0.0,
        )

    async def close(self) -> None:
        await self._client.aclose()


def _size(headers: httpx.Headers) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.raw)
