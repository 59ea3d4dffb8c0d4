"""Tables of an order's course: whose problem joined it, its clocks, pauses and timers, its second looks,
and what the rest of the world is told.

Times are RFC 3339 UTC text, as in `order_tables`; `*_ns` columns hold UTC nanoseconds where arithmetic
needs them exactly.
"""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables import ROWID, metadata

order_problem = sa.Table(
    "order_problem",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("problem_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text),  # null: told, but not enough to file it yet
    sa.Column("looks", sa.Integer, nullable=False, server_default="1"),
    sa.Column("first_at", sa.Text, nullable=False),  # observed
    sa.Column("last_at", sa.Text, nullable=False),
    sa.Column("ended_at", sa.Text),
    sa.Index("ix_order_problem_order_id", "order_id"),
)
"""Where each source's problem stands now. `sighting` keeps every word of it."""

held_evidence = sa.Table(
    "held_evidence",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("problem_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),  # source#id
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("observed_at", sa.Text, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
)
"""Evidence of words that were not enough to file their problem, until it is filed."""

order_alias = sa.Table(
    "order_alias",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("dedupe_key", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text, nullable=False),  # open; whom the key's next word joins
    sa.Column("merged_id", sa.Text, nullable=False),  # the order that had the key
    sa.Index("ix_order_alias_order_id", "order_id"),
    sa.Index("ix_order_alias_merged_id", "merged_id"),
)
"""Keys of orders that were merged into an open one. They go when that one is closed, or unmerged."""

order_clock = sa.Table(
    "order_clock",
    metadata,
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("amount", sa.Double, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("start_ns", sa.BigInteger),  # null: the moment it runs from has not come
    sa.Column("due_ns", sa.BigInteger),  # null: not begun, or the clock stands
    sa.Column("rule", sa.Text),  # hub.deadlines.Computed
    sa.Column("calendar", sa.Text),
    sa.Column("beyond_known", sa.Integer, nullable=False, server_default="0"),
    sa.Column("met_at", sa.Text),
)

order_pause = sa.Table(
    "order_pause",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("begin_ns", sa.BigInteger, nullable=False),
    sa.Column("end_ns", sa.BigInteger),
    sa.Column("reason", sa.Text, nullable=False),  # hub.deadlines.pauses.Reason
    sa.Column("by", sa.Text, nullable=False),
    sa.Index("ix_order_pause_order_id", "order_id"),
)

timer = sa.Table(
    "timer",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),  # "KIND:NAME", e.g. escalate:half-way
    sa.Column("round", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", sa.Text),  # null: the order's clock stands
    sa.Column("fired_at", sa.Text),
    sa.Column("outcome", sa.Text),  # done, or why nothing was to be done, or why it failed so far
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),  # that failed
    sa.UniqueConstraint("order_id", "step", "round"),
    sa.Index(
        "ix_timer_due",
        "district",
        "due_at",
        sqlite_where=sa.text("fired_at IS NULL"),
        postgresql_where=sa.text("fired_at IS NULL"),
    ),
)
"""What happens to an order by itself, once: the row is claimed and its effect written in one transaction."""

second_look = sa.Table(
    "second_look",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # also the command's id
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("slot", sa.Text),
    sa.Column("why_slot", sa.Text),  # saw-it, covers-place
    sa.Column("asked_at", sa.Text),
    sa.Column("answer_by", sa.Text),
    sa.Column("answered_at", sa.Text),
    sa.Column("verdict", sa.Text),  # gone, still-there, cannot-tell, no-answer
    sa.Column("confidence", sa.Double),
    sa.Column("photos", sa.Text),  # JSON list of SHA-256
    sa.UniqueConstraint("order_id", "round"),
)

domain_event = sa.Table(
    "domain_event",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 ... no gaps
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),  # order.opened, order.moved, order.escalated ...
    sa.Column("subject", sa.Text, nullable=False),  # work-order/ID
    sa.Column("data", sa.Text, nullable=False),  # JSON object
)
"""The transactional outbox: written with what it tells of, read by live updates and webhooks."""

reference = sa.Table(
    "reference",
    metadata,
    sa.Column("serial", ROWID, primary_key=True, autoincrement=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # hub.store.reference.KINDS
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),  # null: taken out of use by this version
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("district", "kind", "name", "version"),
)
"""Documents that decisions rest on, every version of each. The newest one is in force."""

photo_print = sa.Table(
    "photo_print",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("dhash", sa.BigInteger, nullable=False),  # 64 bits, signed
    sa.Column("taken_at", sa.Text),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("added_at", sa.Text, nullable=False),
)
"""What guards know of a photo: its perceptual hash, when and where its own record says it was taken."""
