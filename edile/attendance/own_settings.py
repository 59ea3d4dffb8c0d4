"""The settings that a gateway judges by: those of its gw.toml and, laid over them, the hub's document that
is in force there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import apsw

from contract.area import Area
from contract.desired import Desired
from contract.rosters.timetable import Timetable
from edge_agent.app.hosting import kinds, load
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.attendance_sources import areas_in, timetable_of
from edge_agent.config.gateway import GatewayConfig, override_roles
from edge_agent.desired import SETTING, DesiredState
from edge_agent.errors import ConfigError, StopError
from edge_agent.identity import load_command_key
from edge_agent.store.schema import BUSY_MS
from edile.decode.source import stop

STORE = "edile.db"


@dataclass(frozen=True)
class OwnSettings:
    """`areas` and `timetable` as in force; `from_hub`: serial of the document that they go by, if any."""

    config: AttendanceConfig
    data_dir: Path
    areas: list[Area]
    timetable: Timetable
    from_hub: int | None


def own_settings(file: Path, data_dir: Path | None) -> OwnSettings:
    """Stops the program with every mistake in them."""
    try:
        gateway = load(file)
        folder = data_dir or gateway.gateway.data_dir
        desired = _in_force(gateway, folder)
        roles = gateway.roles
        if desired is not None:
            origin = f"desired state {desired.serial}"
            roles = override_roles(gateway, desired.roles, origin, kinds())
        config = next((one for one in roles.values() if isinstance(one, AttendanceConfig)), None)
        if config is None:
            stop(f"{file}: no [roles.attendance] there")
        areas = areas_in(config, desired.areas if desired else ())
        known = frozenset(area.id for area in areas)
        timetable = timetable_of(config, desired.rosters if desired else (), known)
    except (StopError, ConfigError) as error:
        stop(str(error))
    return OwnSettings(config, folder, areas, timetable, desired.serial if desired else None)


def _in_force(gateway: GatewayConfig, folder: Path) -> Desired | None:
    """Judged by its signature, as the gateway does; read beside a running agent, nothing is written."""
    path = folder / STORE
    if not path.is_file():
        return None
    try:
        con = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        con.set_busy_timeout(BUSY_MS)
        row = con.execute("SELECT value FROM setting WHERE key = ?", (SETTING,)).fetchone()
        con.close()
    except apsw.Error as error:
        stop(f"{path}: does not read as a gateway's store: {error}")
    state = DesiredState(
        slot=gateway.gateway.slot,
        key=load_command_key(gateway.hub.command_key),
        validate=lambda _: [],
        written=bytes(row[0]) if row else None,
    )
    return state.in_force
