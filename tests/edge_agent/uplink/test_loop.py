"""The loop against the model hub: what goes first, when it rests, what it tells a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.commands import Command, sign_command
from contract.desired import Desired, sign_desired
from contract.envelope import decode_event
from contract.jws import unb64
from contract.names import Lane
from contract.payloads.gateway import CommandResult, GatewayNotice
from contract.payloads.weigh import WeighAnomaly
from contract.timestamps import rfc3339
from edge_agent.ports import Conclusion, HubRequest, HubResponse, NewEvidence, Work
from tests.simulation.world import World

pytestmark = pytest.mark.anyio


class Watched(World):
    """A world that notes what was asked of the hub."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 1)
        self.asked: list[HubRequest] = []
        answer = self.hub.answer

        def noted(request: HubRequest) -> HubResponse:
            self.asked.append(request)
            return answer(request)

        self.hub.answer = noted  # type: ignore[method-assign]

    def payloads(self, kind: type[msgspec.Struct], wire_type: str) -> list[msgspec.Struct]:
        envelopes = [decode_event(raw) for raw in self.hub.memory.events.values()]
        return [msgspec.json.decode(e.data, type=kind) for e in envelopes if e.type == wire_type]

    async def alarm(self, evidence: bytes = b"") -> None:
        payload = WeighAnomaly(
            problem_id="p-1",
            phase="opened",
            kind="over-capacity",
            weighbridge="wb-1",
            value=Decimal(1),
        )
        kept = (NewEvidence(evidence, "application/vnd.edile.alibi"),) if evidence else ()
        conclusion = Conclusion(payload, "weighbridge/wb-1", evidence=kept)
        await self.gateway.writer.record(Work(self.clock.moment(), (conclusion,)))

    def lanes_asked(self) -> list[Lane]:
        return [lane_of(request) for request in self.asked if request.path == "/v1/sync"]


def claims_of(request: HubRequest) -> dict[str, Any]:
    payload = request.headers["authorization"].split(".")[1]
    claims: dict[str, Any] = msgspec.json.decode(unb64(payload))
    return claims


def lane_of(request: HubRequest) -> Lane:
    lane: Lane = claims_of(request)["ln"]
    return lane


@pytest.fixture
def world(fast_dir: Path) -> Iterator[Watched]:
    made = Watched(fast_dir)
    yield made
    made.gateway.stop()


async def test_urgent_goes_before_routine_and_old_before_new(world: Watched) -> None:
    await world.record(40)
    world.kill()
    await world.record(40)
    await world.exchange(4)
    assert world.lanes_asked() == ["urgent", "urgent", "routine", "routine"]
    epochs = [key.partition(".")[0] for key in world.hub.memory.stored]
    current = world.gateway.store.epoch
    assert epochs.index(current) > 0
    assert list(world.hub.memory.stored)[2] == f"{current}.routine"


async def test_an_urgent_commit_ends_the_rest_at_once(world: Watched) -> None:
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(5)
    before = len(world.asked)
    await world.alarm()
    await world.clock.settle()
    assert len(world.asked) == before + 1
    running.cancel()


async def test_routine_events_gather_two_seconds(world: Watched) -> None:
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(5)
    before = len(world.asked)
    world.rng.seed(3)
    while world.gateway.store.depth()["routine"] == 0:
        await world.record(1)
    await world.clock.advance(4)
    assert world.gateway.store.depth() == {"urgent": 0, "routine": 0}
    assert 1 <= len(world.asked) - before <= 3
    running.cancel()


async def test_an_idle_gateway_says_one_word_every_five_minutes(world: Watched) -> None:
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(60)
    before = len(world.asked)
    await world.clock.advance(3_000)
    beats = world.asked[before:]
    assert len(beats) == 10
    assert {request.body for request in beats} == {b"[]"}
    running.cancel()


async def test_a_heartbeat_brings_news_of_every_lane(world: Watched) -> None:
    await world.record(10)
    world.kill()
    await world.settle()
    world.hub.backup()
    world.clock.tick(400)
    await world.exchange(1)
    assert world.asked[-1].body == b"[]"
    lanes = world.gateway.store.lanes()
    assert {lane.epoch for lane in lanes} == {world.gateway.store.epoch}
    assert all(lane.archived == lane.last_seq for lane in lanes)


