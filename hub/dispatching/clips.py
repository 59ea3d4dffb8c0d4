"""A clip that a gateway kept of a problem: on the order's record, and among its evidence where it may leave."""

from __future__ import annotations

from contract.payloads.evidence import EvidenceClip
from hub.dispatching import transitions
from hub.store import audit, held_evidence, order_heads, order_writes, problems
from hub.store.journal import Journal


def filmed(journal: Journal, clip: EvidenceClip, *, slot: str, at: str) -> None:
    """One of a problem that is not filed yet waits with it; one of none is kept as an event only."""
    conn, district, named = journal.conn, journal.district, clip.problem_id or ""
    found = problems.order_of(conn, district, slot, named)
    head = None if found is None else order_heads.lock_order(conn, district, found)
    if head is None:
        if problems.is_told(conn, district, slot, named):
            _hold(journal, clip, named, slot, at)
        return
    names = [one.sha256 for one in clip.evidence]
    order_writes.add_evidence(
        conn, order_writes.proofs(head.id, names, at=at, by=f"gateway/{slot}")
    )
    order_writes.change_order(conn, district, head.id, {})
    detail: dict[str, object] = {
        "slot": slot, "camera": clip.camera, "begin": clip.begin, "end": clip.end,
        "frames": clip.frames, "original": clip.original_sha256, "evidence": names,
    }  # fmt: skip
    entry = audit.Entry(
        at=at, actor=transitions.HUB, action="clip-kept", subject=f"work-order/{head.id}",
        to_state=str(head.state), detail=detail,
    )  # fmt: skip
    journal.note(entry)


def _hold(journal: Journal, clip: EvidenceClip, problem_id: str, slot: str, at: str) -> None:
    of = {"district": journal.district, "problem_id": problem_id}
    told = {"source": f"/{journal.district}/{slot}", "event_id": f"gateway/{slot}"}
    when = {"observed_at": clip.end, "received_at": at}
    rows = [{**of, **told, **when, "sha256": one.sha256} for one in clip.evidence]
    held_evidence.hold(journal.conn, rows)
