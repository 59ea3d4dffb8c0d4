"""A street problem with its photo: the masked one and the thumbnail leave, the original is sealed."""

from __future__ import annotations

import random
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from contract.envelope import Moment
from contract.payloads.base import Phase, PhotoRef, Place
from contract.payloads.evidence import EvidenceOriginal
from contract.payloads.problem import Problem
from edge_agent.ports import Conclusion, NewEvidence, Work
from edge_agent.store.database import Store
from edge_agent.store.originals import Original
from tests.edge_agent.store.stores import NOW, hub_has, routine

# SOI, APP0 and SOF0 of a JPEG of 640 x 480 (ITU-T T.81 §B.2.2): as much as the hub looks at.
HEAD = bytes.fromhex(
    "ffd8 ffe00010 4a46494600 0102 00 0001 0001 00 00 ffc00011 08 01e0 0280 03 000000000000000000"
)
AT = "2026-09-21T00:00:00.000Z"


def sha(content: bytes) -> str:
    return sha256(content).hexdigest()


class Taken(NamedTuple):
    """Three files of one look."""

    original: bytes
    masked: bytes
    thumbnail: bytes

    @classmethod
    def number(cls, n: int, size: int = 20_000) -> Taken:
        """`size` of the original, different for each `n`."""
        rng = random.Random(n)
        return cls(*(HEAD + rng.randbytes(most) for most in (size, 9_000, 900)))

    @property
    def name(self) -> str:
        return sha(self.original)

    @property
    def leaving(self) -> set[str]:
        return {sha(self.masked), sha(self.thumbnail)}


def word(problem: str = "p-1", phase: Phase = "opened", taken: Taken | None = None) -> Conclusion:
    """A word on a problem, with a photo or without."""
    kept: tuple[NewEvidence, ...] = ()
    if taken is not None:
        kept = (
            NewEvidence(taken.thumbnail, "image/jpeg", parent=taken.name),
            NewEvidence(taken.masked, "image/jpeg", parent=taken.name),
            NewEvidence(taken.original, "image/jpeg", sealed=True),
        )
    photos = tuple(
        PhotoRef(sha256=sha(one.content), parent=one.parent) for one in kept if not one.sealed
    )
    payload = Problem(
        problem_id=problem, phase=phase, class_code="09006", place=Place(camera="cam-1"),
        first_seen=AT, last_seen=AT, sightings=1, confidence=0.9, photos=photos,
    )  # fmt: skip
    return Conclusion(payload, "camera/cam-1", evidence=kept)


def work(*conclusions: Conclusion, at: Moment = NOW) -> Work:
    return Work(at, conclusions)


def asked(original: Original) -> Conclusion:
    payload = EvidenceOriginal(
        evidence=(PhotoRef(sha256=original.sha256),), size_bytes=original.size,
        requested_by="token/li-na", reason="objection 4",
    )  # fmt: skip
    return Conclusion(payload, f"evidence/{original.sha256}")


def uploads(store: Store) -> list[str]:
    """Everything that the uplink would be given, in order."""
    names: list[str] = []
    while upload := store.next_upload(skip=names):
        names.append(upload.sha256)
    return names


def deliver(store: Store) -> None:
    """The hub takes all that is offered, and its backup all of that."""
    while upload := store.next_upload():
        store.evidence_progress(upload.sha256, upload.size, done=True)
    store.commit([routine("proof")])
    hub_has(store)


def sealed_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "sealed").rglob("*") if path.is_file()}
