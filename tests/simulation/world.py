"""The world that a gateway works in, and the book that says what may never be lost in it.

Every event carries a numbered fact. The book follows where each fact is: on the gateway's disk, at
the hub, in the hub's backup. A fact is *gone* only when none of the three has it any more (an image
put back over events that had not reached the hub; a hub restored that alone held what an image had
taken back). Everything else must be at the hub in the end, exactly once.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import msgspec

from contract.envelope import decode_event
from contract.keys import PrivateKey
from contract.payloads.weigh import WeighAnomaly, WeighTicket
from contract.timestamps import rfc3339
from contract.token import KeyRow
from edge_agent.ports import Conclusion, NewEvidence, Work
from tests.fakes.clock import FakeClock
from tests.simulation.gateway import KID, Gateway, Image
from tests.simulation.lossy_link import FINE, STORMY, LossyLink
from tests.simulation.model_hub import ModelHub

FACT = "fact-"


@dataclass
class Book:
    """`on_disk`: facts that the gateway's present disk, or the hub's backup on its behalf, answers
    for. `watched`: what the hub must have reported, as (reports before, facts that an image took back
    for the first time)."""

    last: int = 0
    on_disk: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    hub_alone: set[int] = field(default_factory=set)
    taken_back: set[int] = field(default_factory=set)
    watched: list[tuple[int, set[int]]] = field(default_factory=list)


@dataclass
class Verdict:
    lost: set[int]
    repeated: set[int]
    evidence_lost: set[str]
    unreported: int
    conflicts: list[str]
    events: int

    @property
    def clean(self) -> bool:
        return not (
            self.lost or self.repeated or self.evidence_lost or self.unreported or self.conflicts
        )


class World:
    """One gateway, one line, one hub, one clock; everything that happens follows from `seed`."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        fixed_epoch: bool = False,
        archived_is_stored: bool = False,
    ) -> None:
        self.rng = random.Random(seed)
        self.clock = FakeClock()
        key, command_key = PrivateKey.generate(), PrivateKey.generate()
        self.stranger = PrivateKey.generate()
        self._true_offset_s = self.clock.utc_ns / 1e9 - self.clock.monotonic_s()
        self.hub = ModelHub(
            keys={KID: KeyRow(KID, key.public, "active")},
            command_key=command_key,
            now_s=lambda: self.true_utc_s,
            archived_is_stored=archived_is_stored,
        )
        self.link = LossyLink(self.hub, self.clock, self.rng)
        self.gateway = Gateway(
            folder,
            link=self.link,
            clock=self.clock,
            rng=self.rng,
            key=key,
            command_key=command_key.public,
            fixed_epoch=fixed_epoch,
        )
        self.book = Book()
        self._images: list[tuple[Image, set[int]]] = []
        self._evidence: dict[int, str] = {}
        self.counts: Counter[str] = Counter()

    @property
    def true_utc_s(self) -> float:
        return self._true_offset_s + self.clock.monotonic_s()

    def restart_true_time(self) -> None:
        """After a reboot, which sets boot time back: the hub's clock has gone on."""
        self._true_offset_s += 3_600.0

    async def record(self, events: int) -> None:
        """One work of `events` facts; a ticket now and then rests on evidence."""
        conclusions = []
        for _ in range(events):
            self.book.last += 1
            conclusions.append(self._conclusion(self.book.last))
        self.clock.tick(self.rng.random() * 10)
        await self.gateway.writer.record(Work(self.clock.moment(), tuple(conclusions)))
        self.book.on_disk.update(range(self.book.last - events + 1, self.book.last + 1))

    def _conclusion(self, fact: int) -> Conclusion:
        now = rfc3339(self.clock.utc_ns)
        if self.rng.random() < 0.2:
            anomaly = WeighAnomaly(
                problem_id=f"{FACT}{fact}", phase="opened", kind="zero-drift", weighbridge="wb-1"
            )
            return Conclusion(anomaly, "weighbridge/wb-1")
        content = b"alibi record of %d " % fact * 20
        kept = (NewEvidence(content, "application/vnd.edile.alibi"),)
        evidence = kept if self.rng.random() < 0.1 else ()
        if evidence:
            self._evidence[fact] = sha256(content).hexdigest()
        ticket = WeighTicket(
            ticket_no=f"{FACT}{fact}",
            weighbridge="wb-1",
            gross_kg=Decimal(fact),
            started=now,
            settled=now,
            ended=now,
            raw_sha256=sha256(content).hexdigest(),
            settlement="ok",
        )
        return Conclusion(ticket, "weighbridge/wb-1", evidence=evidence)

    async def exchange(self, times: int = 1) -> None:
        """Turns of the uplink, with the rest that it asks for."""
        for _ in range(times):
            pause = await self.gateway.uplink.exchange_once()
            while await self.gateway.commands.perform_next():
                pass
            self.clock.tick(pause.seconds)

    def kill(self) -> None:
        self.gateway.kill()

    def keep_image(self) -> None:
        self._images = [*self._images[-2:], (self.gateway.image(), set(self.book.on_disk))]

    def put_image_back(self) -> None:
        if not self._images:
            return
        image, held = self.rng.choice(self._images)
        taken_back = self.book.on_disk - held
        at_hub = self._facts_at_hub()
        self.gateway.put_back(image)
        self.book.on_disk = set(held)
        self.book.gone = (self.book.gone | (taken_back - at_hub)) - held
        known = taken_back & at_hub
        self.book.hub_alone = (self.book.hub_alone | known) - held
        self._unwatch(held)  # a newer image than the last one: its facts are on the disk again
        if known - self.book.taken_back:
            self.book.watched.append((len(self.hub.reports), known - self.book.taken_back))
        self.book.taken_back |= known

    def back_up_hub(self) -> None:
        self.hub.backup()

    def restore_hub(self) -> None:
        self.hub.restore()
        at_hub = self._facts_at_hub()
        self.book.gone |= self.book.hub_alone - at_hub
        self.book.hub_alone &= at_hub
        self._unwatch(self.book.taken_back - at_hub)

    def _unwatch(self, facts: set[int]) -> None:
        """What the hub cannot have noticed, and has not so far, it need not report."""
        self.book.watched = [
            (before, watched - facts)
            for before, watched in self.book.watched
            if len(self.hub.reports) > before or watched - facts
        ]

    async def live(self, steps: int) -> None:
        """A stretch of bad days."""
        acts = {
            self.kill: 2,
            self.keep_image: 2,
            self.put_image_back: 1,
            self.back_up_hub: 4,
            self.restore_hub: 1,
        }
        for _ in range(steps):
            draw = self.rng.random()
            if draw < 0.45:
                await self.record(self.rng.choice((1, 1, 2, 7)))
            elif draw < 0.85:
                self.link.weather = self.rng.choice((FINE, STORMY, STORMY))
                await self.exchange(self.rng.randrange(1, 4))
            else:
                (act,) = self.rng.choices(list(acts), weights=list(acts.values()))
                self.counts[act.__name__] += 1
                act()

    async def settle(self, turns: int = 3_000) -> None:
        """The line is good again: goes on until the gateway has nothing left to say."""
        self.link.weather, self.link.up = FINE, True
        for _ in range(turns):
            await self.exchange()
            store = self.gateway.store
            heard = (await self.gateway.uplink.status()).hub_generation
            current = heard == f"g{self.hub.generation}"
            if current and not any(store.depth().values()) and store.next_upload() is None:
                return
        raise AssertionError(f"not drained after {turns} turns: {store.depth()}")

    def verdict(self) -> Verdict:
        found = Counter(self._fact_list())
        expected = set(range(1, self.book.last + 1)) - self.book.gone
        present = expected & set(found)
        blobs = {self._evidence[fact] for fact in present if fact in self._evidence}
        return Verdict(
            lost=expected - set(found),
            repeated={fact for fact, count in found.items() if count > 1},
            evidence_lost=blobs - set(self.hub.memory.blobs) - self._blobs_gone(),
            unreported=sum(len(self.hub.reports) <= before for before, _ in self.book.watched),
            conflicts=self.hub.conflicts,
            events=len(self.hub.memory.events),
        )

    def _blobs_gone(self) -> set[str]:
        """Evidence of facts that an image took back: the event may have been ahead of its file."""
        return {
            blob
            for fact, blob in self._evidence.items()
            if fact in self.book.hub_alone or fact in self.book.gone
        }

    def _facts_at_hub(self) -> set[int]:
        return set(self._fact_list())

    def _fact_list(self) -> list[int]:
        found = []
        for raw in self.hub.memory.events.values():
            data = msgspec.json.decode(decode_event(raw).data)
            name = data.get("problem_id") or data.get("ticket_no") or ""
            if name.startswith(FACT):
                found.append(int(name.removeprefix(FACT)))
        return found
