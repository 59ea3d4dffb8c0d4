"""Many terminals in one process: who connects when, what goes wrong, and the truth of it all."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from simulators.chance import chance
from simulators.terminals.devices import Device, Gt06Device, Jt808Device, Report
from simulators.terminals.terminal import Terminal

AT_ONCE = 200  # connections being made at the same time
PAUSE_S = (0.5, 3.0)  # before a lost connection is tried again
CLONE_HOME = "127.77.0.1"  # a clone comes from another network, here another loopback address
GRACE_S = 10.0  # at the end: for the last answers


@dataclass(frozen=True)
class Plan:
    """What is played. `storms`: every terminal loses its connection so often; `blind`: share of the
    terminals that lose the network once for a while; `clones`: second terminals with a number that
    is there already. `version` 0 = 2011, 2013 and 2019 in turn."""

    protocol: str
    count: int
    every_s: float
    length_s: float
    seed: int
    version: int = 0
    trucks: float = 0.2
    storms: int = 1
    blind: float = 0.1
    clones: int = 1
    sos: float = 0.0005


class Fleet:
    """`counts`: connected, made, sent, acknowledged, refused, forgotten; `latencies` in seconds.
    `now_s`: seconds since 1970, by the terminals' clocks."""

    def __init__(
        self,
        plan: Plan,
        host: str,
        port: int,
        truth: TextIO | None,
        tell: Callable[[str], None],
        *,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.every_s, self.sos_share = plan.every_s, plan.sos
        self._plan, self._host, self._port = plan, host, port
        self._truth, self._tell, self._now_s = truth, tell, now_s
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._connecting: set[asyncio.Task[None]] = set()
        self._begun_s = 0.0
        self._luck = chance(plan.seed, "fleet")
        self.terminals = [self._terminal(number) for number in range(plan.count)]
        self.clones = [
            self._terminal(number, clone=True) for number in range(min(plan.clones, plan.count))
        ]

    def _terminal(self, number: int, *, clone: bool = False) -> Terminal:
        luck = chance(self._plan.seed, f"{'clone' if clone else 'terminal'}-{number}")
        truck = chance(self._plan.seed, f"truck-{number}").random() < self._plan.trucks
        device: Device
        if self._plan.protocol == "gt06":
            device = Gt06Device(number)
        else:
            version = self._plan.version or (2013, 2019, 2011)[number % 3]
            device = Jt808Device(number, version, truck=truck)
        return Terminal(self, device, luck, truck=truck, home=CLONE_HOME if clone else None)

    # -- what terminals ask of it

    def utc_s(self) -> int:
        return int(self._now_s())

    def made(self, report: Report) -> None:
        self.counts["made"] += 1
        if report.sos:
            self._write(report, "sos")

    def acknowledged(self, report: Report, took_s: float, *, live: bool) -> None:
        self.counts["acknowledged"] += 1
        if live:
            self.latencies.append(took_s)
        self._write(report, "position", live=live, acknowledged=True)

    def gone(self, report: Report, *, live: bool) -> None:
        """Sent in a protocol without answers."""
        self._write(report, "position", live=live, acknowledged=None)

    def connect_again(self, terminal: Terminal) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(terminal, again=True))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    # -- the play

    async def play(self, stop: asyncio.Event) -> None:
        """Until the plan ends or `stop` is set."""
        loop = asyncio.get_running_loop()
        self._begun_s = loop.time()
        self._line({"kind": "truth", "id": "header", **self._header()})
        for one in self.terminals:
            self.connect_first(one)
        while self._connecting and not stop.is_set():
            await asyncio.wait(set(self._connecting), timeout=1.0)
            self._say()
        for one in (*self.terminals, *self.clones):
            one.begin(self._luck.uniform(0, self.every_s))
        mishaps = self._mishaps()
        ends_s = loop.time() + self._plan.length_s
        begun_s, told_s = loop.time(), loop.time()
        while loop.time() < ends_s and not stop.is_set():
            while mishaps and loop.time() - begun_s >= mishaps[0][0]:
                mishaps.pop(0)[1]()
            if loop.time() - told_s >= 5.0:
                told_s = loop.time()
                self._say()
            await _stopped(stop, 0.1)
        await self._finish(stop)

    def connect_first(self, terminal: Terminal) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(terminal, again=False))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, terminal: Terminal, *, again: bool) -> None:
        loop = asyncio.get_running_loop()
        if again:
            await asyncio.sleep(self._luck.uniform(*PAUSE_S))
        while not terminal.ended:
            if not terminal.may_connect(loop.time()):
                await asyncio.sleep(0.5)
                continue
            local = None if terminal.home is None else (terminal.home, 0)
            try:
                async with self._turns:
                    await loop.create_connection(
                        lambda: terminal, self._host, self._port, local_addr=local
                    )
            except OSError:
                self.counts["not-connected"] += 1
                await asyncio.sleep(self._luck.uniform(*PAUSE_S))
            else:
                return

    def _mishaps(self) -> list[tuple[float, Callable[[], None]]]:
        """(seconds from the start, what happens), in order."""
        length_s, plan = self._plan.length_s, self._plan
        rows: list[tuple[float, Callable[[], None]]] = [
            (length_s * (n + 1) / (plan.storms + 1), self._storm) for n in range(plan.storms)
        ]
        for one in self._luck.sample(self.terminals, int(plan.blind * plan.count)):
            away_s = min(60.0, length_s / 4)
            when_s = self._luck.uniform(0.1, 0.6) * length_s

            def vanish(one: Terminal = one, away_s: float = away_s) -> None:
                one.blind(away_s)

            rows.append((when_s, vanish))
        rows += [(length_s * 0.2, self._clones_come)] if self.clones else []
        return sorted(rows, key=lambda row: row[0])

    def _storm(self) -> None:
        self._line({"kind": "storm", "id": "fleet"})
        for one in self.terminals:
            one.drop()

    def _clones_come(self) -> None:
        for one in self.clones:
            self._line({"kind": "cloned-id", "id": one.device.number})
            self.connect_first(one)

    async def _finish(self, stop: asyncio.Event) -> None:
        """No new reports; what is still unanswered may be answered or sent again."""
        loop = asyncio.get_running_loop()
        for one in (*self.terminals, *self.clones):
            one.begin(1e6)
        until_s = loop.time() + GRACE_S
        while loop.time() < until_s and any(self._open()):
            if await _stopped(stop, 0.1):
                break
        for one in (*self.terminals, *self.clones):
            for report in one.unanswered:
                self._write(report, "position", live=False, acknowledged=False)
            one.end()
        for task in self._connecting:
            task.cancel()
        self._say()
        self._line({"kind": "end", "id": "end"})

    def _open(self) -> list[Terminal]:
        return [one for one in self.terminals if one.unanswered]

    # -- what is told

    def percentile(self, share: float) -> float | None:
        """Seconds from a live report to its acknowledgement."""
        if not self.latencies:
            return None
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def _say(self) -> None:
        c, slow = self.counts, self.percentile(0.99)
        passed_s = asyncio.get_running_loop().time() - self._begun_s
        wait = "" if slow is None else f", p99 {slow * 1000:.0f} ms"
        self._tell(
            f"{passed_s:5.0f} s: {c['connected']} connected, {c['made']} reports, "
            f"{c['acknowledged']} acknowledged{wait}"
        )

    def _header(self) -> dict[str, object]:
        plan = self._plan
        return {
            "protocol": plan.protocol,
            "count": plan.count,
            "seed": plan.seed,
            "length_s": plan.length_s,
            "expects_event": ["cloned-id"],
            "expects_order": [],
        }

    def _write(self, report: Report, kind: str, **more: object) -> None:
        if self._truth is None:
            return
        fix = report.fix
        row = {"kind": kind, "id": report.terminal, "at": report.at, "lat": fix.lat}
        self._line({**row, "lon": fix.lon, "fix": fix.fix, **more})

    def _line(self, row: dict[str, object]) -> None:
        if self._truth is not None:
            passed_s = asyncio.get_running_loop().time() - self._begun_s
            self._truth.write(json.dumps({"t": round(passed_s, 3), **row}) + "\n")


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Waits so long, or until it is to end."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
