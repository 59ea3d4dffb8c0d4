"""Tables of notices: who is to be told of what, each notice to each of them, every try to deliver one."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables import ROWID, metadata

recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("id", ROWID, primary_key=True, autoincrement=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),  # webhook, mail
    sa.Column("target", sa.Text, nullable=False),  # URL or e-mail address
    sa.Column("secret", sa.Text),  # whsec_..., as signatures need it
    sa.Column("former_secret", sa.Text),  # signs beside it until `former_until`
    sa.Column("former_until", sa.Text),
    sa.Column("wants", sa.Text, nullable=False),  # hub.store.recipients.Wants as JSON
    sa.Column("added_at", sa.Text, nullable=False),
    sa.Column("cursor", sa.BigInteger, nullable=False),  # events up to here became notices
    sa.Column("missed", sa.BigInteger, nullable=False, server_default="0"),  # forgotten before that
    sa.Column("paused_at", sa.Text),
    sa.Column("paused_why", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # since a success
    sa.Column("failing_since", sa.Text),
    sa.Column("quiet_until", sa.Text),  # not before, after a failure
    sa.Column("held_until", sa.Text),  # a worker is sending to it
    sa.Column("holds", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("served_at", sa.Text),
    sa.UniqueConstraint("district", "name"),
    sqlite_autoincrement=True,  # a number that was somebody's is never another's
)
"""`holds` counts the times a worker took it: one that comes back late sees that it is not the last."""

OPEN_PREDICATE = "state IN ('pending', 'failed')"

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False),  # webhook-id, and the left of Message-ID
    sa.Column("recipient_id", ROWID, nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # hub.notifying.fanning.key_of
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # JSON, as it is sent
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # pending, failed, delivered, gave-up
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", sa.Text),
    sa.Column("delivered_at", sa.Text),
    sa.Column("last_error", sa.Text),
    sa.UniqueConstraint("recipient_id", "key"),
    sa.Index(
        "ix_notice_open",
        "recipient_id",
        "n",
        sqlite_where=sa.text(OPEN_PREDICATE),
        postgresql_where=sa.text(OPEN_PREDICATE),
    ),
    sa.Index("ix_notice_id", "id"),
    sa.Index("ix_notice_made_at", "made_at"),
    sqlite_autoincrement=True,
)
"""At most one row for a recipient and an event, or a step of an order: that is what `key` names."""

notice_try = sa.Table(
    "notice_try",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),
    sa.Column("notice_n", ROWID, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("delivered", sa.Integer, nullable=False),
    sa.Column("said", sa.Text, nullable=False),  # the peer's answer, or what went wrong
    sa.Index("ix_notice_try_notice_n", "notice_n"),
)
"""The delivery log."""
