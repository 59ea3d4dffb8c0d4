"""gw.toml as frozen values: who the gateway is, its hub, its devices, its roles (contract §9).

Device and role classes come in as tables, because this layer may not know drivers and roles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract import broker_url
from edge_agent.config.devices.modbus_bus import check_buses
from edge_agent.config.document import read_document
from edge_agent.config.files import check_files
from edge_agent.config.positions import KeyPath
from edge_agent.config.values import Findings
from edge_agent.errors import ConfigError

SLUG = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
KID = rf"{SLUG}#[1-9][0-9]{{0,5}}"
STATUS_PORT = 8480
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECTIONS = ("gateway", "identity", "hub", "devices", "roles")


def check_url(url: str) -> None:
    """TLS, unless the hub, or the broker before it, is on this machine. ValueError says what was
    expected."""
    parts = urlsplit(url)
    if parts.scheme in broker_url.SCHEMES:
        broker_url.parse_broker_url(url)
        return
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (plain or parts.scheme == "https") or not parts.hostname:
        raise ValueError(
            "https://… or mqtts://…; http:// and mqtt:// to this machine (127.0.0.1) only"
        )


@dataclass(frozen=True)
class GatewayPart:
    """The place and its folder. `time_scale` only with `simulation = true`."""

    district: str = field(metadata={"pattern": SLUG, "doc": 'the district, such as "baiyun"'})
    slot: str = field(metadata={"pattern": SLUG, "doc": 'the position, such as "cs-017"'})
    data_dir: Path = field(metadata={"doc": "the folder that keeps everything"})
    simulation: bool = False
    time_scale: float = field(default=1.0, metadata={"min": 1, "max": 1000})
    status_port: int | None = field(default=None, metadata={"min": 0, "max": 65535})
    health_every_s: int = field(default=300, metadata={"min": 10, "max": 86_400})
    store_mb: int = field(default=256, metadata={"min": 8, "max": 65_536})
    evidence_mb: int = field(default=2048, metadata={"min": 8, "max": 1_048_576})
    sealed_mb: int = field(default=1024, metadata={"min": 8, "max": 1_048_576})
    sealed_clips_mb: int = field(default=256, metadata={"min": 1, "max": 1_048_576})
    sealed_hours: int = field(default=720, metadata={"min": 1, "max": 8_760})
    sealed_open_hours: int = field(default=2_160, metadata={"min": 1, "max": 17_520})
    tracks_mb: int = field(default=512, metadata={"min": 8, "max": 65_536})
    tracks_hours: int = field(default=336, metadata={"min": 1, "max": 8_760})
    raw_mb: int = field(default=64, metadata={"min": 1, "max": 65_536})
    raw_hours: int = field(default=72, metadata={"min": 1, "max": 8_760})
    disk_low_mb: int = field(default=512, metadata={"min": 1, "max": 1_048_576})

    def __post_init__(self) -> None:
        if self.time_scale != 1 and not self.simulation:
            raise ValueError("time_scale: 1, or simulation = true beside it")
        if self.sealed_open_hours < self.sealed_hours:
            raise ValueError("sealed_hours: no more than sealed_open_hours")

    @property
    def port(self) -> int:
        """The status page's port on loopback; 0 = any free one, the habit of simulations."""
        if self.status_port is not None:
            return self.status_port
        return 0 if self.simulation else STATUS_PORT


@dataclass(frozen=True)
class IdentityPart:
    """The box: its key id and the file of its signing key."""

    kid: str = field(metadata={"pattern": KID, "doc": 'slot#number, such as "cs-017#3"'})
    key_file: Path = field(metadata={"doc": "made by `edile agent keygen`"})


@dataclass(frozen=True)
class HubPart:
    """The hub. `command_key`: PEM file of the public key that signs its answers."""

    id: str = field(metadata={"pattern": SLUG, "doc": 'the hub\'s name, such as "baiyun-hub"'})
    url: str = field(metadata={"doc": "https://… or mqtts://…", "check": check_url})
    command_key: Path = field(metadata={"doc": "printed by `edile hub key show`"})
    ca_file: Path | None = None
    heartbeat_s: int | None = field(
        default=None,
        metadata={"doc": "idle sync; 300, on metered links 1800", "min": 10, "max": 1800},
    )
    metered: bool = field(default=False, metadata={"doc": "every byte costs: idle syncs are rarer"})

    @property
    def idle_s(self) -> int:
        if self.heartbeat_s is not None:
            return self.heartbeat_s
        return 1800 if self.metered else 300


@dataclass(frozen=True)
class Kinds:
    """What this build knows: config classes by driver and role, and the devices a role names."""

    devices: Mapping[str, type]
    roles: Mapping[str, type]
    role_devices: Mapping[str, Callable[[Any], Iterable[str]]]


@dataclass(frozen=True)
class GatewayConfig:
    """The whole file. `role_tables` keeps the roles as written, for the hub's overrides."""

    file: Path
    gateway: GatewayPart
    identity: IdentityPart
    hub: HubPart
    devices: tuple[Any, ...]
    roles: Mapping[str, Any]
    role_tables: Mapping[str, Mapping[str, Any]] = field(repr=False)


