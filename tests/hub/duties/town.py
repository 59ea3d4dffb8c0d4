"""Duties as tests need them: the shipped document, a register of a few households, an opener that keeps what
it heard in the very transaction that tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import hub.duties
from contract.timestamps import rfc3339
from hub.dispatching.detections import Detection
from hub.duties.documents import read_duties
from hub.duties.kinds import DutyBook
from hub.duties.spans import day_end, later
from hub.store import audit, duties
from hub.store.duty_tables import duty
from hub.store.engine import Database
from hub.store.order_tables import sighting

DISTRICT = "baiyun"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIPPED = Path(hub.duties.__file__).parent / "shipped" / "duties.yaml"
BOOK: DutyBook = read_duties("duties.yaml", SHIPPED.read_bytes())
GAS, SWEEPING = BOOK.kinds["gas-inspection"], BOOK.kinds["road-sweeping"]


def local(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """UTC ns of a wall time such as `2026-09-30 16:00` (or a date, its midnight) in the zone."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 10**9


def rfc(text: str) -> str:
    return rfc3339(local(text))


def list_duty(
    conn: sa.Connection,
    object_id: str,
    *,
    kind: str = "gas-inspection",
    last_done: str | None = None,
    first_due: str = "2026-09-01",
    book: DutyBook = BOOK,
    district: str = DISTRICT,
) -> None:
    """As an import does: days of the district's zone. Computed by nobody yet."""
    due = rfc3339(day_end(SHANGHAI, datetime.fromisoformat(first_due).date()))
    conn.execute(
        duty.insert().values(
            district=district, kind=kind, object=object_id, lon=113.2, lat=23.1,
            address=f"{object_id} road", unit="gas-office", first_due_at=due,
            register_done_at=None if last_done is None else rfc(f"{last_done} 10:00"),
            next_due_at=due, late_at=due, reason="never", computed_by="-", state="waiting",
            wake_at=due,
        )
    )  # fmt: skip


@dataclass
class Heard:
    """What dispatching was told, kept only when the transaction was. A word told twice is an error of the
    database."""

    dies_at: int | None = None
    calls: list[int] = field(default_factory=list)

    def __call__(self, conn: sa.Connection, words: Sequence[Detection]) -> None:
        self.calls.append(len(words))
        for number, one in enumerate(words):
            if self.dies_at is not None and sum(self.calls[:-1]) + number == self.dies_at:
                raise KeyboardInterrupt
            conn.execute(
                sighting.insert().values(
                    district=one.district, event_id=one.event_id, source=one.source,
                    problem_id=one.problem_id, phase=one.phase, observed_at=one.observed_at,
                    received_at=one.received_at, detail=f"{one.kind}|{one.detail}",
                )
            )  # fmt: skip


def words(database: Database) -> list[tuple[str, str]]:
    """Phase and problem of every word, as they were told."""
    with database.read() as conn:
        rows = conn.execute(
            sa.select(sighting.c.phase, sighting.c.problem_id).order_by(
                sighting.c.received_at, sighting.c.event_id
            )
        )
        return [(row.phase, row.problem_id) for row in rows]


def row_of(database: Database, object_id: str, kind: str = "gas-inspection") -> duties.DutyRow:
    with database.write() as conn:
        audit.lock(conn, DISTRICT)
        found = duties.find(conn, DISTRICT, kind, object_id)
    assert found is not None
    return found


def grace_after(due_ns: int) -> int:
    assert GAS.grace is not None
    return later(SHANGHAI, due_ns, GAS.grace)
