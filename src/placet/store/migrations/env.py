"""Alembic's hook: it migrates over the connection that `placet.store.database` hands it."""

from __future__ import annotations

from alembic import context

from placet.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
