"""Alembic's entry: the connection is handed over by `hub.store.schema`, never opened here."""

from alembic import context

from hub.store.every_table import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
