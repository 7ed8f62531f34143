"""The whole schema of case: the door, cases, all that hangs on a case, oversight items, the catalogue of law."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

FILES = (
    "cases.sql",
    "parts.sql",
    "papers.sql",
    "prompts.sql",
    "querycodes.sql",
    "endings.sql",
    "files.sql",
    "refunds.sql",
    "execution.sql",
    "corrections.sql",
    "collecting.sql",
    "crimes.sql",
    "remedies.sql",
    "deliberation.sql",
    "weighings.sql",
    "matters.sql",
    "amendments.sql",
    "invalidations.sql",
    "publications.sql",
    "worklist.sql",
    "datarequests.sql",
    "readings.sql",
    "attempts.sql",
    "oversight.sql",
    "catalogue.sql",
)
"""In this order: what refers to another table comes after it."""


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
    for name in FILES:
        op.execute(files("case.migrations").joinpath(name).read_text())
