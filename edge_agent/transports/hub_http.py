"""HubLink over HTTP with httpx: one exchange, no retries, TLS to a pinned CA (hub_tls.py)."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from edge_agent.errors import HubUnreachable, StopError
from edge_agent.ports import HubRequest, HubResponse
from edge_agent.transports import hub_tls
from edge_agent.transports.hub_tls import LOOPBACK, DatedContext
from edge_agent.transports.tcp_totals import SOCKET_OPTIONS, Wire, WireMeter

# One idle connection outlives the longest pause between heartbeats: a handshake costs more than a beat.
_KEEP_ALIVE_S = 2_100.0
_TIMEOUT = httpx.Timeout(60.0, connect=15.0, pool=5.0)
_EXCHANGE_S = 180.0
_MAX_REPLY_BYTES = 16 * 1024 * 1024


@dataclass
class _Clients:
    strict: httpx.AsyncClient
    dateless: httpx.AsyncClient
    dated: httpx.AsyncClient
    dated_context: DatedContext | None


class HttpHub:
    """The hub at `url`. `ca_file` is the only authority believed; plain HTTP only to loopback.

    Raises StopError for an address or CA file that cannot be used.
    """

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        self._url = _checked_url(url)
        self._clients = _clients(self._url, ca_file)
        self._meter = WireMeter()

    async def send(self, request: HubRequest) -> HubResponse:
        exchange = self._client_for(request).stream(
            request.method, request.path, headers=dict(request.headers), content=request.body
        )
        try:
            async with asyncio.timeout(_EXCHANGE_S), exchange as response:
                return self._answer(request, response, await self._read(response))
        except TimeoutError as error:
            raise HubUnreachable(f"{self._url}: no answer within {_EXCHANGE_S:.0f} s") from error
        except (httpx.TransportError, httpx.DecodingError, ssl.SSLError) as error:
            raise hub_tls.unreachable(self._url, error) from error

    async def close(self) -> None:
        clients = self._clients
        for client in (clients.strict, clients.dateless, clients.dated):
            await client.aclose()

    def _client_for(self, request: HubRequest) -> httpx.AsyncClient:
        if not request.check_dates:
            return self._clients.dateless
        if request.true_utc_s is None:
            return self._clients.strict
        if self._clients.dated_context is not None:
            self._clients.dated_context.true_utc_s = request.true_utc_s
        return self._clients.dated

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _MAX_REPLY_BYTES:
                raise HubUnreachable(f"{self._url}: answered with more than {_MAX_REPLY_BYTES} B")
        return bytes(body)

    def _answer(self, request: HubRequest, response: httpx.Response, body: bytes) -> HubResponse:
        headers = {name.lower(): value for name, value in response.headers.items()}
        up = _message_size(f"{request.method} {request.path}", response.request.headers)
        down = _message_size("HTTP/1.1 200 OK", response.headers)
        body_down = response.num_bytes_downloaded
        counted = self._counted(response)
        if counted is None:
            return HubResponse(
                response.status_code,
                headers,
                body,
                up + len(request.body),
                down + body_down,
            )
        return HubResponse(
            response.status_code,
            headers,
            body,
            counted.sent,
            counted.received,
            counted.busy_s,
        )

    def _counted(self, response: httpx.Response) -> Wire | None:
        """What the kernel counted for this exchange, TLS and handshake included."""
        stream = response.extensions.get("network_stream")
        return self._meter.spent(stream.get_extra_info("socket") if stream is not None else None)


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StopError(f"hub.url: expected https://HOST[:PORT], found {url!r}")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise StopError(f"hub.url: plain http only to this machine; use https for {parts.hostname}")
    return url.rstrip("/")


def _clients(url: str, ca_file: Path | None) -> _Clients:
    def client(context: ssl.SSLContext | bool) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=2, keepalive_expiry=_KEEP_ALIVE_S)
        transport = httpx.AsyncHTTPTransport(
            verify=context, limits=limits, trust_env=False, socket_options=SOCKET_OPTIONS
        )
        headers = {"user-agent": "edile"}
        return httpx.AsyncClient(
            base_url=url, transport=transport, timeout=_TIMEOUT, trust_env=False, headers=headers
        )

    if url.startswith("http:"):
        plain = client(False)  # loopback only: there is no TLS to check
        return _Clients(plain, plain, plain, None)
    made = hub_tls.contexts(ca_file)
    return _Clients(client(made.strict), client(made.dateless), client(made.dated), made.dated)


def _message_size(start: str, headers: httpx.Headers) -> int:
    """An HTTP/1.1 message without its body (RFC 9112 §2.1)."""
    return len(start) + 13 + sum(len(name) + len(value) + 4 for name, value in headers.raw)
