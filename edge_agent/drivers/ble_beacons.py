"""Bluetooth beacons that the gateway's own adapter hears, through bleak.

Which person or object a beacon belongs to is the role's knowledge. A beacon that stays near is told
once each `again_s`; what is heard faster than it can be handled is dropped, and counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from edge_agent.config.devices.ble_beacons import BleBeaconsConfig
from edge_agent.drivers.listening import STATUS_S, Line
from edge_agent.errors import DeviceUnreachable
from edge_agent.ports import Clock, Emit
from edge_agent.readings import BeaconReading
from firmware_bridges.beacons import Beacon, from_manufacturer, from_service

_MOST_WAITING = 500
_MOST_KNOWN = 5_000
# A service's 16-bit number inside the Bluetooth base UUID (Core Specification 5.4, Vol 3, Part B, 2.5.1).
_BASE_UUID = "-0000-1000-8000-00805f9b34fb"


class Advertisement(Protocol):
    """What of bleak's AdvertisementData is looked at."""

    @property
    def manufacturer_data(self) -> dict[int, bytes]: ...
    @property
    def service_data(self) -> dict[str, bytes]: ...
    @property
    def rssi(self) -> int: ...


Heard = Callable[[Any, Advertisement], None]
Scan = Callable[[BleBeaconsConfig, Heard], AbstractAsyncContextManager[object]]


def bleak_scan(config: BleBeaconsConfig, heard: Heard) -> AbstractAsyncContextManager[object]:
    """The real adapter. DeviceUnreachable without the extra `ble`."""
    try:
        from bleak import BleakScanner
    except ModuleNotFoundError as error:
        raise DeviceUnreachable("beacons need bleak: pip install 'edile[ble]'") from error
    mode: Any = "passive" if config.passive else "active"
    return BleakScanner(heard, scanning_mode=mode, bluez={"adapter": config.adapter})


class BleBeaconsDriver:
    """`counts` grows while it runs: `frames` are advertisements, `readings` beacons among them."""

    def __init__(self, config: BleBeaconsConfig, clock: Clock, scan: Scan = bleak_scan) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._clock, self._scan = config, clock, scan
        self._only = tuple(name.lower() for name in config.only)
        self._line = Line(config.id, clock, None, self.counts)
        self._told: dict[str, float] = {}

    async def run(self, emit: Emit) -> None:
        self.counts.clear()
        self._told.clear()
        waiting: asyncio.Queue[BeaconReading] = asyncio.Queue(_MOST_WAITING)

        def heard(_device: Any, advertisement: Advertisement) -> None:
            reading = self._reading(advertisement)
            if reading is None:
                return
            try:
                waiting.put_nowait(reading)
            except asyncio.QueueFull:
                self.counts["dropped"] += 1

        try:
            async with self._scan(self._config, heard):
                await self._pass_on(waiting, emit)
        except _weather() as error:
            said = str(error) or type(error).__name__
            if isinstance(error, FileNotFoundError):
                said = "this machine has no D-Bus; is BlueZ installed and running?"
            raise DeviceUnreachable(f"Bluetooth {self._config.adapter}: {said}") from error

    async def _pass_on(self, waiting: asyncio.Queue[BeaconReading], emit: Emit) -> None:
        emitting = asyncio.Lock()

        async def status() -> None:
            while True:
                async with emitting:
                    await emit(self._line.status(self._clock.moment()))
                await self._clock.sleep(STATUS_S)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(status(), name=f"{self.device} status")
            while True:
                reading = await waiting.get()
                async with emitting:
                    await emit(reading)

    def _reading(self, advertisement: Advertisement) -> BeaconReading | None:
        self.counts["frames"] += 1
        beacon = _beacon(advertisement)
        if beacon is None or (self._only and not beacon.name.startswith(self._only)):
            return None
        self.counts["readings"] += 1
        now_s = self._clock.monotonic_s()
        last_s = self._told.get(beacon.name)
        if last_s is not None and now_s - last_s < self._config.again_s:
            return None
        if len(self._told) >= _MOST_KNOWN:
            self._told.clear()
        self._told[beacon.name] = now_s
        return BeaconReading(
            device=self.device,
            moment=self._clock.moment(),
            beacon=beacon.name,
            rssi_dbm=advertisement.rssi,
            power_dbm=beacon.power_dbm,
        )


def _beacon(advertisement: Advertisement) -> Beacon | None:
    for company, data in advertisement.manufacturer_data.items():
        found = from_manufacturer(company, data)
        if found is not None:
            return found
    for uuid, data in advertisement.service_data.items():
        if uuid.startswith("0000") and uuid.lower().endswith(_BASE_UUID):
            found = from_service(int(uuid[4:8], 16), data)
            if found is not None:
                return found
    return None


def _weather() -> tuple[type[Exception], ...]:
    """What a missing or sulking adapter raises; bleak's own where it is there."""
    try:
        from bleak.exc import BleakError
    except ModuleNotFoundError:
        return (OSError, EOFError)
    return (OSError, EOFError, BleakError)