async def test_a_named_wait_is_kept_even_for_an_alarm(world: Watched) -> None:
    world.hub.busy = HubResponse(503, {"retry-after": "40"}, b"", 0, 0)
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(1)
    world.hub.busy = None
    await world.alarm()
    await world.clock.advance(38)
    assert world.hub.memory.events == {}
    await world.clock.advance(42)
    assert world.hub.memory.events != {}
    running.cancel()


async def test_an_alarm_does_not_wait_out_a_long_backoff(world: Watched) -> None:
    world.link.up = False
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(7_200)
    world.link.up = True
    await world.alarm()
    await world.clock.advance(10)
    assert world.gateway.store.depth()["urgent"] == 0
    running.cancel()


async def test_a_web_page_instead_of_a_hub_loses_nothing_and_is_named(world: Watched) -> None:
    await world.record(5)
    world.hub.busy = HubResponse(200, {"content-type": "text/html"}, b"<html>", 0, 0)
    pause = await world.gateway.uplink.exchange_once()
    status = await world.gateway.uplink.status()
    assert "text/html" in (status.last_error or "")
    assert pause.seconds < 2
    assert sum(status.depth.values()) >= 5
    world.hub.busy = None
    await world.settle()
    assert world.verdict().clean
    assert (await world.gateway.uplink.status()).last_error is None


async def test_a_refused_lane_is_kept_and_told_while_the_other_goes_on(world: Watched) -> None:
    await world.record(30)
    answer = world.hub.answer

    def picky(request: HubRequest) -> HubResponse:
        if request.path == "/v1/sync" and lane_of(request) == "routine":
            body = b'{"type":"urn:edile:problem:invalid","title":"no","status":422}'
            return HubResponse(422, {}, body, 0, 0)
        return answer(request)

    world.hub.answer = picky  # type: ignore[method-assign]
    await world.exchange(4)
    status = await world.gateway.uplink.status()
    assert status.depth["urgent"] == 0
    assert status.depth["routine"] > 0
    assert any("422" in line for line in status.refused)
    refused = sum(r.path == "/v1/sync" and lane_of(r) == "routine" for r in world.asked)
    assert refused == 0
    world.hub.answer = answer  # type: ignore[method-assign]
    world.clock.tick(3_600)
    await world.settle()
    assert world.verdict().clean


async def test_a_revoked_key_is_asked_about_rarely_and_told(world: Watched) -> None:
    world.hub.revoke()
    pause = await world.gateway.uplink.exchange_once()
    status = await world.gateway.uplink.status()
    assert pause.seconds >= 600
    assert "revoked" in (status.last_error or "")
    assert sum(status.depth.values()) > 0


async def test_too_large_is_sent_in_smaller_batches(world: Watched) -> None:
    world.hub.max_events = 3
    await world.record(50)
    await world.settle()
    assert world.verdict().clean


async def test_an_alarm_goes_between_the_parts_of_a_long_upload(world: Watched) -> None:
    await world.alarm(evidence=bytes(range(256)) * 4_096)
    await world.exchange(2)
    parts = [request for request in world.asked if request.method == "PUT"]
    assert [len(part.body) for part in parts] == [256 * 1024]
    before = len(world.asked)
    await world.alarm()
    await world.settle()
    assert [request.method for request in world.asked[before:]] == ["POST", "PUT", "PUT", "PUT"]
    assert len(world.hub.memory.blobs) == 1
    assert all(len(r.body) <= 256 * 1024 for r in world.asked if r.method == "PUT")


async def test_an_upload_goes_on_where_the_hub_is_after_a_restart(world: Watched) -> None:
    await world.alarm(evidence=bytes(1_000_000))
    await world.exchange(3)
    world.kill()
    await world.settle()
    sent = sum(len(r.body) for r in world.asked if r.method == "PUT")
    assert sent == 1_000_000
    assert [r.method for r in world.asked].count("HEAD") == 1


