"""What cameras looked at."""

from hub.store.migrations.steps import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_file(revision)
