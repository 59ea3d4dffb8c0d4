"""What a person saw: an order of its own."""

from __future__ import annotations

import sqlalchemy as sa

from contract.timestamps import parse_rfc3339, rfc3339
from contract.workorder import NewOrder
from hub.dispatching.book import book_of
from hub.dispatching.detections import Detection
from hub.dispatching.opening import dispatch_many, order_id_of
from hub.store.journal import begin
from hub.store.tokens import Actor


def report_order(conn: sa.Connection, report: NewOrder, *, actor: Actor, seed: str, at: str) -> str:
    """The order's id; `seed` makes it. A report of a class whose policy joins by place may join an order
    that others have opened there: its id then is that one's."""
    name = order_id_of(actor.district, "report", actor.token_id, seed)
    observed = at if report.observed_at is None else min(_utc(report.observed_at), at)
    place = report.place
    detection = Detection(
        district=actor.district,
        slot=actor.label,
        event_id=f"/{actor.district}/{actor.label}#{name}",
        event_type="report",
        kind=report.kind,
        problem_id=name,
        phase="opened",
        object=report.object or "",
        observed_at=observed,
        received_at=at,
        lon=place.lon,
        lat=place.lat,
        error_m=place.error_m,
        detail=report.detail,
        evidence=tuple(report.evidence),
        class_code=report.class_code,
        catalogue=report.catalogue,
        source_kind="person",
        unit=report.unit,
        address=place.address,
        priority=report.priority,
    )
    journal = begin(conn, actor.district)
    found = dispatch_many(journal, [detection], book_of(conn, actor.district))[0]
    journal.flush()
    if found is None:
        raise LookupError(f"report {name} was not filed, which no policy may ask of people")
    return found


def _utc(text: str) -> str:
    return rfc3339(parse_rfc3339(text))
