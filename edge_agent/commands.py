"""Commands from the hub: each at most once, in rising `cmd_seq`, answered by one event.

A command's acceptance commits before it runs, its result together with the end of the acceptance. A
restart in between finds an acceptance without a result and answers `unknown`: whether the barrier
moved, nobody can say, so it is neither repeated nor called done.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from contract.commands import TYP
from contract.envelope import Moment
from contract.jws import BadJws, open_jws
from contract.keys import PublicKey
from contract.payloads.gateway import CommandResult, Outcome
from contract.timestamps import parse_rfc3339
from edge_agent.errors import DeviceRefused, DeviceUnreachable, StoreFull
from edge_agent.ports import Clock, Conclusion, Recorder, Work

log = logging.getLogger(__name__)
SETTING = "commands"
ZEROING = "zero-weighbridge"
_FULL_S = 5.0


@dataclass(frozen=True)
class Performed:
    """`after` runs once the result is durable (a restart, a wipe)."""

    detail: str | None = None
    after: Callable[[], None] | None = None


Executor = Callable[[Mapping[str, Any]], Awaitable[Performed]]


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command as any hub may send it: `op` may be one that this agent is too old to know."""

    id: str
    slot: str
    cmd_seq: int
    op: str
    args: dict[str, Any]
    expires: str


class _Written(msgspec.Struct, omit_defaults=True):
    cmd_seq: int = 0
    accepted: str | None = None


@dataclass(frozen=True)
class _Waiting:
    """An order, and the hub's time minus ours (ns) by which its expiry is judged."""

    order: _Order
    hub_offset_ns: int


class Commands:
    """`executors` maps an op to what performs it: returns when done (or, for a long task, begun);
    DeviceRefused and DeviceUnreachable become outcomes. Remote zeroing needs `allow_zeroing` too:
    zeroing a verified scale from afar is tampering unless somebody decided otherwise."""

    def __init__(
        self,
        *,
        slot: str,
        key: PublicKey,
        recorder: Recorder,
        clock: Clock,
        executors: Mapping[str, Executor],
        allow_zeroing: bool = False,
        written: bytes | None = None,
    ) -> None:
        self._slot, self._key = slot, key
        self._recorder, self._clock = recorder, clock
        self._executors, self._allow_zeroing = executors, allow_zeroing
        self._state = msgspec.json.decode(written, type=_Written) if written else _Written()
        self._highest = self._state.cmd_seq
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self.ignored: Counter[str] = Counter()

    async def run(self) -> None:
        """Performs what was offered, one at a time, for ever."""
        await self.settle_interrupted()
        while True:
            self._arrived.clear()
            if not await self.perform_next():
                await self._arrived.wait()

    def offer(self, texts: Sequence[str], hub_utc_ns: int) -> None:
        """Takes the commands of a sync reply; `hub_utc_ns` is that reply's `hub_time`. What is not
        ours, not signed or was already taken is counted and left."""
        offset = hub_utc_ns - self._clock.moment().mono_ns
        orders = [order for order in map(self._open, texts) if order is not None]
        for order in sorted(orders, key=lambda order: order.cmd_seq):
            if order.cmd_seq <= self._highest:
                self.ignored["repeated"] += 1
                continue
            self._highest = order.cmd_seq
            self._waiting.append(_Waiting(order, offset))
            self._arrived.set()

    async def settle_interrupted(self) -> None:
        """At start: an acceptance without a result is answered `unknown`."""
        if self._state.accepted is not None:
            detail = "the gateway restarted while the command ran; its effect is not known"
            await self._answer(self._state.accepted, "unknown", detail)

    async def perform_next(self) -> bool:
        """One command from acceptance to result. False when none is waiting, or when the disk is full:
        what cannot be kept is not begun."""
        if not self._waiting:
            return False
        waiting = self._waiting.popleft()
        order = waiting.order
        try:
            await self._accept(order)
        except StoreFull:
            self._waiting.appendleft(waiting)
            return False
        moment = self._clock.moment()
        if moment.mono_ns + waiting.hub_offset_ns > _expiry(order):
            await self._answer(order.id, "expired", f"expired {order.expires}")
            return True
        await self._perform(order)
        return True

    async def _perform(self, order: _Order) -> None:
        executor = self._executors.get(order.op)
        if order.op == ZEROING and not self._allow_zeroing:
            await self._answer(order.id, "refused", "remote zeroing is off at this gateway")
            return
        if executor is None:
            await self._answer(order.id, "refused", f"this gateway cannot do {order.op!r}")
            return
        try:
            performed = await executor(order.args)
        except DeviceRefused as error:
            await self._answer(order.id, "refused", str(error))
        except DeviceUnreachable as error:
            await self._answer(order.id, "failed", str(error))
        else:
            await self._answer(order.id, "done", performed.detail)
            if performed.after is not None:
                performed.after()

    async def _accept(self, order: _Order) -> None:
        log.info("command %s (%s, cmd_seq %d) accepted", order.id, order.op, order.cmd_seq)
        await self._commit(_Written(order.cmd_seq, order.id), self._clock.moment())
        await self._recorder.flush()

    async def _answer(self, command: str, outcome: Outcome, detail: str | None) -> None:
        log.info("command %s: %s%s", command, outcome, f" ({detail})" if detail else "")
        result = CommandResult(command=command, outcome=outcome, detail=detail)
        conclusion = Conclusion(result, subject=f"command/{command}")
        state = _Written(self._state.cmd_seq, None)
        while True:
            try:
                return await self._commit(state, self._clock.moment(), conclusion)
            except StoreFull:
                await self._clock.sleep(_FULL_S)

    async def _commit(self, state: _Written, moment: Moment, *conclusions: Conclusion) -> None:
        settings = {SETTING: msgspec.json.encode(state)}
        await self._recorder.record(Work(moment, conclusions, settings=settings))
        self._state = state

    def _open(self, text: str) -> _Order | None:
        try:
            _, payload = open_jws(text, TYP, lambda _: self._key)
            order = msgspec.json.decode(payload, type=_Order)
            _expiry(order)
        except BadJws as error:
            self._ignore("signature", f"not signed by the command key: {error.reason}")
        except (msgspec.DecodeError, ValueError) as error:
            self._ignore("malformed", str(error))
        else:
            if order.slot == self._slot:
                return order
            self._ignore("slot", f"made for slot {order.slot}")
        return None

    def _ignore(self, reason: str, detail: str) -> None:
        if not self.ignored[reason]:
            log.warning("a command of the hub is ignored: %s", detail)
        self.ignored[reason] += 1


def _expiry(order: _Order) -> int:
    return parse_rfc3339(order.expires)
