"""Alembic's folder: numbered versions, applied by `hub.store.schema`."""
