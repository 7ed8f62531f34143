"""Alembic's way in, shared by every service: `common.door.migrate` has put the open connection into the config."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
