"""The first schema: ingest and work orders."""

from alembic import op

import hub.store.order_tables  # noqa: F401 - its tables belong to the metadata
from hub.store.tables import metadata

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """As the tables stand in this version; the next one writes its changes out."""
    metadata.create_all(op.get_bind())
