"""Alembic's way in, shared by every service: `common.door.migrate` has put the open connection into the config."""

from __future__ import annotations

from alembic import context

_given = context.config.attributes
context.configure(connection=_given["connection"])
with context.begin_transaction():
    context.run_migrations()
    _given["require_expected"](_given["connection"])