async def test_evidence_that_the_hub_refuses_does_not_hold_up_the_rest(world: Watched) -> None:
    await world.alarm(evidence=b"refused")
    await world.alarm(evidence=b"taken as usual")
    answer = world.hub.answer

    def picky(request: HubRequest) -> HubResponse:
        if request.body == b"refused":
            body = b'{"type":"urn:edile:problem:evidence","title":"no photo","status":422}'
            return HubResponse(422, {}, body, 0, 0)
        return answer(request)

    world.hub.answer = picky  # type: ignore[method-assign]
    await world.exchange(6)
    assert list(world.hub.memory.blobs.values()) == [b"taken as usual"]
    assert any("no photo" in line for line in (await world.gateway.uplink.status()).refused)


def desired(world: World, serial: int) -> str:
    document = Desired(slot="cs-017", serial=serial, issued="2026-09-21T00:00:00.000Z")
    return sign_desired(world.hub.command_key, "hub#1", document)


async def test_desired_state_is_fetched_once_and_its_fate_is_told(world: Watched) -> None:
    world.hub.desired = ('"2"', desired(world, 2))
    await world.settle()
    await world.exchange(2)
    world.hub.desired = ('"1"', desired(world, 1))
    world.clock.tick(400)
    await world.exchange(3)
    await world.settle()
    fetched = [request for request in world.asked if request.path == "/v1/desired"]
    notices = world.payloads(GatewayNotice, GatewayNotice.wire_type)
    kinds = [(n.kind, n.serial) for n in notices if "config" in n.kind]  # type: ignore[attr-defined]
    assert kinds == [("config-applied", 2), ("config-refused", 1)]
    assert len(fetched) == 2
    assert fetched[1].headers["if-none-match"] == '"2"'
    assert world.gateway.desired.in_force is not None
    assert world.gateway.desired.in_force.serial == 2


async def test_a_command_in_a_reply_is_performed_once_and_its_result_travels(
    world: Watched,
) -> None:
    command = Command(
        id="c-1",
        slot="cs-017",
        cmd_seq=1,
        op="restart",
        args={},
        expires=rfc3339(world.clock.utc_ns + 10**12),
    )
    world.hub.commands = [sign_command(world.hub.command_key, "hub#1", command)]
    running = asyncio.create_task(world.gateway.uplink.run())
    await world.clock.advance(900)
    running.cancel()
    results = world.payloads(CommandResult, CommandResult.wire_type)
    assert [(r.command, r.outcome) for r in results] == [("c-1", "refused")]  # type: ignore[attr-defined]


async def test_bytes_are_booked_by_class(world: Watched) -> None:
    await world.alarm(evidence=b"x" * 100)
    await world.settle()
    world.clock.tick(400)
    await world.exchange(2)
    status = await world.gateway.uplink.status()
    assert status.idle_bytes_per_day is not None
    booked = world.gateway.ledger.up()
    assert {"urgent", "heartbeat", "evidence"} <= set(booked)
    await world.gateway.uplink.save_ledger()
    assert world.gateway.store.setting("ledger") == world.gateway.ledger.dump()


async def test_backlog_leaves_the_line_free_three_parts_in_ten(world: Watched) -> None:
    await world.record(60)
    world.kill()
    answer = world.hub.answer

    def slow(request: HubRequest) -> HubResponse:
        world.clock.tick(7)
        return replace(answer(request), link_busy_s=None)

    world.hub.answer = slow  # type: ignore[method-assign]
    await world.exchange(2)
    pause = await world.gateway.uplink.exchange_once()
    assert lane_of(world.asked[-1]) == "routine"
    assert pause.seconds == pytest.approx(3, rel=0.01)
    assert pause.urgent_s == 0


async def test_a_wrong_clock_is_answered_with_the_hubs_nonce_at_once(world: Watched) -> None:
    world.clock.utc_ns = 0
    pause = await world.gateway.uplink.exchange_once()
    first, second = world.asked
    assert pause.seconds == 0
    assert "nonce" not in claims_of(first)
    assert claims_of(second)["nonce"] == "nonce-0"
    assert claims_of(first)["iat"] < 1_000 < claims_of(second)["iat"]
    assert first.body == second.body
