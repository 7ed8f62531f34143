"""The vault holds sealed values; the secrets lie outside the database."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(files("common").joinpath("erasable.sql").read_text())
