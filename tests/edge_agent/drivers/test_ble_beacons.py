"""Beacons through a Bluetooth adapter that tests speak for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from bleak.exc import BleakError

from edge_agent.config.devices.ble_beacons import BleBeaconsConfig
from edge_agent.drivers.ble_beacons import BleBeaconsDriver, Heard
from edge_agent.errors import DeviceUnreachable
from edge_agent.readings import BeaconReading, LineStatus, Reading
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.anyio
# forforf/multi_beacon, ibeacon_protocol.md; citruz/beacontools, test_eddystone_uid: as a stack parts them
APPLE = bytes.fromhex("0215 83256b7478d043a4826905f9dc8a44ba 0010 0020 c6")
NAME = "83256b74-78d0-43a4-8269-05f9dc8a44ba/16/32"
EDDYSTONE = bytes.fromhex("00e3 12345678901234678901 000000000001 0000")
SERVICE = "0000feaa-0000-1000-8000-00805f9b34fb"


@dataclass
class Said:
    """What of bleak's AdvertisementData the driver looks at."""

    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    service_data: dict[str, bytes] = field(default_factory=dict)
    rssi: int = -70


IBEACON, UID = Said({0x004C: APPLE}), Said(service_data={SERVICE: EDDYSTONE})


class Air:
    """The adapter: what is said into it is heard by the driver."""

    def __init__(self, broken: Exception | None = None) -> None:
        self.heard: Heard | None = None
        self._broken = broken

    def scan(self, config: BleBeaconsConfig, heard: Heard) -> AbstractAsyncContextManager[object]:
        return self._scan(heard)

    @asynccontextmanager
    async def _scan(self, heard: Heard) -> AsyncIterator[None]:
        if self._broken is not None:
            raise self._broken
        self.heard = heard
        yield
        self.heard = None

    def say(self, *said: Said) -> None:
        assert self.heard is not None
        for one in said:
            self.heard(None, one)


async def told(
    clock: FakeClock, air: Air, config: BleBeaconsConfig, *turns: tuple[float, list[Said]]
) -> list[Reading]:
    """Readings of what is said, each turn after so many seconds."""
    readings: list[Reading] = []

    async def emit(reading: Reading) -> None:
        readings.append(reading)

    task = asyncio.create_task(BleBeaconsDriver(config, clock, air.scan).run(emit))
    await clock.settle()
    for seconds, said in turns:
        await clock.advance(seconds)
        air.say(*said)
        await clock.settle()
    await clock.advance(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return readings


def beacons(readings: list[Reading]) -> list[BeaconReading]:
    return [one for one in readings if isinstance(one, BeaconReading)]


async def test_a_beacon_is_told_with_its_strength() -> None:
    readings = await told(
        FakeClock(), Air(), BleBeaconsConfig("ble-1"), (0, [IBEACON, UID, Said()])
    )
    assert [(one.beacon, one.rssi_dbm, one.power_dbm) for one in beacons(readings)] == [
        (NAME, -70, -58),
        ("12345678901234678901/000000000001", -70, -70),
    ]
    last = [one for one in readings if isinstance(one, LineStatus)][-1]
    assert (last.frames, last.readings) == (3, 2)


async def test_a_beacon_that_stays_is_told_now_and_then() -> None:
    turns = [(1.0, [IBEACON, IBEACON])] * 12
    readings = await told(FakeClock(), Air(), BleBeaconsConfig("ble-1", again_s=5), *turns)
    assert len(beacons(readings)) == 3


@pytest.mark.parametrize(
    ("only", "count"),
    [(("83256B74-78D0-43A4-8269-05F9DC8A44BA/16",), 1), (("1234567890",), 1), (("ffff",), 0)],
)
async def test_beacons_of_others_are_left_out(only: tuple[str, ...], count: int) -> None:
    config = BleBeaconsConfig("ble-1", only=only)
    readings = await told(FakeClock(), Air(), config, (0, [IBEACON, UID]))
    assert len(beacons(readings)) == count


async def test_more_than_can_be_handled_is_dropped_and_counted() -> None:
    air, clock = Air(), FakeClock()

    async def never(reading: Reading) -> None:
        await asyncio.Event().wait()

    driver = BleBeaconsDriver(BleBeaconsConfig("ble-1", again_s=0), clock, air.scan)
    task = asyncio.create_task(driver.run(never))
    await clock.settle()
    air.say(*[IBEACON] * 700)
    assert driver.counts["dropped"] == 200
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (BleakError("No Bluetooth adapters found"), "hci0: No Bluetooth adapters"),
        (FileNotFoundError(2, "No such file or directory"), "is BlueZ installed"),
        (EOFError(), "EOFError"),
    ],
)
async def test_without_an_adapter_the_device_is_unreachable(broken: Exception, said: str) -> None:
    driver = BleBeaconsDriver(BleBeaconsConfig("ble-1"), FakeClock(), Air(broken).scan)

    async def emit(reading: Reading) -> None:
        raise AssertionError(reading)

    with pytest.raises(DeviceUnreachable, match=said):
        await driver.run(emit)
