"""Orders' course: problems, aliases, clocks, pauses, timers, second looks; domain events and notices;
reference documents; duties and performance cases."""

from hub.store.migrations.steps import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_file(revision)
