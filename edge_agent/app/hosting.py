"""Roles: made from the file and the hub's wishes, restored from the store, exchanged while running.

A document that the hub sends takes effect at once: each role whose settings changed is made anew
from the state that was last committed, which is exactly what a restart of the process would do.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from contract.desired import Desired
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.terminals import TerminalServerConfig, roster_of
from edge_agent.config.gateway import GatewayConfig, Kinds, load_gateway, override_roles
from edge_agent.drivers.table import DRIVERS
from edge_agent.errors import StopError
from edge_agent.ports import Discreet, Keyed, Role
from edge_agent.readings import PositionReading
from edge_agent.roles.table import NOTHING, ROLES, Given
from edge_agent.store.writer import Writer
from edge_agent.supervisor import Hosted

LOG = logging.getLogger("edile.roles")
Changed = Callable[[int | None], Awaitable[None]]
"""Roles have other settings, by the hub's document of this serial."""

LONGEST_SHIFT_H = 26  # with the time around it that is looked at


def kinds() -> Kinds:
    """What this build knows, as the configuration loader wants it."""
    return Kinds(
        devices={name: spec.config for name, spec in DRIVERS.items()},
        roles={name: spec.config for name, spec in ROLES.items()},
        role_devices={name: spec.devices for name, spec in ROLES.items()},
    )


def load(file: Path) -> GatewayConfig:
    """gw.toml, judged with all drivers and roles of this build."""
    config = load_gateway(file, kinds())
    for name, settings in config.roles.items():
        _built(name, settings, config, NOTHING)  # it may refuse what single keys do not show
        if isinstance(settings, AttendanceConfig):
            _require_tracks(config, settings)
    for device in config.devices:
        if isinstance(device, TerminalServerConfig):
            roster_of(device)  # a file of its own, judged by its own lines
    return config


def _require_tracks(config: GatewayConfig, settings: AttendanceConfig) -> None:
    """A verdict that is re-opened needs the track that it was made from."""
    least = math.ceil(settings.revise_hours + LONGEST_SHIFT_H)
    if config.gateway.tracks_hours < least:
        raise StopError(
            f"[gateway]: tracks_hours: at least {least}, because [roles.attendance] revise_hours ="
            f" {settings.revise_hours:g} re-opens verdicts; it is {config.gateway.tracks_hours}"
        )


class Roster:
    """All roles of this gateway. `announce` may be called from the loop at any time."""

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self._settings: Mapping[str, Any] = config.roles
        self._given = NOTHING
        self._announced = asyncio.Event()
        self._wanted: Desired | None = None
        self.hosted: dict[str, Hosted] = {}

    def validate(self, desired: Desired) -> list[str]:
        """One line for each mistake in a document, judged like the file itself."""
        try:
            for name, settings in self._overridden(desired).items():
                _built(name, settings, self._config, _given(desired))
        except StopError as error:
            return str(error).splitlines()
        return []

    async def start(self, writer: Writer, in_force: Desired | None) -> None:
        """Makes every role and gives it back its state."""
        if in_force is not None:
            self._settings, self._given = self._overridden(in_force), _given(in_force)
        for name, settings in self._settings.items():
            spec = ROLES[name]
            role = _built(name, settings, self._config, self._given)
            hosted = Hosted(role, spec.devices(settings))
            await _restore(hosted, writer)
            self.hosted[name] = hosted

    def announce(self, desired: Desired) -> None:
        self._wanted = desired
        self._announced.set()

    async def follow(self, writer: Writer, changed: Changed | None = None) -> None:
        """For ever: exchanges roles when a new document is in force, then says that it is."""
        while True:
            await self._announced.wait()
            self._announced.clear()
            if self._wanted is not None:
                await self._exchange(self._wanted, writer)
                if changed is not None:
                    await changed(self._wanted.serial)

    def watching(self) -> dict[str, Any]:
        """Settings in force of the roles that look through cameras, by name."""
        cameras = {one.id for one in self._config.devices if isinstance(one, CameraConfig)}
        return {
            name: settings
            for name, settings in self._settings.items()
            if not cameras.isdisjoint(ROLES[name].devices(settings))
        }

    def may_keep(self, position: PositionReading) -> bool:
        """Whether a position may go to disk: where roles that know its terminal all say no, it may
        not."""
        roles = [one.role for one in self.hosted.values()]
        words = [role.may_keep(position) for role in roles if isinstance(role, Discreet)]
        return True in words or False not in words

    async def _exchange(self, wanted: Desired, writer: Writer) -> None:
        settings, given = self._overridden(wanted), _given(wanted)
        for name, hosted in self.hosted.items():
            if settings[name] == self._settings[name] and given == self._given:
                continue
            async with hosted.lock:
                await writer.flush()
                hosted.role = _built(name, settings[name], self._config, given)
                hosted.devices = ROLES[name].devices(settings[name])
                await _restore(hosted, writer)
            LOG.info("role %s has new settings from the hub", name)
        self._settings, self._given = settings, given

    def _overridden(self, desired: Desired) -> Mapping[str, Any]:
        origin = f"desired state {desired.serial}"
        return override_roles(self._config, desired.roles, origin, kinds())


def _given(desired: Desired) -> Given:
    return Given(tuple(desired.areas), tuple(desired.rosters))


def _built(name: str, settings: Any, config: GatewayConfig, given: Given) -> Role:
    return ROLES[name].build(settings, {device.id: device for device in config.devices}, given)


async def _restore(hosted: Hosted, writer: Writer) -> None:
    """A state that this version cannot read must not keep the gateway from recording."""
    name = hosted.role.name
    state = await writer.call(lambda store: store.role_state(name))
    if state is None:
        return
    keyed = await writer.call(lambda store: store.keyed_states(name))
    try:
        hosted.role.restore(state)
        if isinstance(hosted.role, Keyed):
            hosted.role.restore_keyed(keyed)
    except msgspec.DecodeError as error:
        LOG.error("role %s begins anew, its saved state is not readable: %s", name, error)  # noqa: TRY400
