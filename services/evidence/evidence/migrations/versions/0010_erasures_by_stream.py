"""What is still to be destroyed is named by its stream, in every service alike."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute(files("common").joinpath("erasing.sql").read_text())
