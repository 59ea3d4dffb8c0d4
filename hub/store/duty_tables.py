"""Tables of duties: what is owed where, the visits, the problems that were told, performance cases.

Times are RFC 3339 UTC text, as in `order_tables`.
"""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables import ROWID, metadata

duty = sa.Table(
    "duty",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # of the duties document
    sa.Column("object", sa.Text, nullable=False),  # a component, an asset or an address, by its id
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("address", sa.Text),
    sa.Column("unit", sa.Text),  # whose duty it is, where the register says so
    sa.Column("contractor", sa.Text),
    sa.Column("lot", sa.Text),
    sa.Column("first_due_at", sa.Text, nullable=False),  # while it was never done
    sa.Column("register_done_at", sa.Text),  # the last doing that came with the register
    # From here on it follows from the above, the visits and the kind (hub.duties.course).
    sa.Column("last_done_at", sa.Text),
    sa.Column("next_due_at", sa.Text, nullable=False),
    sa.Column("late_at", sa.Text, nullable=False),  # next_due_at and the grace
    sa.Column("reason", sa.Text, nullable=False),  # hub.duties.kinds.Reason
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("revisit_at", sa.Text),
    sa.Column("computed_by", sa.Text, nullable=False),  # DutyBook.digest_of
    # What dispatching knows.
    sa.Column("state", sa.Text, nullable=False),  # waiting, open, retired
    sa.Column("wake_at", sa.Text),  # when the sweep looks at it; null = never
    sa.Column("round", sa.Integer, nullable=False, server_default="0"),  # its last duty_word
    sa.UniqueConstraint("district", "kind", "object"),
    sa.Index(
        "ix_duty_wake",
        "district",
        "kind",
        "wake_at",
        "n",
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    ),
    sa.Index("ix_duty_due", "district", "kind", "next_due_at"),
    sa.Index(
        "ix_duty_never",
        "district",
        "kind",
        "n",
        sqlite_where=sa.text("last_done_at IS NULL"),
        postgresql_where=sa.text("last_done_at IS NULL"),
    ),
    sa.Index(
        "ix_duty_lot",
        "district",
        "contractor",
        "lot",
        sqlite_where=sa.text("contractor IS NOT NULL"),
        postgresql_where=sa.text("contractor IS NOT NULL"),
    ),
)
"""The sweep reads `wake_at` alone: a row leaves that index when it has been told, so a sweep touches what
has become due since the last one, whenever it was put there. No watermark could miss a row."""

duty_visit = sa.Table(
    "duty_visit",
    metadata,
    sa.Column("duty_n", ROWID, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("covered", sa.Double),  # 0..1
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("evidence", sa.Text, nullable=False, server_default="[]"),  # JSON list of SHA-256
    sa.Column("struck_at", sa.Text),  # it was a mistake, and counts no more
    sa.Column("struck_why", sa.Text),
)

duty_word = sa.Table(
    "duty_word",
    metadata,
    sa.Column("duty_n", ROWID, primary_key=True, autoincrement=False),
    sa.Column("round", sa.Integer, primary_key=True),  # 1, 2, 3 ... of the duty
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due_at", sa.Text, nullable=False),
    sa.Column("problem_id", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Index("ix_duty_word_at", "at"),
)
"""Every word told to dispatching. The primary key is what makes it exactly once."""

duty_progress = sa.Table(
    "duty_progress",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("computed_by", sa.Text, nullable=False),
    sa.Column("through_n", ROWID, nullable=False),  # duties up to this one are
    sa.Column("whole", sa.Integer, nullable=False, server_default="0"),
)
"""How far the duties have been computed by the document in force."""

performance_case = sa.Table(
    "performance_case",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("contractor", sa.Text, nullable=False),
    sa.Column("lot", sa.Text, nullable=False),
    sa.Column("measure", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),  # 2026-10, 2026-W41, 2026-10-07
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),  # JSON: the terms it was computed by
    sa.Column("rows", sa.Text, nullable=False),  # JSON: hub.duties.performance.Fact
    sa.Column("finding", sa.Text, nullable=False),  # JSON: hub.duties.performance.Finding
    sa.Column("proposed_fen", sa.BigInteger, nullable=False),
    sa.Column("proposed_at", sa.Text, nullable=False),
    sa.Column("told", sa.Integer, nullable=False, server_default="0"),  # 1: its problem is open
    sa.Column("decision", sa.Text),  # accepted, changed, waived
    sa.Column("decided_fen", sa.BigInteger),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("since", sa.Text),  # JSON: what rows that came after the decision would propose
    sa.UniqueConstraint("district", "contractor", "lot", "measure", "period"),
)
"""Nothing is deducted by the hub: `proposed_fen` is a proposal, `decided_fen` what a person wrote."""
