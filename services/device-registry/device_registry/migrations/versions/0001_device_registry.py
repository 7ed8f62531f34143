"""The registry's database: the door, then the tables of each part, one file of SQL a part."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from alembic import op

revision = "0001"
down_revision = None

PARTS: Final = (
    "plans",
    "devices",
    "coverage",
    "contracts",
    "inspections",
    "sharings",
    "papers",
    "periods",
    "retirements",
    "changes",
    "accounts",
    "keys",
    "inventory",
    "watching",
    "cleanup",
    "law",
    "abnormality",
    "offsite",
    "publiclists",
)
"""In this order: a part may refer to the tables of the parts before it."""


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
    for part in PARTS:
        op.execute(files("device_registry.migrations").joinpath(f"{part}.sql").read_text())
