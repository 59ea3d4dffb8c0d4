"""The second look: whoever saw a problem is asked whether it is gone, and the answer moves the order.

`gone` closes, `still-there` sends it back as rework (or opens it again, when it was closed already);
`cannot-tell`, an unsure answer and none in time leave it to a person of another unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from contract.commands import RelookArgs
from contract.payloads.relook import RelookResult
from contract.timestamps import parse_rfc3339, rfc3339
from hub.dispatching import transitions
from hub.dispatching.book import Book
from hub.dispatching.cells import around, metres
from hub.dispatching.states import OrderState, back_to
from hub.dispatching.timing import UNANSWERED
from hub.dispatching.transitions import Doing, carry_out
from hub.policies.policy import Policy
from hub.store import audit, course, looks, order_writes, parts, problems
from hub.store.journal import Journal
from hub.store.order_heads import OrderHead

COVERED_M = 30.0
"""A camera that reported something so near covers the place."""

_MINUTE_S = 60
Send = Callable[[str, dict[str, Any], int], str | None]
"""(slot, args, seconds until it expires) -> the command's id, None for a slot that is not there."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who shall look, and why: `saw-it` or `covers-place`."""

    slot: str
    why: str


def ask(journal: Journal, head: OrderHead, policy: Policy, *, send: Send, at: str) -> str:
    """What came of it, for the timer's record."""
    if OrderState(head.state) not in {OrderState.RESOLVED, OrderState.CLOSED}:
        return f"not asked: the order is {head.state}"
    seconds = int(policy.verification.answer_within_min * _MINUTE_S)
    for chosen in _who(journal, head):
        args = _args(journal, head, chosen)
        command = send(chosen.slot, args, seconds)
        if command is None:
            continue
        answer_by = rfc3339(parse_rfc3339(at) + seconds * 10**9)
        round_ = len(looks.of_order(journal.conn, head.id))
        looks.add(
            journal.conn,
            {
                "id": command,
                "district": journal.district,
                "order_id": head.id,
                "round": round_,
                "slot": chosen.slot,
                "why_slot": chosen.why,
                "asked_at": at,
                "answer_by": answer_by,
            },
        )
        due = {f"{UNANSWERED}:": answer_by}
        course.put_timers(journal.conn, journal.district, head.id, due, round_)
        _note(journal, head, "look-asked", at, {"slot": chosen.slot, "why": chosen.why})
        return f"asked {chosen.slot}, which {chosen.why.replace('-', ' ')}"
    why = "no gateway saw it or covers the place"
    if OrderState(head.state) is OrderState.RESOLVED:
        _to_a_person(journal, head, at, why)
        return "nobody to ask: left to a person"
    _note(journal, head, "look-not-asked", at, {"why": why})
    return "nobody to ask"


def answered(
    journal: Journal, book: Book, head: OrderHead, policy: Policy, result: RelookResult,
    *, slot: str, at: str,
) -> None:  # fmt: skip
    """A result that nobody waits for any more (called off, too late) is kept as evidence only."""
    photos = tuple(photo.sha256 for photo in result.photos)
    proofs = order_writes.proofs(head.id, photos, at=at, by=f"gateway/{slot}")
    if proofs:
        order_writes.add_evidence(journal.conn, proofs)
        order_writes.change_order(journal.conn, journal.district, head.id, {})
    look = looks.waiting(journal.conn, head.id, slot)
    if look is None:
        _note(journal, head, "look-not-awaited", at, {"slot": slot, "verdict": result.verdict})
        return
    looks.answer(
        journal.conn,
        look.id,
        at=at,
        verdict=result.verdict,
        confidence=result.confidence,
        photos=photos,
    )
    course.drop_timers(journal.conn, head.id, [f"{UNANSWERED}:"])
    sure = result.confidence >= policy.verification.min_confidence
    told = {"slot": slot, "verdict": result.verdict, "confidence": result.confidence}
    _note(journal, head, "look-answered", at, told)
    actor, state = f"gateway/{slot}", OrderState(head.state)
    if result.verdict == "gone" and sure:
        if state is OrderState.RESOLVED:
            closing = Doing(to=OrderState.CLOSED, actor=actor, reason="seen to be gone", at=at)
            carry_out(journal, book, head, policy, closing)
    elif result.verdict == "still-there" and sure:
        if state is OrderState.CLOSED and parts.is_held(
            journal.conn, journal.district, head.dedupe_key
        ):
            _note(journal, head, "look-moot", at, {"why": "what came back is open already"})
        elif state in {OrderState.RESOLVED, OrderState.CLOSED}:
            to = back_to(owned=head.owner_unit is not None)
            back = Doing(to=to, actor=actor, reason="seen to be there", at=at)
            carry_out(journal, book, head, policy, back)
    elif state is OrderState.RESOLVED:
        _to_a_person(journal, head, at, f"the look says {result.verdict}, not surely")


def unanswered(journal: Journal, head: OrderHead, *, at: str) -> str:
    """The time for an answer is over. What came of it, for the timer's record."""
    look = looks.waiting(journal.conn, head.id)
    if look is None:
        return "answered"
    looks.answer(journal.conn, look.id, at=at, verdict=looks.NO_ANSWER)
    if OrderState(head.state) is OrderState.RESOLVED:
        _to_a_person(journal, head, at, f"{look.slot} did not answer in time")
        return "left to a person"
    _note(journal, head, "look-unanswered", at, {"slot": look.slot})
    return "no answer"


def _who(journal: Journal, head: OrderHead) -> list[Chosen]:
    """The slots that saw the problem, the first that did first; then those that saw something near."""
    slots = problems.slots_of(journal.conn, journal.district, head.id)
    found = [Chosen(slot, "saw-it") for slot in slots]
    if head.lon is not None and head.lat is not None:
        cells = sorted(around(head.lon, head.lat, COVERED_M))
        for slot, lon, lat in looks.seen_from(journal.conn, journal.district, cells):
            known = {one.slot for one in found}
            if slot not in known and metres(head.lon, head.lat, lon, lat) <= COVERED_M:
                found.append(Chosen(slot, "covers-place"))
    return found


def _args(journal: Journal, head: OrderHead, chosen: Chosen) -> dict[str, Any]:
    problem = problems.problem_of(journal.conn, journal.district, head.id, chosen.slot)
    args = RelookArgs(
        case=head.id,
        class_code=head.class_code,
        catalogue=head.catalogue,
        problem_id=problem,
        lon=head.lon,
        lat=head.lat,
    )
    named: dict[str, Any] = msgspec.to_builtins(args)
    return named


def _to_a_person(journal: Journal, head: OrderHead, at: str, why: str) -> None:
    _note(journal, head, "look-needed", at, {"why": why})
    transitions.tell(journal, head, "order.look-needed", at, {"why": why})


def _note(
    journal: Journal, head: OrderHead, action: str, at: str, detail: dict[str, object]
) -> None:
    subject = f"work-order/{head.id}"
    journal.note(
        audit.Entry(
            at=at,
            actor=transitions.HUB,
            action=action,
            subject=subject,
            to_state=str(head.state),
            detail=detail,
        )
    )
