"""Settings that the hub sends take effect at once, and the role keeps what it knew."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contract.desired import Desired
from contract.keys import PrivateKey
from contract.payloads.weigh import WeighTicket
from edge_agent.app.auditing import audit_roles
from edge_agent.app.hosting import Roster, load
from edge_agent.app.revising import Revisions
from edge_agent.config.gateway import GatewayConfig
from edge_agent.errors import StopError
from edge_agent.ports import Conclusion, Work
from edge_agent.readings import WeightReading
from edge_agent.store.database import Store
from edge_agent.store.writer import Writer
from edge_agent.supervisor import Hosted
from firmware_bridges.weighbridge import yaohua_tf0
from tests.edge_agent.roles.streetscape.test_through_the_agent import gateway
from tests.edge_agent.store.stores import everything
from tests.fakes.clock import FakeClock

FILE = """
[gateway]
district = "baiyun"
slot = "cs-017"
data_dir = "data"
[identity]
kid = "cs-017#1"
key_file = "box.pem"
[hub]
id = "hub"
url = "http://127.0.0.1:9"
command_key = "hub.pub"
[[devices]]
id = "wb-1"
driver = "weighbridge"
dialect = "yaohua-tf0"
link = "serial:wb"
[[devices]]
id = "rd-1"
driver = "card-reader"
link = "serial:rd"
[roles.station]
weighbridge = "wb-1"
step_kg = 1000000
"""


@pytest.fixture
def config(tmp_path: Path) -> GatewayConfig:
    key = PrivateKey.generate()
    (tmp_path / "box.pem").write_bytes(key.to_pem())
    (tmp_path / "box.pem").chmod(0o600)
    (tmp_path / "hub.pub").write_text(key.public.to_pem())
    (tmp_path / "gw.toml").write_text(FILE)
    return load(tmp_path / "gw.toml")


@asynccontextmanager
async def writer_in(config: GatewayConfig, clock: FakeClock) -> AsyncIterator[Writer]:
    store = Store.open(
        config.gateway.data_dir,
        entropy=random.Random(1).getrandbits,
        source="/baiyun/cs-017",
        moment=clock.moment(),
        unclean=False,
        versions={},
    )
    writer = Writer(store)
    try:
        yield writer
    finally:
        await writer.close()


def desired(serial: int, **station: Any) -> Desired:
    return Desired(
        slot="cs-017", serial=serial, issued="2026-09-21T00:00:00Z", roles={"station": station}
    )


async def weigh(
    hosted: Hosted, writer: Writer, clock: FakeClock, kg: int, seconds: float
) -> list[int]:
    """Ten frames a second; the gross weights of the tickets that came of it."""
    tickets = []
    for _ in range(int(seconds * 10)):
        raw = yaohua_tf0.encode(Decimal(kg))
        reading = WeightReading("wb-1", clock.tick(0.1), Decimal(kg), None, None, False, False, raw)
        step = hosted.role.step(reading)
        states = {} if step.state is None else {hosted.role.name: step.state}
        await writer.record(Work(reading.moment, step.conclusions, states))
        payloads = [one.payload for one in step.conclusions]
        tickets += [int(one.gross_kg) for one in payloads if isinstance(one, WeighTicket)]
    return tickets


def test_new_settings_in_mid_weighing_lose_no_ticket_and_make_none_twice(
    config: GatewayConfig,
) -> None:
    async def scene() -> list[int]:
        clock, roster = FakeClock(), Roster(config)
        async with writer_in(config, clock) as writer:
            await roster.start(writer, None)
            following = asyncio.create_task(roster.follow(writer))
            hosted = roster.hosted["station"]
            first = hosted.role
            tickets = await weigh(hosted, writer, clock, 0, 1)
            tickets += await weigh(hosted, writer, clock, 9_000, 4)
            roster.announce(desired(1, arm_kg=600))
            for _ in range(100):
                await writer.flush()
            assert hosted.role is not first
            tickets += await weigh(hosted, writer, clock, 9_000, 4)
            tickets += await weigh(hosted, writer, clock, 0, 2)
            following.cancel()
            return tickets

    assert asyncio.run(scene()) == [9_000]


def test_settings_that_stay_the_same_leave_the_role_alone(config: GatewayConfig) -> None:
    async def scene() -> bool:
        clock, roster = FakeClock(), Roster(config)
        async with writer_in(config, clock) as writer:
            await roster.start(writer, desired(1, arm_kg=600))
            first = roster.hosted["station"].role
            following = asyncio.create_task(roster.follow(writer))
            roster.announce(desired(2, arm_kg=600))
            for _ in range(50):
                await asyncio.sleep(0)
            following.cancel()
            return roster.hosted["station"].role is first

    assert asyncio.run(scene())


@pytest.mark.parametrize(
    ("station", "says"),
    [
        ({"arm_kg": "a lot"}, "roles.station.arm_kg"),
        ({"weighbridge": "rd-1"}, "must be a weighbridge"),
        ({"weighbridge": "wb-9"}, "'wb-9'"),
        ({"zero_band_kg": 900}, "less than arm_kg"),
    ],
)
def test_a_document_that_does_not_fit_is_told_why(
    config: GatewayConfig, station: dict[str, Any], says: str
) -> None:
    (line,) = Roster(config).validate(desired(1, **station))
    assert says in line
    assert Roster(config).validate(desired(1, arm_kg=600)) == []


def test_a_role_on_the_wrong_kind_of_device_is_refused_before_anything_runs(
    config: GatewayConfig,
) -> None:
    config.file.write_text(FILE.replace('weighbridge = "wb-1"', 'weighbridge = "rd-1"'))
    with pytest.raises(StopError, match="must be a weighbridge, it is card-reader"):
        load(config.file)


@pytest.mark.parametrize(
    ("attendance", "told"),
    [
        ('devices = ["wb-1"]', r"'wb-1' must report positions \(badge-mqtt, gt06-server, jt808-server\), it is weighbridge"),
        ('devices = ["badges", "rd-1"]', "'rd-1' must report positions .*, it is card-reader"),
    ],
)  # fmt: skip
def test_attendance_on_what_reports_no_positions_is_refused(
    config: GatewayConfig, attendance: str, told: str
) -> None:
    badges = '[[devices]]\nid = "badges"\ndriver = "jt808-server"\nlisten = "tcp:127.0.0.1:7808"\n'
    config.file.write_text(f"{FILE}{badges}[roles.attendance]\n{attendance}\n")
    with pytest.raises(StopError, match=rf"\[roles\.attendance\]: {told}"):
        load(config.file)


def test_a_state_that_cannot_be_read_does_not_keep_the_gateway_from_recording(
    config: GatewayConfig,
) -> None:
    async def scene() -> list[int]:
        clock, roster = FakeClock(), Roster(config)
        async with writer_in(config, clock) as writer:
            await writer.record(Work(clock.moment(), (), {"station": b'{"version": "from afar"'}))
            await roster.start(writer, None)
            hosted = roster.hosted["station"]
            tickets = await weigh(hosted, writer, clock, 0, 1)
            tickets += await weigh(hosted, writer, clock, 9_000, 4)
            return tickets + await weigh(hosted, writer, clock, 0, 2)

    assert asyncio.run(scene()) == [9_000]


TICKET = WeighTicket(
    ticket_no="T-1",
    weighbridge="wb-1",
    gross_kg=Decimal(9000),
    started="2026-09-21T00:00:00.000Z",
    settled=None,
    ended="2026-09-21T00:00:09.000Z",
    raw_sha256="00" * 32,
    settlement="ok",
)


def test_of_two_revisions_made_from_the_same_view_the_second_is_refused(
    config: GatewayConfig,
) -> None:
    async def scene() -> tuple[Any, list[str]]:
        clock = FakeClock()
        async with writer_in(config, clock) as writer:
            await writer.record(Work(clock.moment(), (Conclusion(TICKET, "weighbridge/wb-1"),)))
            revisions = Revisions(writer, clock)
            wish = {
                "ticket": {"ticket_no": "T-1", "weighbridge": "wb-1", "gross_kg": "9000", "started": "",
                           "settled": None, "ended": "", "raw_sha256": "", "settlement": "ok"},
                "seen": 0, "kind": "void", "reason": "twice", "actor": "Li Na",
            }  # fmt: skip
            first = await revisions.take(wish)
            refused = []
            for bad in (wish, {**wish, "seen": 1, "reason": " "}, {**wish, "kind": "erase"}, {}):
                try:
                    await revisions.take(bad)
                except StopError as error:
                    refused.append(str(error))
            return first, refused

    first, refused = asyncio.run(scene())
    assert first == {"ticket_no": "T-1.r1"}
    assert len(refused) == 4
    assert "revised meanwhile" in refused[0]
    assert "needs a reason" in refused[1]
    assert "not a revision" in refused[2]
    assert "not a revision" in refused[3]


def test_a_roster_of_terminals_is_judged_with_the_file_that_names_it(config: GatewayConfig) -> None:
    roster = config.file.with_name("roster.csv")
    roster.write_text("number,kind\n013912345678,badge\n2,boat\n")
    server = (
        '[[devices]]\nid = "terms-1"\ndriver = "jt808-server"\nlisten = "tcp:127.0.0.1:7808"\n'
        'roster_file = "roster.csv"\n'
    )
    config.file.write_text(FILE.replace("[roles.station]", f"{server}[roles.station]"))
    with pytest.raises(StopError, match=r"roster\.csv:3: terminals\[1\]\.kind: .*'boat'"):
        load(config.file)
    roster.write_text("number,kind\n013912345678,badge\n")
    assert load(config.file).devices[-1].id == "terms-1"


def test_tracks_must_be_kept_as_long_as_verdicts_may_be_reopened(config: GatewayConfig) -> None:
    badges = '[[devices]]\nid = "badges"\ndriver = "jt808-server"\nlisten = "tcp:127.0.0.1:7808"\n'
    role = '[roles.attendance]\ndevices = ["badges"]\n'
    head = FILE.partition("[[devices]]")[0]
    few = head.replace('data_dir = "data"\n', 'data_dir = "data"\ntracks_hours = 72\n')
    file = config.file
    file.write_text(few + badges + role)
    with pytest.raises(StopError, match="tracks_hours: at least 98, because"):
        load(file)
    file.write_text(few + badges + role + "revise_hours = 24\n")
    assert "attendance" in load(file).roles


def test_thresholds_that_the_hub_changes_are_on_record_when_they_take_effect(
    tmp_path: Path,
) -> None:
    """From the signed document to the event, in a real store; the next start has nothing to add."""
    street = load(gateway(tmp_path))

    async def scene() -> list[dict[str, Any]]:
        clock, roster = FakeClock(), Roster(street)
        async with writer_in(street, clock) as writer:

            async def audit(serial: int | None = None) -> None:
                await audit_roles(roster.watching(), writer, clock, serial=serial)
                audited.put_nowait(serial)

            audited = asyncio.Queue[int | None]()
            await roster.start(writer, None)
            await audit()
            following = asyncio.create_task(roster.follow(writer, audit))
            for serial, sure in ((7, 0.9), (8, 0.9)):
                wish = {"disposal_point": {"sure": sure}}
                document = Desired(slot="sc-1", serial=serial, issued="", roles=wish)
                roster.announce(document)
                while await audited.get() != serial:
                    continue
            await audit()
            following.cancel()
            return await writer.call(everything)

    found = [one["data"] for one in asyncio.run(scene()) if "data" in one]
    told = [one for one in found if one.get("kind") == "config-applied"]
    assert [(one["part"], one.get("serial")) for one in told] == [
        ("roles.streetscape", None),
        ("roles.disposal_point", None),
        ("roles.disposal_point", 7),
    ]
    assert told[2]["detail"].startswith("changed: sure ")
    assert " -> 0.9 (all of it: " in told[2]["detail"]