def load_gateway(file: Path, kinds: Kinds) -> GatewayConfig:
    """StopError or ConfigError with every mistake, in the order of lines."""
    document = read_document(file)
    values, findings = document.values, document.findings
    for name in values.keys() - set(_SECTIONS):
        findings.unknown((name,), "a section", name, _SECTIONS)
    gateway = findings.read(GatewayPart, values.get("gateway", {}), ("gateway",))
    identity = findings.read(IdentityPart, values.get("identity", {}), ("identity",))
    hub = findings.read(HubPart, values.get("hub", {}), ("hub",))
    devices, names = _devices(values.get("devices", []), findings, kinds)
    tables = values.get("roles", {})
    roles = _roles(tables, findings, kinds, names)
    if gateway and identity and identity.kid.partition("#")[0] != gateway.slot:
        findings.add(("identity", "kid"), f"a key of slot {gateway.slot!r}", repr(identity.kid))
    data_dir = gateway.data_dir if gateway else None
    check_files(data_dir, identity.key_file if identity else None, hub, findings)
    if findings.mistakes or not (gateway and identity and hub):
        raise ConfigError(sorted(findings.mistakes, key=lambda one: (one.line, one.key)))
    return GatewayConfig(file, gateway, identity, hub, devices, roles, tables)


def override_roles(
    config: GatewayConfig, overrides: Mapping[str, Mapping[str, Any]], origin: str, kinds: Kinds
) -> dict[str, Any]:
    """The roles with the hub's wishes laid over the file's; ConfigError when they do not fit.
    Only keys of roles that the file has: a hub does not give a gateway a new role."""
    findings = Findings(Path(origin), {}, config.file.absolute().parent)
    merged = {name: dict(table) for name, table in config.role_tables.items()}
    for name, wishes in overrides.items():
        if name in merged:
            merged[name].update(wishes)
        else:
            findings.unknown(("roles", name), "a role of this gateway", name, merged)
    names = {one.id for one in config.devices}
    roles = _roles(merged, findings, kinds, names)
    if findings.mistakes:
        raise ConfigError(findings.mistakes)
    return roles


def _devices(
    tables: object, findings: Findings, kinds: Kinds
) -> tuple[tuple[Any, ...], dict[str, int]]:
    """The devices and every id that was written, right or wrong, with its place."""
    if not isinstance(tables, list):
        findings.add(("devices",), "[[devices]] tables", "something else")
        return (), {}
    names: dict[str, int] = {}
    devices = []
    for index, table in enumerate(tables):
        devices.append(_device(table, ("devices", index), findings, kinds))
        name = table.get("id") if isinstance(table, dict) else None
        if isinstance(name, str) and name in names:
            findings.add(("devices", index, "id"), "an id of its own", f"{name!r} a second time")
        elif isinstance(name, str):
            names[name] = index
    _shared_ports(devices, findings)
    check_buses(devices, findings)
    return tuple(devices), names


def _shared_ports(devices: list[Any], findings: Findings) -> None:
    """Two devices on one port would each get half of the bytes; those of a bus take turns."""
    first: dict[str, Any] = {}
    for index, device in enumerate(devices):
        port = str(getattr(device, "link", None) or "").partition("?")[0]
        if port in first:
            if getattr(device, "on_bus", False) and getattr(first[port], "on_bus", False):
                continue
            found = f"{port!r}, which is that of {first[port].id!r}"
            findings.add(("devices", index, "link"), "a port of its own", found)
        elif port:
            first[port] = device


def _device(table: object, path: KeyPath, findings: Findings, kinds: Kinds) -> Any:
    driver = table.get("driver") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(driver, str):
        findings.add((*path, "driver"), "the name of a driver", "nothing: the key is missing")
        return None
    if driver not in kinds.devices:
        findings.unknown((*path, "driver"), "a driver", driver, kinds.devices)
        return None
    kind = kinds.devices[driver]
    keyed = {one.name for one in fields(kind)}
    given = {k: v for k, v in table.items() if k != "driver" or "driver" in keyed}
    return findings.read(kind, given, path)


def _roles(
    tables: object, findings: Findings, kinds: Kinds, names: Iterable[str]
) -> dict[str, Any]:
    if not isinstance(tables, dict):
        findings.add(("roles",), "[roles.NAME] tables", "something else")
        return {}
    roles: dict[str, Any] = {}
    for name, table in tables.items():
        path = ("roles", name)
        if name not in kinds.roles:
            findings.unknown(path, "a role", name, kinds.roles)
            continue
        roles[name] = findings.read(kinds.roles[name], table, path)
        if roles[name] is not None:
            for device in set(kinds.role_devices[name](roles[name])) - set(names):
                _unknown_device(device, table, path, findings, names)
    return roles


def _unknown_device(
    device: str, table: Mapping[str, Any], path: KeyPath, findings: Findings, names: Iterable[str]
) -> None:
    key = next((key for key, value in table.items() if device in (value, *_listed(value))), None)
    place = (*path, key) if key else path
    findings.unknown(place, "the id of a device in this file", device, names)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
