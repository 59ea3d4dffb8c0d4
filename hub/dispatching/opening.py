"""From words on problems to orders: a batch is read, decided word by word, and written, under the lock of
its district. What a word is, is decided in `correlating`; what it brings about is written by `recording`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from contract.timestamps import parse_rfc3339
from hub.dispatching import timing
from hub.dispatching.book import Book, book_of
from hub.dispatching.cells import cell_of
from hub.dispatching.correlating import Decision, decide, dedupe_key, matter_of
from hub.dispatching.course import DISPATCHED, OPENED
from hub.dispatching.detections import Detection
from hub.dispatching.loading import load_scene
from hub.dispatching.owning import Owned, owner_of, units_of_slots
from hub.dispatching.recording import (
    Opened,
    Row,
    Written,
    filed_row,
    held_rows,
    problem_row,
    sighting_row,
    write,
)
from hub.dispatching.scene import KnownOrder, KnownProblem, Scene
from hub.dispatching.states import OrderState, first_state
from hub.policies.policy import Policy
from hub.store.journal import Journal, begin

_R = TypeVar("_R")
_NEW_SEQ = 1 << 62
"""Orders of this very batch come after all that have a number."""


@dataclass(frozen=True, slots=True)
class _Course:
    """Where a new order starts, and its times."""

    state: OrderState
    planned: timing.Plan
    timers: Mapping[str, str | None]


class Undecided(Exception):
    """Deciding word `at` of the batch failed: it is the event's fault or ours, and its alone."""

    def __init__(self, at: int, cause: Exception) -> None:
        super().__init__(str(cause))
        self.at, self.cause = at, cause


def dispatch(conn: sa.Connection, detection: Detection) -> str | None:
    """One word, in the caller's transaction; the id of its order, None when it has none."""
    journal = begin(conn, detection.district)
    found = dispatch_many(journal, [detection], book_of(conn, detection.district))
    journal.flush()
    return found[0]


def dispatch_many(
    journal: Journal, detections: Sequence[Detection], book: Book | None = None
) -> list[str | None]:
    """The order of each word. Undecided for the first whose kind has no policy, whose class is missing."""
    if not detections:
        return []
    book = book or book_of(journal.conn, journal.district)
    asked = [(one, _guarded(at, _policy, book, one)) for at, one in enumerate(detections)]
    for at, (detection, policy) in enumerate(asked):
        _guarded(at, matter_of, detection, policy)
    scene = load_scene(journal.conn, journal.district, asked)
    slots = units_of_slots(journal.conn, {one.slot for one in detections})
    written, found = Written(), []
    courses: dict[tuple[object, ...], _Course] = {}
    for at, (detection, policy) in enumerate(asked):
        decision = decide(scene, detection, policy)
        order_id = decision.order_id
        if decision.what == "open":
            owned = _guarded(at, owner_of, book, detection, policy, slots.get(detection.slot))
            course = _course_of(courses, book, detection, policy, owned)
            opened = _opened(detection, policy, owned, decision, course)
            written.orders.append(opened)
            order_id = opened.id
        if decision.what != "repeat":
            _take(scene, written, detection, decision, order_id)
        found.append(order_id)
    write(journal, book, scene, written)
    return found


def order_id_of(*seed: str) -> str:
    """An order's public id: the same for the same seed, guessable from nothing less."""
    return hashlib.sha256("\0".join(("edile-order-v1", *seed)).encode()).hexdigest()[:24]


def _policy(book: Book, detection: Detection) -> Policy:
    policy = book.policies.for_event(detection.kind, detection.class_code, detection.catalogue)
    if policy is None and detection.source_kind == "person":
        return book.policies.reported()
    if policy is None:
        raise KeyError(f"no policy for {detection.kind}, class {detection.class_code}")
    return policy


def _guarded(at: int, step: Callable[..., _R], *args: object) -> _R:
    """Its result; Undecided with the word's place for what that word brought about."""
    try:
        return step(*args)
    except (KeyError, ValueError) as error:
        raise Undecided(at, error) from error


def _take(
    scene: Scene,
    written: Written,
    detection: Detection,
    decision: Decision,
    order_id: str | None,
) -> None:
    """The word changes the scene for those after it, and what is to be written."""
    under = decision.under or order_id
    written.sightings.append(sighting_row(detection, under))
    scene.repeats[detection.event_id] = under
    key = (detection.source, detection.problem_id)
    before = scene.problems.get(key)
    at = under
    if decision.what == "late" and before is not None and before.last_at > detection.observed_at:
        at = before.order_id or under  # an old word does not move what was seen since
    problem = _standing(before, detection, at)
    scene.put_problem(key, problem)
    written.problems[key] = problem_row(detection, problem)
    if order_id is None or under is None:
        written.held += held_rows(detection)
        return
    if decision.what == "open":
        scene.add_order(_known(written.orders[-1].row, len(written.orders)))
    if decision.what == "reopen":
        written.reopened.append((order_id, detection))
        scene.orders[order_id].state = OrderState.DISPATCHED
        scene.orders[order_id].closed_at = None
    order = scene.orders[order_id]
    told = [detection.observed_at]
    if before is not None and before.order_id is None:
        written.filed.append(filed_row(detection, under, problem.first_at))
        told += [problem.first_at, problem.last_at]
    first_at = min(told)
    if first_at < order.first_at:
        order.first_at = written.earlier[order_id] = first_at
    order.last_at = max(order.last_at, *told)
    written.touched.setdefault(order_id, []).append(detection)


