"""Indexes of the lists of work orders, and what key figures are read from."""

from hub.store.migrations.steps import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_file(revision)
