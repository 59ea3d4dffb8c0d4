"""Is this the terminal that it says it is? JT/T 808 and GT06 hardly authenticate, so that what was seen
of a terminal at first is kept, and a change is doubted until the roster accepts it. Pure.

First sight is believed: there is nothing to hold it against. A doubt stays, whatever is seen next; it
ends when a person has looked and the roster says so, by the doubt's mark (`accept`) or by a time after
it (`trust_since`). Then the next sight is a first one again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

import msgspec

from edge_agent.config.devices.terminal_roster import KnownTerminal
from edge_agent.ports import Pin

Reason = Literal[
    "code-changed", "device-changed", "imei-changed", "network-changed", "twice-at-once"
]
ANYWHERE = "any"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a connection showed; None = not (yet) told."""

    code: str | None = None
    device: str | None = None
    imei: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`pin` is to be kept (None = unchanged). `doubted`: positions go to quarantine."""

    pin: Pin | None
    doubted: bool = False


def network_of(address: str, bits: int, allowed: Sequence[str]) -> str:
    """The part of an address that must stay the same; /48 of IPv6 stands for 24 bits and more."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    for text in allowed:
        network: IPv4Network | IPv6Network = ip_network(text)
        if ip.version == network.version and ip in network:
            return text
    if not bits:
        return ANYWHERE
    if isinstance(ip, IPv4Address):
        return str(ip_network((ip, bits), strict=False))
    if ip.ipv4_mapped is not None:
        return network_of(str(ip.ipv4_mapped), bits, allowed)
    return str(ip_network((ip, 32 if bits < 24 else 48), strict=False))


def judge(
    terminal: str, pin: Pin | None, seen: Seen, known: KnownTerminal | None, utc_ns: int
) -> Verdict:
    """`utc_ns`: now; 0 when the clock is not set."""
    if pin is None:
        return Verdict(_with(Pin(), seen))
    if pin.doubt is not None:
        return Verdict(_with(Pin(), seen)) if vouched(pin, known) else Verdict(None, doubted=True)
    change = _change(pin, seen)
    if change is not None:
        return doubt(terminal, pin, change, utc_ns)
    fuller = _with(pin, seen)
    return Verdict(fuller if fuller != pin else None)


def doubt(terminal: str, pin: Pin | None, reason: Reason, utc_ns: int) -> Verdict:
    """Into quarantine; who is there already stays there for the reason it came."""
    pin = pin or Pin()
    if pin.doubt is not None:
        return Verdict(None, doubted=True)
    told = "\n".join((terminal, reason, str(utc_ns)))
    mark = sha256(told.encode()).hexdigest()[:12]
    changed = msgspec.structs.replace(pin, doubt=(reason, mark), doubted_utc_ns=utc_ns, told=False)
    return Verdict(changed, doubted=True)


def vouched(pin: Pin, known: KnownTerminal | None) -> bool:
    """Whether the roster has an end to this doubt."""
    if pin.doubt is None or known is None:
        return False
    since_ns = known.trust_since_ns
    return known.accept == pin.doubt[1] or (
        since_ns is not None and 0 < pin.doubted_utc_ns <= since_ns
    )


def _change(pin: Pin, seen: Seen) -> Reason | None:
    rows: tuple[tuple[Reason, str | None, str | None], ...] = (
        ("code-changed", pin.code, seen.code),
        ("device-changed", pin.device, seen.device),
        ("imei-changed", pin.imei, seen.imei),
        ("network-changed", pin.network, seen.network),
    )
    for reason, before, now in rows:
        if before is not None and now is not None and before != now:
            return reason
    return None


def _with(pin: Pin, seen: Seen) -> Pin:
    """What it had not told before is added."""
    told = {
        "code": seen.code,
        "device": seen.device,
        "imei": seen.imei,
        "network": seen.network,
    }
    added = {
        name: value
        for name, value in told.items()
        if value is not None and getattr(pin, name) is None
    }
    return msgspec.structs.replace(pin, **added) if added else pin