def _standing(before: KnownProblem | None, detection: Detection, under: str | None) -> KnownProblem:
    told, ended = detection.observed_at, detection.phase == "ended"
    if before is None or (before.lapsed(told) and not ended):
        return KnownProblem(
            order_id=under,
            looks=0 if ended else detection.looks,
            first_at=told,
            last_at=told,
            ended_at=told if ended else None,
        )
    # Words may come in any order: the latest one says whether the problem lasts.
    ended_at = before.ended_at
    if ended and told >= before.last_at:
        ended_at = told
    elif not ended and ended_at is not None and ended_at < told:
        ended_at = None
    return KnownProblem(
        order_id=under,
        looks=before.looks if ended else max(before.looks + 1, detection.looks),
        first_at=min(before.first_at, told),
        last_at=max(before.last_at, told),
        ended_at=ended_at,
    )


def _course_of(
    made: dict[tuple[object, ...], _Course],
    book: Book,
    detection: Detection,
    policy: Policy,
    owned: Owned,
) -> _Course:
    """`made`: those of the batch's orders before, by all that they follow from; most have the same."""
    state = first_state(review=policy.review, owned=owned.unit is not None)
    opened_ns = parse_rfc3339(detection.received_at)
    calendar = book.calendar_of(owned.unit, opened_ns)
    # The policy and the calendar are the book's, which outlives the batch.
    of = (id(policy), id(calendar), state, opened_ns, detection.observed_at)
    if of not in made:
        moments = {OPENED: opened_ns}
        if state is OrderState.DISPATCHED:
            moments[DISPATCHED] = opened_ns
        planned = timing.plan(policy, moments, calendar)
        timers = timing.timers(policy, planned, calendar)
        expiry = timing.expiry_at(policy, parse_rfc3339(detection.observed_at), calendar)
        if expiry is not None:
            timers[f"{timing.EXPIRE}:"] = expiry
        made[of] = _Course(state, planned, timers)
    return made[of]


def _opened(
    detection: Detection, policy: Policy, owned: Owned, decision: Decision, course: _Course
) -> Opened:
    class_code, catalogue = matter_of(detection, policy)
    state, planned, opened_at = course.state, course.planned, detection.received_at
    placed = detection.lon is not None and detection.lat is not None
    row: Row = {
        "id": order_id_of(detection.district, detection.event_id),
        "district": detection.district,
        "class_code": class_code,
        "catalogue": catalogue,
        "kind": detection.kind,
        "state": str(state),
        "priority": detection.priority or policy.priority,
        "dedupe_key": dedupe_key(detection, policy),
        "object": detection.object,
        "slot": detection.slot if detection.source_kind == "gateway" else None,
        "lon": detection.lon,
        "lat": detection.lat,
        "error_m": detection.error_m,
        "address": detection.address,
        "cell": cell_of(detection.lon or 0.0, detection.lat or 0.0) if placed else None,
        "area": owned.area,
        "area_version": owned.area_version,
        "owner_unit": owned.unit,
        "owner_main": owned.main,
        "owner_assisting": msgspec.json.encode(owned.assisting).decode(),
        "contractor": owned.contractor,
        "policy_name": policy.name,
        "policy_version": policy.version,
        "observed_at": detection.observed_at,
        "last_at": detection.observed_at,
        "opened_at": opened_at,
        "dispatched_at": opened_at if state is OrderState.DISPATCHED else None,
        **timing.due_columns(planned),
        "detail": detection.detail,
        "relapse_of": decision.relapse_of,
    }
    return Opened(row, detection, planned, course.timers)


def _known(row: Row, n: int) -> KnownOrder:
    return KnownOrder(
        id=str(row["id"]),
        seq=_NEW_SEQ + n,
        state=OrderState(str(row["state"])),
        dedupe_key=str(row["dedupe_key"]),
        matter=(str(row["catalogue"]), str(row["class_code"])),
        first_at=str(row["observed_at"]),
        last_at=str(row["last_at"]),
        cell=None if row["cell"] is None else str(row["cell"]),
        lon=row["lon"] if isinstance(row["lon"], float) else None,
        lat=row["lat"] if isinstance(row["lat"], float) else None,
    )
