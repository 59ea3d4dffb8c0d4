"""Tables of work orders, their sightings and evidence, the audit log, REST tokens, idempotency.

Times are RFC 3339 UTC text of `contract.timestamps` (fixed width, so texts sort as times do). Booleans
of state are never stored twice: an order is open or not by its `state` alone.
"""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables import metadata

OPEN_PREDICATE = "state NOT IN ('closed', 'void')"
"""Which orders count as open. The partial unique index and every upsert upon it use this very text:
PostgreSQL infers the index only from a literal predicate, a bound one is refused."""

_ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

work_order = sa.Table(
    "work_order",
    metadata,
    sa.Column("seq", _ROWID, primary_key=True, autoincrement=True),  # the order of pages
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("number", sa.Text),  # null only inside the opening transaction
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("class_code", sa.Text, nullable=False),
    sa.Column("catalogue", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("dedupe_key", sa.Text, nullable=False),
    sa.Column("object", sa.Text),
    sa.Column("slot", sa.Text),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("error_m", sa.Double),
    sa.Column("address", sa.Text),
    sa.Column("area", sa.Text),
    sa.Column("area_version", sa.Integer),
    sa.Column("owner_unit", sa.Text),
    sa.Column("owner_main", sa.Text),
    sa.Column("owner_assisting", sa.Text, nullable=False, server_default="[]"),  # JSON list
    sa.Column("policy_name", sa.Text, nullable=False),
    sa.Column("policy_version", sa.Integer, nullable=False),
    sa.Column("observed_at", sa.Text, nullable=False),  # earliest sighting
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("ended_at", sa.Text),  # the sighter says the problem is over
    sa.Column("dispatched_at", sa.Text),
    sa.Column("resolved_at", sa.Text),
    sa.Column("resolved_by", sa.Text),
    sa.Column("closed_at", sa.Text),  # closed or void
    sa.Column("due_at", sa.Text),
    sa.Column("due_rule", sa.Text),  # version of the arithmetic that made due_at
    sa.Column("detail", sa.Text),
    sa.Column("rework", sa.Integer, nullable=False, server_default="0"),
    sa.Column("relapse_of", sa.Text),
    sa.Column("merged_into", sa.Text),
    sa.Column("merged_from", sa.Text),  # the state that unmerging gives back
    sa.Column("last_at", sa.Text),  # latest sighting
    sa.Column("cell", sa.Text),  # hub.dispatching.cells, for joining by place
    sa.Column("contractor", sa.Text),  # of the owner, where it is one's lot
    sa.Column("resolved_unit", sa.Text),
    sa.Column("resolved_contractor", sa.Text),
    sa.Column("returned", sa.Integer, nullable=False, server_default="0"),
    sa.Column("reopened", sa.Integer, nullable=False, server_default="0"),
    sa.Column("extended", sa.Integer, nullable=False, server_default="0"),
    sa.Column("shelved_until", sa.Text),
    sa.Column("due_calendar", sa.Text),
    sa.Column("beyond_known", sa.Integer, nullable=False, server_default="0"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.UniqueConstraint("district", "number"),
    sa.Index(
        "uq_work_order_open",
        "district",
        "dedupe_key",
        unique=True,
        sqlite_where=sa.text(OPEN_PREDICATE),
        postgresql_where=sa.text(OPEN_PREDICATE),
    ),
    sa.Index("ix_work_order_district_seq", "district", "seq"),
    sa.Index("ix_work_order_district_state_seq", "district", "state", "seq"),
    sa.Index("ix_work_order_district_owner_unit_seq", "district", "owner_unit", "seq"),
    sa.Index("ix_work_order_district_kind_seq", "district", "kind", "seq"),
    sa.Index("ix_work_order_district_observed_at_seq", "district", "observed_at", "seq"),
    sa.Index("ix_work_order_district_dedupe_key", "district", "dedupe_key", "closed_at"),
    sa.Index("ix_work_order_district_class_seq", "district", "class_code", "seq"),
    sa.Index("ix_work_order_district_object_seq", "district", "object", "seq"),
    sa.Index("ix_work_order_district_area_seq", "district", "area", "seq"),
    sa.Index("ix_work_order_district_place", "district", "lat", "lon"),
    sa.Index("ix_work_order_district_opened_at", "district", "opened_at"),  # key figures
    sa.Index("ix_work_order_district_closed_at", "district", "closed_at"),
    sa.Index("ix_work_order_district_due_at", "district", "due_at"),
    sa.Index("ix_work_order_district_cell", "district", "cell", "class_code"),
    sa.Index("ix_work_order_merged_into", "merged_into"),
    sa.Index(
        "ix_work_order_relapse_of",
        "relapse_of",
        sqlite_where=sa.text("relapse_of IS NOT NULL"),
        postgresql_where=sa.text("relapse_of IS NOT NULL"),
    ),
    sa.Index(  # all that the key figures of now read
        "ix_work_order_standing",
        "district",
        "state",
        "due_at",
        "resolved_at",
        "owner_unit",
        "contractor",
        "area",
        "catalogue",
        "class_code",
        sqlite_where=sa.text(OPEN_PREDICATE),
        postgresql_where=sa.text(OPEN_PREDICATE),
    ),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),  # source#id
    sa.Column("order_id", sa.Text),  # null: an end of something that never had an order
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("problem_id", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("observed_at", sa.Text, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("detail", sa.Text),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("error_m", sa.Double),
    sa.Index("ix_sighting_order_id", "order_id", "observed_at"),
    sa.Index(
        "ix_sighting_unfiled",
        "district",
        "problem_id",
        "source",
        sqlite_where=sa.text("order_id IS NULL"),
        postgresql_where=sa.text("order_id IS NULL"),
    ),
    sa.Index("ix_sighting_district_source_order_id", "district", "source", "order_id"),
)

order_evidence = sa.Table(
    "order_evidence",
    metadata,
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("added_at", sa.Text, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),  # an event id or an actor
)

number_sequence = sa.Table(
    "number_sequence",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("year", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # work-order/ID, token/ID, evidence/SHA
    sa.Column("from_state", sa.Text),
    sa.Column("to_state", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("detail", sa.Text),  # JSON object
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("ix_audit_subject", "district", "subject", "seq"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("district", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("told", sa.BigInteger, nullable=False, server_default="0"),  # last domain event
)

api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),  # whom its holder works for
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("revoked_at", sa.Text),
    sa.Column("last_used_at", sa.Text),
    sa.UniqueConstraint("district", "name"),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_sha256", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),  # null only inside the transaction that does the work
    sa.Column("headers", sa.Text),  # JSON object
    sa.Column("body", sa.LargeBinary),
    sa.Index("ix_idempotency_key_created_at", "created_at"),
)

_REFUSAL = "the audit log is append-only"
AUDIT_TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb.upper()} ON audit "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        ),
        (
            "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        ),
        (
            "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        ),
    ),
}
"""Run right after the tables are made: by `metadata.create_all` below, and by migrations."""

for _dialect, _statements in AUDIT_TRIGGERS.items():
    for _statement in _statements:
        _ddl = sa.DDL(_statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        sa.event.listen(audit, "after_create", _ddl.execute_if(dialect=_dialect))
