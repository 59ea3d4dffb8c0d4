"""HubLink over HTTP with httpx: one exchange, no retries, TLS to a pinned CA.

Certificate dates. OpenSSL judges dates by the system clock, which on a box without a battery may say
1970. Three contexts therefore: the ordinary one; one that leaves dates out, for `time.get` and
`enrol` only; and one that leaves them to us, who judge them by the time that the hub signed. The CA
and the name are checked in all three.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from edge_agent.errors import HubDatesWrong, HubUnreachable, StopError
from edge_agent.ports import HubRequest, HubResponse

# OpenSSL x509_vfy.h: X509_V_FLAG_NO_CHECK_TIME, and the two verify errors about dates.
_NO_CHECK_TIME = 0x200000
_DATE_ERRORS = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
# linux/tcp.h, struct tcp_info: tcpi_bytes_received, tcpi_busy_time (µs), tcpi_bytes_sent.
_RECEIVED_AT, _BUSY_AT, _SENT_AT, _TCP_INFO_SIZE = 128, 168, 200, 208
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# One idle connection outlives the longest pause between heartbeats: a handshake costs more than a beat.
_KEEP_ALIVE_S = 2_100.0
_TIMEOUT = httpx.Timeout(60.0, connect=15.0, pool=5.0)
_EXCHANGE_S = 180.0
# tcp(7). TCP_NODELAY: head and body are written apart, and the body must not wait 40 ms for the
# head's acknowledgement. TCP_USER_TIMEOUT: a mobile network forgets an idle connection without a word;
# what is then sent is given up after 15 s without any acknowledgement, and goes over a new one.
_SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
if hasattr(socket, "TCP_USER_TIMEOUT"):
    _SOCKET_OPTIONS.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000))
_MAX_REPLY_BYTES = 16 * 1024 * 1024


class _DatedObject(ssl.SSLObject):
    """A TLS session whose certificate's dates are judged by the context's `true_utc_s`."""

    def do_handshake(self) -> None:
        super().do_handshake()
        context = self.context
        if isinstance(context, _DatedContext):
            _judge_dates([self.getpeercert() or {}, *context.get_ca_certs()], context.true_utc_s)


class _DatedContext(ssl.SSLContext):
    true_utc_s: float = 0.0
    sslobject_class = _DatedObject


class _Wire(NamedTuple):
    """A connection's own totals since it was opened, as the kernel counts them."""

    sent: int
    received: int
    busy_s: float


@dataclass
class _Clients:
    strict: httpx.AsyncClient
    dateless: httpx.AsyncClient
    dated: httpx.AsyncClient
    dated_context: _DatedContext | None


class HttpHub:
    """The hub at `url`. `ca_file` is the only authority believed; plain HTTP only to loopback.

    Raises StopError for an address or CA file that cannot be used.
    """

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        self._url = _checked_url(url)
        self._clients = _clients(self._url, ca_file)
        self._last_wire: tuple[object, _Wire] | None = None

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
            raise self._unreachable(error) from error

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

    def _counted(self, response: httpx.Response) -> _Wire | None:
        """What the kernel counted for this exchange, TLS and handshake included."""
        stream = response.extensions.get("network_stream")
        sock = stream.get_extra_info("socket") if stream is not None else None
        now = _tcp_totals(sock)
        if now is None:
            return None
        before = _Wire(0, 0, 0.0)
        if self._last_wire is not None and self._last_wire[0] is sock:
            before = self._last_wire[1]
        self._last_wire = (sock, now)
        return _Wire(
            now.sent - before.sent, now.received - before.received, now.busy_s - before.busy_s
        )

    def _unreachable(self, error: Exception) -> HubUnreachable:
        certificate = _certificate_error(error)
        if certificate is None:
            return HubUnreachable(f"{self._url}: {str(error) or type(error).__name__}")
        # Both attributes are OpenSSL's; an error of `_judge_dates` has neither.
        reason = getattr(certificate, "verify_message", str(certificate))
        said = f"{self._url}: certificate refused: {reason}"
        if getattr(certificate, "verify_code", _DATE_ERRORS[0]) in _DATE_ERRORS:
            return HubDatesWrong(f"{said}; by what this gateway takes for the time")
        return HubUnreachable(f"{said}; is hub.ca_file the authority of this hub?")


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StopError(f"hub.url: expected https://HOST[:PORT], found {url!r}")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise StopError(f"hub.url: plain http only to this machine; use https for {parts.hostname}")
    return url.rstrip("/")


def _clients(url: str, ca_file: Path | None) -> _Clients:
    def client(context: ssl.SSLContext | bool) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=2, keepalive_expiry=_KEEP_ALIVE_S)
        transport = httpx.AsyncHTTPTransport(
            verify=context, limits=limits, trust_env=False, socket_options=_SOCKET_OPTIONS
        )
        headers = {"user-agent": "edile"}
        return httpx.AsyncClient(
            base_url=url, transport=transport, timeout=_TIMEOUT, trust_env=False, headers=headers
        )

    if url.startswith("http:"):
        plain = client(False)  # loopback only: there is no TLS to check
        return _Clients(plain, plain, plain, None)
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    dateless, dated = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        _DatedContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    for context in (strict, dateless, dated):
        _trust(context, ca_file)
    for context in (dateless, dated):
        context.verify_flags |= _NO_CHECK_TIME
    return _Clients(client(strict), client(dateless), client(dated), dated)


def _trust(context: ssl.SSLContext, ca_file: Path | None) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise StopError(f"hub.ca_file: {ca_file}: no CA certificate in PEM: {error}") from error


def _judge_dates(certificates: Iterable[Mapping[str, Any]], now_s: float) -> None:
    for certificate in certificates:
        first, last = certificate.get("notBefore"), certificate.get("notAfter")
        if first is None or last is None:
            continue
        if not ssl.cert_time_to_seconds(first) <= now_s <= ssl.cert_time_to_seconds(last):
            raise ssl.SSLCertVerificationError(
                f"valid {first} to {last}, not at the hub's own time"
            )


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _tcp_totals(sock: object) -> _Wire | None:
    if not isinstance(sock, socket.socket) and not hasattr(sock, "getsockopt"):
        return None
    if not hasattr(socket, "TCP_INFO"):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    except OSError:
        return None
    if len(info) < _TCP_INFO_SIZE:
        return None

    def number(at: int) -> int:
        return int(struct.unpack_from("=Q", info, at)[0])

    return _Wire(number(_SENT_AT), number(_RECEIVED_AT), number(_BUSY_AT) / 1e6)


def _message_size(start: str, headers: httpx.Headers) -> int:
    """An HTTP/1.1 message without its body (RFC 9112 §2.1)."""
    return len(start) + 13 + sum(len(name) + len(value) + 4 for name, value in headers.raw)
