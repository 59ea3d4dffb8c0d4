"""The first schema: ingest and work orders."""

from hub.store.migrations.steps import run_file

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    run_file(revision)
