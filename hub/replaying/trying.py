"""`edile hub policy try`, `POST /v1/policies:try`: the last days through a draft and what is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from hub.dispatching.book import book_of
from hub.replaying.draft import draft_of
from hub.replaying.outcome import Comparison, compare
from hub.replaying.past import past_words
from hub.replaying.run import replay
from hub.store import owners

MOST_WORDS = 50_000
_DAY_NS = 86_400 * 10**9


def try_policies(
    conn: sa.Connection,
    district: str,
    files: Mapping[str, bytes | None],
    *,
    days: float,
    now_ns: int,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[Comparison, int, bool]:
    """The comparison, how many words it rests on, and whether there were more than `MOST_WORDS`.
    PolicyRefused, DraftRefused for the files."""
    draft = draft_of(conn, district, files)
    book = book_of(conn, district)
    past = past_words(conn, district, since_ns=now_ns - int(days * _DAY_NS), most=MOST_WORDS)
    units = owners.units_of_slots(conn, sorted({word.slot for word in past.words}))
    total = 2 * len(past.words)
    now = replay(
        past.words,
        book,
        district=district,
        units=units,
        progress=lambda done: progress(done, total),
    )
    half = len(past.words)
    then = replay(
        past.words,
        draft,
        district=district,
        units=units,
        progress=lambda done: progress(half + done, total),
    )
    return compare(now, then), half, past.cut
