"""Alembic's entry: the connection is handed over by `hub.store.schema`, never opened here."""

from alembic import context

import hub.store.order_tables  # noqa: F401 - its tables belong to the metadata
from hub.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
