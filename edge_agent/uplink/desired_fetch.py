"""Fetches desired state when a sync reply names a document that was not looked at yet."""

from __future__ import annotations

import logging

from contract.payloads.gateway import GatewayNotice
from contract.sync import DESIRED_PATH
from edge_agent.desired import SETTING, Considered, DesiredState
from edge_agent.ports import Clock, Conclusion, HubResponse, Work
from edge_agent.uplink import replies
from edge_agent.uplink.exchange import Exchange
from edge_agent.uplink.outbox_side import Outbox
from edge_agent.uplink.signing import Call

log = logging.getLogger(__name__)


class DesiredFetch:
    def __init__(
        self, writer: Outbox, exchange: Exchange, desired: DesiredState, clock: Clock
    ) -> None:
        self._writer, self._exchange, self._clock = writer, exchange, clock
        self._desired = desired
        self._given_up: str | None = None  # the etag whose fetch the hub refused

    def wanted(self, etag: str | None) -> bool:
        return self._desired.wanted(etag) and etag != self._given_up

    async def report_complaint(self) -> None:
        """At start: the document in force no longer validates."""
        if self._desired.complaint is not None:
            await self._record(self._desired.complaint, {})

    async def fetch(self, etag: str | None) -> None:
        """Judges the hub's document and commits the outcome. Raises HubUnreachable."""
        known = self._desired.etag
        headers, binding = ({"if-none-match": known}, {"etag": known}) if known else ({}, {})
        call = Call("GET", DESIRED_PATH, "desired.get", "desired", headers=headers, binding=binding)
        response = (await self._exchange.send(call)).response
        if response.status == 200:
            await self._settle(self._desired.consider(_text(response), etag))
            return
        if response.status != 304:
            log.warning("the hub gives no desired state: %s", replies.read_refusal(response))
        self._given_up = etag

    async def _settle(self, considered: Considered) -> None:
        settings = {SETTING: considered.setting}
        await self._record(considered.notice, settings)
        self._desired.take(considered)

    async def _record(self, notice: GatewayNotice | None, settings: dict[str, bytes]) -> None:
        conclusions = () if notice is None else (Conclusion(notice, subject="gateway"),)
        if notice is not None:
            log.warning("%s%s", notice.kind, f": {notice.detail}" if notice.detail else "")
        await self._writer.record(Work(self._clock.moment(), conclusions, settings=settings))
        await self._writer.flush()


def _text(response: HubResponse) -> str:
    return response.body.decode("ascii", "replace").strip()
