"""The words on problems that came in during the last days, as they came in."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from contract.envelope import decode_event
from contract.timestamps import rfc3339
from hub.dispatching import Detection, detection_of
from hub.store.tables import event, lane

_TYPES = (
    "edile.weigh.anomaly.v1",
    "edile.attendance.exception.v1",
    "edile.air.alarm.v1",
    "edile.problem.v1",
    "edile.gateway.notice.v1",
)


@dataclass(frozen=True, slots=True)
class Past:
    """`words` in order of arrival; `cut` when there were more than `most`."""

    words: tuple[Detection, ...]
    cut: bool


def past_words(conn: sa.Connection, district: str, *, since_ns: int, most: int) -> Past:
    """Events whose bytes do not say what their type wants were set aside then, and are here, too."""
    rows = conn.execute(
        sa.select(event.c.body, event.c.received_ns, lane.c.slot)
        .join(lane, lane.c.id == event.c.lane_id)
        .where(event.c.received_ns >= since_ns, event.c.type.in_(_TYPES))
        .order_by(event.c.n)
        .limit(most + 1)
    ).all()
    words = []
    for row in rows[:most]:
        try:
            word = detection_of(
                decode_event(bytes(row.body)),
                district=district,
                slot=row.slot,
                received_at=rfc3339(row.received_ns),
            )
        except msgspec.MsgspecError:
            continue
        if word is not None:
            words.append(word)
    return Past(tuple(words), len(rows) > most)
