"""One signed exchange with the hub, with the talk about time that it may need first.

A box whose clock is wrong gets the hub's signed time, keeps the offset and asks again: with the
hub's nonce after a 401, or by `GET /v1/time` when TLS itself fails over dates.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from contract.envelope import Moment
from contract.keys import PublicKey
from contract.payloads.gateway import Anchor
from contract.sync import TIME_PATH
from edge_agent.errors import HubDatesWrong, HubUnreachable
from edge_agent.identity import Identity
from edge_agent.ledger import Ledger
from edge_agent.ports import Clock, HubLink, HubResponse
from edge_agent.uplink import replies
from edge_agent.uplink.hub_time import HubTime, learn
from edge_agent.uplink.link_meter import LinkMeter
from edge_agent.uplink.signing import Call, sign

log = logging.getLogger(__name__)
Corrected = Callable[[Anchor, int], Awaitable[None]]


class _TimeAnswer(msgspec.Struct):
    signed: str


@dataclass(frozen=True)
class Exchanged:
    """`busy_s` of `took_s` the line was busy with our bytes."""

    response: HubResponse
    asked: Moment
    answered: Moment

    @property
    def took_s(self) -> float:
        return (self.answered.mono_ns - self.asked.mono_ns) / 1e9

    @property
    def busy_s(self) -> float:
        busy = self.response.link_busy_s
        return self.took_s if busy is None else min(busy, self.took_s)


class Exchange:
    """`corrected(anchor, offset_ns)` is awaited each time the hub corrects our time."""

    def __init__(
        self,
        *,
        link: HubLink,
        identity: Identity,
        hub_id: str,
        command_key: PublicKey,
        clock: Clock,
        ledger: Ledger,
        corrected: Corrected,
    ) -> None:
        self._link, self._identity, self._hub_id = link, identity, hub_id
        self._command_key, self._clock, self._ledger = command_key, clock, ledger
        self._corrected = corrected
        self.time = HubTime()
        self.meter = LinkMeter()
        self.answers = 0

    async def send(self, call: Call) -> Exchanged:
        """The hub's answer, whatever it is. Raises HubUnreachable."""
        moment = self._clock.moment()
        if moment.clock == "unset" and not self.time.known(moment):
            await self._ask_time()
        try:
            exchanged = await self._once(call)
        except HubDatesWrong:
            if self.time.known(self._clock.moment()):
                raise
            await self._ask_time()
            exchanged = await self._once(call)
        if exchanged.response.status != 401:
            return exchanged
        refusal = replies.read_refusal(exchanged.response)
        if not isinstance(refusal, replies.ClockWrong):
            return exchanged
        nonce = await self._learn(refusal.signed, exchanged)
        return await self._once(call, nonce=nonce)

    async def _ask_time(self) -> None:
        """`GET /v1/time`: neither token window nor certificate dates are checked."""
        call = Call("GET", TIME_PATH, "time.get", "time")
        exchanged = await self._once(call, check_dates=False)
        if exchanged.response.status != 200:
            refusal = replies.read_refusal(exchanged.response)
            said = replies.advice(refusal) if isinstance(refusal, replies.Refused) else str(refusal)
            raise HubUnreachable(f"the hub does not tell its time: {said}")
        try:
            answer = msgspec.json.decode(exchanged.response.body, type=_TimeAnswer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HubUnreachable(replies.not_a_hub(exchanged.response)) from error
        await self._learn(answer.signed, exchanged)

    async def _learn(self, signed: str, exchanged: Exchanged) -> str:
        learnt = learn(signed, self._command_key, exchanged.asked, exchanged.answered)
        self.time = learnt.time
        own = exchanged.answered
        ahead_s = (own.utc_ns - self.time.utc_ns(own)) / 1e9
        log.warning("the hub told the time: the clock of this gateway was %+.1f s off", ahead_s)
        await self._corrected(learnt.anchor, learnt.offset_ns)
        return learnt.nonce

    async def _once(
        self, call: Call, *, nonce: str | None = None, check_dates: bool = True
    ) -> Exchanged:
        asked = self._clock.moment()
        true_ns = self.time.utc_ns(asked)
        request = sign(
            call,
            self._identity,
            self._hub_id,
            now_s=max(0, true_ns // 10**9),
            nonce=nonce,
            check_dates=check_dates,
            true_utc_s=true_ns / 1e9 if self.time.known(asked) else None,
        )
        response = await self._link.send(request)
        exchanged = Exchanged(response, asked, self._clock.moment())
        self.answers += 1
        self._ledger.add(call.traffic, response.bytes_up, response.bytes_down)
        self.meter = self.meter.observe(response.bytes_up, exchanged.busy_s)
        return exchanged
