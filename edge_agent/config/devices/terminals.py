"""Servers for terminals (badges, trucks) in gw.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from edge_agent.config.devices.fields import ID
from edge_agent.config.devices.speaker import zone_minutes
from edge_agent.config.devices.terminal_roster import KnownTerminal, load_roster
from edge_agent.config.links import parse_tcp_link
from edge_agent.errors import ConfigError, StopError


def check_network(text: str) -> None:
    """ValueError saying what was expected."""
    try:
        ip_network(text)
    except ValueError:
        raise ValueError('a network such as "10.64.0.0/10"') from None


@dataclass(frozen=True)
class TerminalServerConfig:
    """What every terminal server has. Bounds are for each connection unless they say otherwise."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "terms-1"'})
    listen: str = field(
        metadata={"check": parse_tcp_link, "doc": 'such as "tcp:0.0.0.0:7808"; tcp:[::]:7808'}
    )
    roster_file: Path | None = field(
        default=None,
        metadata={"doc": "TOML with [[terminals]], or CSV; read again when it changes"},
    )
    unknown: Literal["refuse", "quarantine"] = field(
        default="quarantine", metadata={"doc": "terminals that the roster does not name"}
    )
    zone: str | None = field(
        default=None,
        metadata={"check": zone_minutes, "doc": "of the terminals' clocks, such as +08:00"},
    )
    network_bits: int = field(
        default=16,
        metadata={
            "min": 0,
            "max": 32,
            "doc": "leading bits of the IPv4 address that must stay; 0 = any. Carriers move a SIM "
            "inside their own networks, so 24 would doubt honest terminals",
        },
    )
    networks: tuple[str, ...] = field(
        default=(), metadata={"check": check_network, "doc": "inside one of these any move is fine"}
    )
    connections: int = field(default=12_000, metadata={"min": 1, "max": 100_000})
    per_source: int = field(
        default=12_000, metadata={"min": 1, "max": 100_000, "doc": "connections of one address"}
    )
    bytes_s: int = field(default=4_000, metadata={"min": 100, "max": 10_000_000})
    burst_bytes: int = field(default=65_536, metadata={"min": 2_048, "max": 10_000_000})
    login_s: float = field(
        default=60.0, metadata={"min": 1, "max": 3600, "doc": "to say who it is, else closed"}
    )
    idle_s: float = field(
        default=900.0, metadata={"min": 5, "max": 86_400, "doc": "silent this long: closed"}
    )


@dataclass(frozen=True)
class Jt808ServerConfig(TerminalServerConfig):
    """JT/T 808 over TCP, and UDP on the same port."""

    udp: bool = False
    authentication: bool = field(
        default=True, metadata={"doc": "positions only after 0x0102; false for badges without it"}
    )
    driver: Literal["jt808-server"] = "jt808-server"


@dataclass(frozen=True)
class Gt06ServerConfig(TerminalServerConfig):
    """GT06 over TCP."""

    driver: Literal["gt06-server"] = "gt06-server"


def roster_of(config: TerminalServerConfig) -> dict[str, KnownTerminal]:
    """Empty without a file. StopError, ConfigError."""
    if config.roster_file is None:
        return {}
    try:
        return load_roster(config.roster_file)
    except ConfigError:
        raise
    except StopError as error:
        raise StopError(f"{config.id}: {error}") from error
