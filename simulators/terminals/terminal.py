"""One simulated terminal on its socket: it connects again for ever, and sends again what nobody
acknowledged, as a real one does."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Protocol

from simulators.terminals.devices import Device, Report
from simulators.terminals.mover import Mover

MEMORY = 500  # reports that a terminal keeps while nobody answers; the oldest go
BATCH = 30  # reports in one batch from memory: about 1,300 bytes, so two parts
ANSWER_S = 30.0  # without an answer for so long it hangs up and connects again


@dataclass(frozen=True, slots=True)
class Sent:
    reports: list[Report]
    at_s: float
    live: bool


class Crew(Protocol):
    """Whoever runs the terminals and writes down what becomes of each report."""

    counts: Counter[str]
    every_s: float
    sos_share: float

    def utc_s(self) -> int: ...

    def made(self, report: Report) -> None: ...

    def acknowledged(self, report: Report, took_s: float, *, live: bool) -> None: ...

    def gone(self, report: Report, *, live: bool) -> None: ...

    def connect_again(self, terminal: Terminal) -> None: ...


class Terminal(asyncio.Protocol):
    """`home`: the address it connects from (None = any)."""

    def __init__(
        self, fleet: Crew, device: Device, luck: Random, *, truck: bool, home: str | None = None
    ) -> None:
        self.device, self.home = device, home
        self._fleet, self._luck = fleet, luck
        self._mover = Mover(luck, truck=truck)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: dict[int, Sent] = {}
        self.memory: list[Report] = []
        self._mileage = luck.randint(0, 900_000)
        self._accepted = self.ended = False
        self._silent_until_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._fleet.counts["connected"] += 1
            transport.write(self.device.hello())

    def data_received(self, data: bytes) -> None:
        for heard in self.device.hear(data):
            if heard.what == "registered" and self._transport is not None:
                self._transport.write(self.device.after_registration(heard.text))
            elif heard.what == "accepted":
                self._accepted = True
                self._from_memory()
            elif heard.what == "refused":
                self._fleet.counts["refused"] += 1
            elif heard.what == "acknowledged":
                self._acknowledged(heard.serial)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._accepted = False
        self._fleet.counts["connected"] -= 1
        self._forget_answers()
        if not self.ended:
            self._fleet.connect_again(self)

    def begin(self, after_s: float) -> None:
        """The next report comes then, and one every `every_s` from there on."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(after_s, self._report)

    def blind(self, seconds: float) -> None:
        """No network from now on for so long; what is measured meanwhile stays in memory."""
        self._silent_until_s = asyncio.get_running_loop().time() + seconds
        self.drop()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def may_connect(self, now_s: float) -> bool:
        return not self.ended and now_s >= self._silent_until_s

    def end(self) -> None:
        self.ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    @property
    def unanswered(self) -> list[Report]:
        return [*self.memory, *(one for sent in self._waiting.values() for one in sent.reports)]

    def _report(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._fleet.every_s, self._report)
        fix = self._mover.after(self._fleet.every_s)
        self._mileage += 1
        sos = self._luck.random() < self._fleet.sos_share
        self.say(Report(self.device.number, self._fleet.utc_s(), fix, self._mileage, sos))

    def say(self, made: Report) -> None:
        """At once if it can, else when it is connected again."""
        self._fleet.made(made)
        if self._accepted and self._transport is not None:
            self._send([made], live=True)
            self._look_for_answers(asyncio.get_running_loop().time())
        else:
            self._remember([made])

    def _from_memory(self) -> None:
        while self.memory and self._accepted:
            reports, self.memory = self.memory[:BATCH], self.memory[BATCH:]
            self._send(reports, live=False)

    def _send(self, reports: list[Report], *, live: bool) -> None:
        if self._transport is None:
            self._remember(reports)
            return
        serial, data = self.device.reports(reports, live=live)
        self._transport.write(data)
        self._fleet.counts["sent"] += len(reports)
        if self.device.answers:
            now_s = asyncio.get_running_loop().time()
            self._waiting[serial] = Sent(reports, now_s, live)
        else:
            for one in reports:
                self._fleet.gone(one, live=live)

    def _acknowledged(self, serial: int) -> None:
        sent = self._waiting.pop(serial, None)
        if sent is None:
            return
        took_s = asyncio.get_running_loop().time() - sent.at_s
        for one in sent.reports:
            self._fleet.acknowledged(one, took_s, live=sent.live)

    def _look_for_answers(self, now_s: float) -> None:
        oldest = next(iter(self._waiting.values()), None)
        if oldest is not None and now_s - oldest.at_s > ANSWER_S:
            self._fleet.counts["unanswered"] += 1
            self.drop()

    def _forget_answers(self) -> None:
        """What was not acknowledged goes back to memory, to be sent again."""
        for sent in self._waiting.values():
            self._remember(sent.reports)
        self._waiting.clear()

    def _remember(self, reports: list[Report]) -> None:
        self.memory += reports
        lost = len(self.memory) - MEMORY
        if lost > 0:
            self._fleet.counts["forgotten"] += lost
            del self.memory[:lost]
