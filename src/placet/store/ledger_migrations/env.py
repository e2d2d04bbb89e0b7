"""Alembic's hook for the ledger: it migrates over the connection that `placet.store.database` hands it."""

from __future__ import annotations

from alembic import context

from placet.store.ledger_tables import LEDGER, METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, version_table=LEDGER.table)
with context.begin_transaction():
    context.run_migrations()
