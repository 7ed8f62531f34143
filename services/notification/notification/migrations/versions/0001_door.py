"""The door: outbox, heads, receipts, vault, and the functions that guard every later table."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
