from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from contract.commands import TYP, Command, sign_command
from contract.jws import mint_jws
from contract.keys import PrivateKey
from contract.payloads.gateway import CommandResult
from contract.timestamps import rfc3339
from edge_agent.commands import SETTING, Commands, Executor, Performed
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from tests.fakes.clock import START_UTC_NS, FakeClock
from tests.fakes.recorder import ListRecorder

pytestmark = pytest.mark.anyio
HUB = PrivateKey.generate()
HOUR_NS = 3_600 * 10**9


def signed(seq: int, op: str = "photo", *, key: PrivateKey = HUB, slot: str = "cs-017") -> str:
    command = Command(
        id=f"c{seq}",
        slot=slot,
        cmd_seq=seq,
        op=op,  # type: ignore[arg-type]
        args={"n": seq},
        expires=rfc3339(START_UTC_NS + HOUR_NS),
    )
    return sign_command(key, "hub#1", command)


class Bench:
    """Commands over a list recorder; `photo` notes its calls."""

    def __init__(self, recorder: ListRecorder | None = None, **executors: Executor) -> None:
        self.recorder = recorder or ListRecorder()
        self.clock = FakeClock()
        self.performed: list[Mapping[str, Any]] = []
        self.durable_before: list[bytes | None] = []
        self.commands = Commands(
            slot="cs-017",
            key=HUB.public,
            recorder=self.recorder,
            clock=self.clock,
            executors={"photo": self.photo, "zero-weighbridge": self.photo, **executors},
            written=self.recorder.setting(SETTING),
        )

    async def photo(self, args: Mapping[str, Any]) -> Performed:
        self.durable_before.append(self.recorder.setting(SETTING))
        self.performed.append(args)
        return Performed("taken")

    async def run(self, *texts: str, hub_ns: int = START_UTC_NS) -> list[CommandResult]:
        self.commands.offer(texts, hub_ns)
        while await self.commands.perform_next():
            pass
        return [p for p in self.recorder.payloads() if isinstance(p, CommandResult)]


async def test_a_command_runs_once_and_is_answered() -> None:
    bench = Bench()
    await bench.run(signed(1))
    results = await bench.run(signed(1), signed(1))
    assert results == [CommandResult(command="c1", outcome="done", detail="taken")]
    assert bench.performed == [{"n": 1}]
    assert bench.commands.ignored["repeated"] == 2


async def test_acceptance_is_durable_before_anything_happens() -> None:
    bench = Bench()
    await bench.run(signed(5))
    (before,) = bench.durable_before
    assert before is not None
    assert msgspec.json.decode(before) == {"cmd_seq": 5, "accepted": "c5"}


async def test_an_accepted_command_without_result_is_unknown_after_a_restart_and_not_repeated() -> (
    None
):
    async def cut(args: Mapping[str, Any]) -> Performed:
        raise asyncio.CancelledError

    first = Bench(photo=cut)
    with pytest.raises(asyncio.CancelledError):
        await first.run(signed(3))
    second = Bench(first.recorder)
    await second.commands.settle_interrupted()
    results = await second.run(signed(3))
    assert [(r.command, r.outcome) for r in results] == [("c3", "unknown")]
    assert second.performed == []
    third = Bench(second.recorder)
    await third.commands.settle_interrupted()
    assert len(await third.run(signed(3))) == 1


async def test_commands_run_in_rising_order_and_older_ones_never() -> None:
    bench = Bench()
    await bench.run(signed(4), signed(2), signed(3))
    await bench.run(signed(1))
    assert [args["n"] for args in bench.performed] == [2, 3, 4]


async def test_what_is_not_signed_for_this_slot_has_no_effect() -> None:
    bench = Bench()
    good = signed(9)
    flipped = good[:-3] + ("A" if good[-3] != "A" else "B") + good[-2:]
    texts = (signed(1, key=PrivateKey.generate()), signed(2, slot="cs-018"), flipped, "a.b", "")
    assert await bench.run(*texts) == []
    assert bench.performed == []
    assert await bench.run(good) != []


async def test_an_expired_command_is_answered_by_hub_time() -> None:
    bench = Bench()
    bench.clock.utc_ns = 0
    (late,) = await bench.run(signed(1), hub_ns=START_UTC_NS + HOUR_NS + 10**9)
    assert late.outcome == "expired"
    assert bench.performed == []
    *_, timely = await bench.run(signed(2), hub_ns=START_UTC_NS)
    assert timely.outcome == "done"


async def test_remote_zeroing_is_off_by_default() -> None:
    bench = Bench()
    (result,) = await bench.run(signed(1, "zero-weighbridge"))
    assert (result.outcome, bench.performed) == ("refused", [])


async def test_ops_that_this_gateway_or_this_version_does_not_know_are_refused() -> None:
    class Later(msgspec.Struct):
        id: str = "c2"
        slot: str = "cs-017"
        cmd_seq: int = 2
        op: str = "make-tea"
        args: dict[str, int] = {}
        expires: str = rfc3339(START_UTC_NS + HOUR_NS)

    bench = Bench()
    results = await bench.run(signed(1, "fly"), mint_jws(HUB, "hub#1", TYP, Later()))
    assert [r.outcome for r in results] == ["refused", "refused"]
    assert "make-tea" in (results[1].detail or "")


async def test_a_device_that_refuses_or_is_gone_is_an_outcome() -> None:
    async def refuses(args: Mapping[str, Any]) -> Performed:
        raise DeviceRefused("load on the deck")

    async def gone(args: Mapping[str, Any]) -> Performed:
        raise DeviceUnreachable("no answer")

    bench = Bench(photo=refuses, relook=gone)
    results = await bench.run(signed(1), signed(2, "relook"))
    assert [(r.outcome, r.detail) for r in results] == [
        ("refused", "load on the deck"),
        ("failed", "no answer"),
    ]


async def test_a_restart_happens_only_after_its_result_is_durable() -> None:
    seen: list[list[str]] = []
    bench = Bench()

    async def restart(args: Mapping[str, Any]) -> Performed:
        def after() -> None:
            seen.append([p.outcome for p in bench.recorder.payloads()])  # type: ignore[attr-defined]

        return Performed(None, after)

    bench = Bench(restart=restart)
    await bench.run(signed(1, "restart"))
    assert seen == [["done"]]


async def test_the_loop_settles_first_and_then_takes_what_is_offered() -> None:
    bench = Bench()
    task = asyncio.create_task(bench.commands.run())
    await bench.clock.settle()
    bench.commands.offer([signed(1)], START_UTC_NS)
    await bench.clock.settle()
    task.cancel()
    assert bench.performed == [{"n": 1}]
