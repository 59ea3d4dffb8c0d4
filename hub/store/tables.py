"""The hub's tables, as SQLAlchemy Core. One MetaData for both databases; knows no engine."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

hub_meta = sa.Table(
    "hub_meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

gateway = sa.Table(
    "gateway",
    metadata,
    sa.Column("slot", sa.Text, primary_key=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("last_seen", sa.Text),
    sa.Column("health", sa.LargeBinary),  # the last edile.gateway.health.v1 payload, as it came
    sa.Column("health_at", sa.Text),
    sa.Column("desired_serial", sa.Integer, nullable=False, server_default="0"),
    sa.Column("desired", sa.Text),  # compact JWS
    sa.Column("command_seq", sa.Integer, nullable=False, server_default="0"),
)

device_key = sa.Table(
    "device_key",
    metadata,
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("public_pem", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # pending, active, drain, revoked
    sa.Column("added_at", sa.Text, nullable=False),
    sa.Index("ix_device_key_slot", "slot"),
)

lane = sa.Table(
    "lane",
    metadata,
    sa.Column("id", ROWID, primary_key=True, autoincrement=True),
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("stored", sa.BigInteger, nullable=False),
    sa.Column("archived", sa.BigInteger, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),  # chain head after `stored`
    sa.Column("box_head", sa.LargeBinary),  # the box's own, where it is another one
    sa.Column("announced", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("receipt", sa.Text),
    sa.UniqueConstraint("slot", "epoch", "lane"),
)
"""`announced`: how far the next epoch's `started` notice said this lane went; more than `stored` for
long means that its tail is lost. An empty `box_head` is one not known yet."""

event = sa.Table(
    "event",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),  # order of arrival
    sa.Column("lane_id", ROWID, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("received_ns", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # exact bytes; the chain hashes them
    sa.UniqueConstraint("lane_id", "seq"),
)

irregularity = sa.Table(
    "irregularity",
    metadata,
    sa.Column("n", ROWID, primary_key=True, autoincrement=True),
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # gap, chain, conflict, dead-letter, rolled-back
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # an event id or epoch.lane
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.UniqueConstraint("slot", "kind", "subject", "detail"),
    sa.Index("ix_irregularity_slot", "slot", "n"),
)

poison = sa.Table(
    "poison",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),  # source#id
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

anchor = sa.Table(
    "anchor",
    metadata,
    sa.Column("slot", sa.Text, primary_key=True),
    sa.Column("bootid", sa.Text, primary_key=True),
    sa.Column("monotime", sa.Text, primary_key=True),
    sa.Column("utc", sa.Text, nullable=False),
    sa.Column("err_ms", sa.BigInteger, nullable=False),
)

seen_jti = sa.Table(
    "seen_jti",
    metadata,
    sa.Column("jti", sa.Text, primary_key=True),
    sa.Column("until_s", sa.BigInteger, nullable=False, index=True),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
)

original = sa.Table(
    "original",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("given_at", sa.Text, nullable=False),
)
"""Unmasked originals that gateways gave out on request: who may look at them is narrower."""

camera_looks = sa.Table(
    "camera_looks",
    metadata,
    sa.Column("slot", sa.Text, primary_key=True),
    sa.Column("camera", sa.Text, primary_key=True),
    sa.Column("until", sa.Text, primary_key=True),  # the window's end
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),  # edile.camera.looks.v1 payload
)

command = sa.Table(
    "command",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slot", sa.Text, nullable=False),
    sa.Column("cmd_seq", sa.Integer, nullable=False),
    sa.Column("op", sa.Text, nullable=False),
    sa.Column("jws", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("expires", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("detail", sa.Text),
    sa.UniqueConstraint("slot", "cmd_seq"),
)
