"""Is this the terminal that it says it is? JT/T 808 and GT06 hardly authenticate, so that what was seen
of a terminal at first is kept, and a change is doubted until the roster accepts it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

import msgspec

from edge_agent.config.devices.terminals import KnownTerminal
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

    def fingerprint(self, reason: str) -> str:
        """Twelve digits for the roster's `accept`: exactly this change, and no other."""
        told = "\n".join(
            str(one) for one in (reason, self.code, self.device, self.imei, self.network)
        )
        return sha256(told.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`pin` is to be kept (None = unchanged). `doubt`: why positions go to quarantine, with the
    fingerprint; `tell`: the hub does not know of it yet."""

    pin: Pin | None
    doubt: tuple[Reason, str] | None
    tell: bool = False


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
    return str(ip_network((ip, 32 if bits < 24 else 48), strict=False))


def judge(pin: Pin | None, seen: Seen, known: KnownTerminal | None) -> Verdict:
    """First sight is believed; what was not told before is added; a change is doubted."""
    if pin is None:
        return Verdict(_with(Pin(), seen), None)
    change = _change(pin, seen)
    if change is None and pin.doubt is None:
        fuller = _with(pin, seen)
        return Verdict(fuller if fuller != pin else None, None)
    reason, mark = (change, seen.fingerprint(change)) if change else (pin.doubt or ("", ""))
    if known is not None and known.accept == mark:
        accepted = msgspec.structs.replace(pin, **_plain(seen)) if change else pin
        return Verdict(msgspec.structs.replace(accepted, doubt=None), None)
    doubt: tuple[Reason, str] = (reason, mark)  # type: ignore[assignment]
    return doubted(pin, doubt)


def doubted(pin: Pin, doubt: tuple[Reason, str]) -> Verdict:
    """Into quarantine, or still there for the reason it came."""
    if pin.doubt is not None:
        return Verdict(None, doubt)
    tell = doubt[1] not in pin.told
    told = (*pin.told[-9:], doubt[1]) if tell else pin.told
    kept = msgspec.structs.replace(pin, doubt=doubt, told=told)
    return Verdict(kept if kept != pin else None, doubt, tell)


def twice(pin: Pin | None, terminal: str) -> Verdict:
    """The same terminal from two networks at once."""
    reason: Reason = "twice-at-once"
    # Of both together: which of them is ours, nobody can say yet.
    return doubted(pin or Pin(), (reason, Seen(device=terminal).fingerprint(reason)))


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
    added = {name: value for name, value in _plain(seen).items() if getattr(pin, name) is None}
    return msgspec.structs.replace(pin, **added) if added else pin


def _plain(seen: Seen) -> dict[str, str]:
    told = {
        "code": seen.code,
        "device": seen.device,
        "imei": seen.imei,
        "network": seen.network,
    }
    return {name: value for name, value in told.items() if value is not None}
