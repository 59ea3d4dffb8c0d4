"""Sending one notice to one URL: the address that was judged is the one connected to, redirects are not
followed, the answer is read no further than needed, and all of it takes at most DEADLINE_S."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime

import httpx

from contract.timestamps import rfc3339
from hub.notifying import signing
from hub.notifying.addresses import Target, TargetRefused, refusal, target_of
from hub.notifying.plain import one_line
from hub.notifying.retrying import Failure
from hub.notifying.settings import WebhookSettings
from hub.store.notices import Claimed
from hub.store.recipients import Recipient

logging.getLogger("httpx").setLevel(
    logging.WARNING
)  # the delivery log tells more, and in one place
DEADLINE_S = 20.0  # the specification: 15 to 30
CONNECT_S = 5.0
MOST_ADDRESSES = 3
MAX_ANSWER_BYTES = 4096
Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """The system's answer. OSError when there is none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Webhooks:
    """`utc_ns` is the clock, `resolve` the way from names to addresses: tests give their own."""

    def __init__(
        self,
        settings: WebhookSettings,
        tls: ssl.SSLContext,
        *,
        utc_ns: Callable[[], int],
        resolve: Resolve = resolve,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._settings, self._tls, self._utc_ns, self._resolve = settings, tls, utc_ns, resolve
        self._deadline_s = deadline_s

    async def __call__(self, claimed: Claimed) -> tuple[Failure | None, str]:
        """What failed, if anything, and what the peer said."""
        try:
            async with asyncio.timeout(self._deadline_s):
                target = target_of(claimed.recipient.target, self._settings.allow_hosts)
                addresses = await self._addresses(target)
                return await self._post(target, addresses, claimed)
        except (TargetRefused, OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL) as error:
            said = one_line(f"{type(error).__name__}: {error}")
            if isinstance(error, TimeoutError):
                said = f"no answer within {self._deadline_s:g} s"
            return Failure(said), said

    async def _addresses(self, target: Target) -> list[str]:
        """All that the name stands for; TargetRefused when one of them is none to connect to."""
        found = await self._resolve(target.host, target.port)
        if not found:
            raise TargetRefused(f"{target.host} stands for no address")
        if not target.allowed:
            for address in found:
                why = refusal(address)
                if why is not None:
                    raise TargetRefused(f"{target.host}: {why}; [webhooks] allow_hosts may say so")
        return found[:MOST_ADDRESSES]

    async def _post(
        self, target: Target, addresses: list[str], claimed: Claimed
    ) -> tuple[Failure | None, str]:
        body = claimed.body.encode()
        now_s = self._utc_ns() // 10**9
        headers = {
            "content-type": "application/json",
            "user-agent": "edile-hub",
            "accept-encoding": "identity",
            **signing.sign(self._secrets(claimed.recipient), claimed.id, now_s, body),
        }
        for address in addresses[:-1]:
            try:
                return await self._post_to(target, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent; the name has another address
        return await self._post_to(target, addresses[-1], headers, body)

    def _secrets(self, recipient: Recipient) -> list[str]:
        secrets = [recipient.secret or ""]
        former, until = recipient.former_secret, recipient.former_until
        if former is not None and until is not None and rfc3339(self._utc_ns()) < until:
            secrets.append(former)
        return secrets

    async def _post_to(
        self, target: Target, address: str, headers: dict[str, str], body: bytes
    ) -> tuple[Failure | None, str]:
        """A client for each: a kept connection would be chosen by its address, not by its name."""
        url = httpx.URL(target.url)
        timeout = httpx.Timeout(DEADLINE_S, connect=CONNECT_S)
        async with httpx.AsyncClient(
            verify=self._tls, timeout=timeout, trust_env=False, follow_redirects=False
        ) as client:
            request = client.build_request(
                "POST",
                url.copy_with(host=address),
                headers={**headers, "host": url.netloc.decode("ascii")},
                content=body,
                extensions={"sni_hostname": target.host},
            )
            answer = await client.send(request, stream=True)
            try:
                return self._judged(answer, await _beginning(answer))
            finally:
                await answer.aclose()

    def _judged(self, answer: httpx.Response, beginning: bytes) -> tuple[Failure | None, str]:
        """By the specification's "Delivery success and failure"."""
        words = beginning.decode("utf-8", "replace")
        said = one_line(f"{answer.status_code} {words}")
        if answer.is_success:
            return None, said
        asked_s = _retry_after_s(answer.headers.get("retry-after"), self._utc_ns())
        gone = answer.status_code == httpx.codes.GONE
        return Failure(said, stop=gone, retry_after_s=asked_s), said


async def _beginning(answer: httpx.Response) -> bytes:
    """Raw, so that nothing is unpacked, and no more than is kept of it."""
    read = b""
    async for part in answer.aiter_raw(MAX_ANSWER_BYTES):
        read += part
        if len(read) >= MAX_ANSWER_BYTES:
            break
    return read[:MAX_ANSWER_BYTES]


def _retry_after_s(text: str | None, now_ns: int) -> float | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3)."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_ns / 1e9)
    except (ValueError, OverflowError):
        return None
