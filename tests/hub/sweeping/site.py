"""A town with cameras: their boxes report through the real ingest, and get what second looks ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.commands import Command, open_command
from contract.keys import PrivateKey
from contract.names import epoch_text
from contract.payloads.base import Phase, PhotoRef, Place
from contract.payloads.problem import Problem
from contract.payloads.relook import RelookResult, RelookVerdict
from contract.sync import SyncReply
from contract.timestamps import rfc3339
from hub.identity import HubKeys
from hub.ingest import Ingest
from hub.store import gateways
from hub.store.engine import Database
from hub.sweeping import Swept, sweep
from hub.sweeping.running import commands_by
from tests.hub.detections import DISTRICT, actor, at
from tests.hub.owners.town import place
from tests.hub.signing_box import SigningBox
from tests.hub.sweeping.town import Town, ns

STREET = """\
title: {zh: 满溢, en: Bin overflowing}
classes: ["06042"]
time: 2 urgent-hour
verification:
  edge-relook: {between: 5 min and 60 min, answer_within: 30 min, min_confidence: 0.6, again_after: 24 h}
recurrence: {reopen_within: 0 h, relapse_within: 7 days}
"""
WANG = actor("wang", "operator")
DAY = 24 * 60


@dataclass
class Site:
    """Boxes by slot."""

    town: Town
    keys: HubKeys = field(
        default_factory=lambda: HubKeys(PrivateKey.generate(), PrivateKey.generate())
    )
    boxes: dict[str, SigningBox] = field(default_factory=dict)
    _sent: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.town.database, self.keys, DISTRICT, "g1")

    def camera(self, slot: str) -> SigningBox:
        if slot not in self.boxes:
            box = SigningBox(kid=f"{slot}#1", epoch=epoch_text(len(self.boxes) + 1), lane="urgent")
            with self.town.database.write() as conn:
                gateways.add_key(
                    conn,
                    kid=box.kid,
                    public_pem=box.key.public.to_pem(),
                    district=DISTRICT,
                    unit=None,
                    at=at(0),
                )
            self.boxes[slot] = box
        return self.boxes[slot]

    def sees(
        self, slot: str, problem: str, *, minute: float, phase: Phase = "opened", east: float = 0.5
    ) -> str:
        """The id of its order."""
        lon, lat = place(east, 0.5)
        seen = rfc3339(ns(minute))
        box = self.camera(slot)
        box.records(
            Problem(
                problem_id=problem,
                phase=phase,
                class_code="06042",
                place=Place(lon=lon, lat=lat, camera="cam-1"),
                first_seen=seen,
                last_seen=seen,
                sightings=3,
                confidence=0.9,
            )
        )
        self.syncs(slot, minute)
        return self.town.order_of(f"/{DISTRICT}/{slot}", problem)

    def answers(
        self,
        slot: str,
        case: str,
        verdict: RelookVerdict,
        *,
        minute: float,
        confidence: float = 0.9,
        photo: str | None = None,
    ) -> None:
        photos = () if photo is None else (PhotoRef(sha256=photo),)
        self.camera(slot).records(
            RelookResult(case=case, verdict=verdict, confidence=confidence, photos=photos)
        )
        self.syncs(slot, minute)

    def syncs(self, slot: str, minute: float) -> SyncReply:
        """What it has recorded since, or a mere beat."""
        box = self.boxes[slot]
        body, claims = box.batch(self._sent.get(slot, 0) + 1, box.last)
        self._sent[slot] = box.last
        return self.ingest.take(box.kid, claims, body, ns(minute)).reply

    def commands(self, slot: str, minute: float) -> list[Command]:
        reply = self.syncs(slot, minute)
        return [open_command(text, self.keys.command.public) for text in reply.commands]

    def sweeps(self, minute: float) -> Swept:
        send = commands_by(self.keys.command)
        return sweep(self.town.database, DISTRICT, now_ns=ns(minute), send=send)

    def resolved(self, slot: str = "cam-a", problem: str = "bin", *, minute: float = 10) -> str:
        """An order that the camera saw and people say is done."""
        order = self.sees(slot, problem, minute=0)
        self.town.moves(order, "resolved", minute=minute, who=WANG)
        return order

    def asked(self, slot: str = "cam-a", *, minute: float = 100) -> str:
        """And its camera is asked to look again."""
        order = self.resolved(slot)
        self.sweeps(minute)
        return order


def site_of(database: Database) -> Site:
    return Site(Town(database, policy=STREET))
