"""What a batch of words comes to, written: sightings, problems, orders with their clocks and timers, and
what follows for the orders that it touched. What is decided, and how, is in `opening`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.dispatching import endings, timing
from hub.dispatching.book import Book
from hub.dispatching.detections import Detection
from hub.dispatching.scene import KnownOrder, KnownProblem, Scene
from hub.store import audit, held_evidence, order_writes
from hub.store.journal import Journal, Told

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Opened:
    """A new order's row, the word that opened it, and its times."""

    row: Row
    detection: Detection
    planned: timing.Plan
    timers: Mapping[str, str | None]

    @property
    def id(self) -> str:
        return str(self.row["id"])


@dataclass(slots=True)
class Written:
    """Rows of the batch, in the order of its words."""

    sightings: list[Row] = field(default_factory=list)
    orders: list[Opened] = field(default_factory=list)
    touched: dict[str, list[Detection]] = field(default_factory=dict)
    problems: dict[tuple[str, str], Row] = field(default_factory=dict)
    reopened: list[tuple[str, Detection]] = field(default_factory=list)
    filed: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    earlier: dict[str, str] = field(default_factory=dict)
    """Orders of which something was observed before all that is known: when."""


def write(journal: Journal, book: Book, scene: Scene, written: Written) -> None:
    conn = journal.conn
    order_writes.record_sightings(conn, written.sightings)
    held_evidence.hold(conn, written.held)
    order_writes.file_words(conn, written.filed)
    held_evidence.give(conn, written.filed)
    order_writes.put_problems(conn, list(written.problems.values()))
    _write_orders(journal, written)
    fresh = {opened.id for opened in written.orders}
    notes: list[Row] = []
    proofs: list[order_writes.Row] = []
    for order_id, words in written.touched.items():
        order = scene.orders[order_id]
        notes.append(
            {
                "at_district": journal.district,
                "at_id": order_id,
                "last": order.last_at,
                "ended": endings.ended_at(scene, order_id),
            }
        )
        for word in words:
            proofs += order_writes.proofs(
                scene.repeats[word.event_id] or order_id,
                word.evidence,
                at=word.received_at,
                by=word.event_id,
            )
        if order_id not in fresh:
            _tell_joined(journal, order, words)
    # An order of one word is inserted with its times.
    inserted = {opened.id: _inserted(opened) for opened in written.orders}
    changed = [
        one
        for one in notes
        if len(written.touched[str(one["at_id"])]) > 1
        or one["at_id"] in written.earlier
        or inserted.get(str(one["at_id"])) != one
    ]
    order_writes.note_words(conn, changed)
    order_writes.note_earlier(
        conn,
        [
            {"at_district": journal.district, "at_id": order_id, "first": first}
            for order_id, first in written.earlier.items()
        ],
    )
    order_writes.add_evidence(conn, proofs)
    for order_id, detection in written.reopened:
        endings.reopen(journal, book, order_id, at=detection.received_at)
    endings.follow(journal, book, scene, written.touched, fresh)


def _inserted(opened: Opened) -> Row:
    """What its row says already."""
    row = opened.row
    times = {"last": row["last_at"], "ended": None}
    return {"at_district": row["district"], "at_id": opened.id, **times}


def _write_orders(journal: Journal, written: Written) -> None:
    conn, district = journal.conn, journal.district
    by_year: dict[str, list[Row]] = {}
    for opened in written.orders:
        by_year.setdefault(str(opened.row["opened_at"])[:4], []).append(opened.row)
    for year, rows in by_year.items():
        numbers = order_writes.take_numbers(conn, district, len(rows), year)
        for row, number in zip(rows, numbers, strict=True):
            row["number"] = number
    rows = [opened.row for opened in written.orders]
    taken = order_writes.open_or_join(conn, district, rows)
    strangers = [row["id"] for row in rows if taken[str(row["dedupe_key"])] != row["id"]]
    if strangers:
        raise LookupError(f"somebody writes orders of {district} without its lock: {strangers}")
    clocks: list[Row] = []
    timers: list[Row] = []
    for opened in written.orders:
        clocks += timing.clock_rows(opened.id, opened.planned)
        timers += [
            {"district": district, "order_id": opened.id, "step": step, "round": 0, "due_at": at}
            for step, at in opened.timers.items()
        ]
        _note_opened(journal, opened.row, opened.detection, str(opened.row["number"]))
    order_writes.add_clocks(conn, clocks)
    order_writes.add_timers(conn, timers)


def _note_opened(journal: Journal, row: Row, detection: Detection, number: str) -> None:
    subject = f"work-order/{row['id']}"
    who = f"gateway/{detection.slot}" if detection.source_kind == "gateway" else detection.slot
    detail: Row = {"number": number, "event": detection.event_id, "unit": row["owner_unit"]}
    detail |= {"policy": row["policy_name"], "policy_version": row["policy_version"]}
    journal.note(
        audit.Entry(
            at=str(row["opened_at"]),
            actor=who,
            action="opened",
            subject=subject,
            to_state=str(row["state"]),
            detail=detail,
        )
    )
    told = ("state", "kind", "class_code", "priority", "contractor", "due_at", "relapse_of")
    data = {name: row[name] for name in told} | {"number": number, "unit": row["owner_unit"]}
    journal.tell(Told(str(row["opened_at"]), "order.opened", subject, data))


def _tell_joined(journal: Journal, order: KnownOrder, words: Sequence[Detection]) -> None:
    """With what readers of domain events filter by, as it was before anything followed from the words."""
    data: Row = {**order.told, "state": str(order.state), "class_code": order.matter[1]}
    data |= {"sightings": len(words), "events": [word.event_id for word in words]}
    journal.tell(Told(words[-1].received_at, "order.sighted", f"work-order/{order.id}", data))


def sighting_row(detection: Detection, under: str | None) -> Row:
    return {
        "district": detection.district,
        "event_id": detection.event_id,
        "order_id": under,
        "source": detection.source,
        "problem_id": detection.problem_id,
        "phase": detection.phase,
        "observed_at": detection.observed_at,
        "received_at": detection.received_at,
        "detail": detection.detail,
        "lon": detection.lon,
        "lat": detection.lat,
        "error_m": detection.error_m,
    }


def held_rows(detection: Detection) -> list[Row]:
    """Evidence of a word that has no order yet."""
    of = {
        "district": detection.district,
        "problem_id": detection.problem_id,
        "source": detection.source,
        "event_id": detection.event_id,
        "observed_at": detection.observed_at,
        "received_at": detection.received_at,
    }
    return [{**of, "sha256": sha256} for sha256 in dict.fromkeys(detection.evidence)]


def filed_row(detection: Detection, under: str, since: str) -> Row:
    """Earlier words on the problem, which were not enough to file it, go with this one: those observed
    since it began, or began anew."""
    return {
        "at_district": detection.district,
        "at_source": detection.source,
        "at_problem": detection.problem_id,
        "at_id": under,
        "at_since": since,
    }


def problem_row(detection: Detection, problem: KnownProblem) -> Row:
    return {
        "district": detection.district,
        "source": detection.source,
        "problem_id": detection.problem_id,
        "order_id": problem.order_id,
        "looks": problem.looks,
        "first_at": problem.first_at,
        "last_at": problem.last_at,
        "ended_at": problem.ended_at,
    }
