"""Where a webhook may go: not to this machine, not into the network around it, unless the operator says
so. A URL comes from whoever may add recipients; without this the hub would ask for them what only the
hub can reach. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

MAX_URL_CHARS = 2_000
# Public by its number, and yet the machine's own cloud: Azure's WireServer (learn.microsoft.com, "What
# is IP address 168.63.129.16"). Other clouds' metadata lie in 169.254.0.0/16, 100.64.0.0/10, fc00::/7.
_OWN_CLOUD = frozenset({ip_address("168.63.129.16")})
# An IPv4 address within an IPv6 one, and how far from the right: RFC 4291 §2.5.5, RFC 6052 §2.1, RFC 3056 §2
_WITHIN: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
_UNICAST = IPv6Network("2000::/3")  # RFC 4291 §2.4: all that is given out so far
_REFUSED = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # RFC 6890 §2.2.2: protocol assignments
        "192.88.99.0/24",  # RFC 7526: 6to4 relays, once
        "2001::/23",  # RFC 2928: protocol assignments, Teredo (RFC 4380) among them
        "2001:db8::/32",  # RFC 3849: documents
        "3fff::/20",  # RFC 9637: documents
    )
)
"""Written out where Python versions differ in what they call global."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. `allowed`: the operator named this host."""

    url: str
    scheme: str
    host: str
    port: int
    allowed: bool


class TargetRefused(ValueError):
    """Why nothing is sent there, in words for a person."""


def target_of(url: str, allow_hosts: Collection[str]) -> Target:
    """Raises TargetRefused. What its host's name stands for is asked later, and judged by `refusal`."""
    if len(url) > MAX_URL_CHARS or not url.isascii() or any(c <= " " for c in url):
        raise TargetRefused(f"a URL has at most {MAX_URL_CHARS} ASCII characters, and no spaces")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise TargetRefused(f"{url}: {error}") from error
    allowed = host in allow_hosts
    if parts.scheme not in ("https", "http") or not host:
        raise TargetRefused(f"{url}: expected https://HOST/...")
    if parts.scheme == "http" and not allowed:
        raise TargetRefused(f"{url}: plain http only to hosts of [webhooks] allow_hosts")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetRefused(f"{url}: no user, password or fragment; the signature says who we are")
    if port == 0:
        raise TargetRefused(f"{url}: port 0 is none")
    if not allowed and _is_address(host) and refusal(host) is not None:
        raise TargetRefused(f"{url}: {refusal(host)}; [webhooks] allow_hosts may say so")
    return Target(url, parts.scheme, host, port or _PORTS[parts.scheme], allowed)


_PORTS = {"https": 443, "http": 80}


def refusal(address: str) -> str | None:
    """Why an address that a name stands for is none to connect to; None for one of the internet's."""
    try:
        found = ip_address(address)
    except ValueError:
        return f"{address} is no address"
    return None if _is_public(found) else f"{address} is not on the public internet"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        for network, shift in _WITHIN:
            if address in network:
                return _is_public(IPv4Address(int(address) >> shift & 0xFFFFFFFF))
        if address not in _UNICAST:
            return False
    odd = address in _OWN_CLOUD or any(address in network for network in _REFUSED)
    return address.is_global and not address.is_multicast and not odd
