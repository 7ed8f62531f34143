"""The rows of the two laws that were weighed for a case (APL 37)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from case.domain.twolaws import Law, Side, Weighed
from case.store.tables import metadata
from common.door.rows import business_table
from common.values.facts import plain
from common.values.profile import PenaltyKind

weighings = business_table(
    "weighings",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("acted_on", sa.Date),
    sa.Column("weighed_on", sa.Date),
    sa.Column("law", sa.Text),
    sa.Column("of_the_act", JSONB),
    sa.Column("of_today", JSONB(none_as_null=True)),
    sa.Column("circumstances", JSONB),
    owner="case_id",
)


def weighed_columns(weighed: Weighed) -> dict[str, Any]:
    return {
        "acted_on": weighed.acted_on,
        "weighed_on": weighed.weighed_on,
        "law": weighed.law,
        "of_the_act": plain(weighed.of_the_act),
        "of_today": plain(weighed.of_today) if weighed.of_today else None,
        "circumstances": dict(weighed.circumstances),
    }


def weighed_of(row: Mapping[Any, Any]) -> Weighed:
    """The weighing that `row` holds."""
    return Weighed(
        row["acted_on"],
        row["weighed_on"],
        _side(row["of_the_act"]),
        _side(row["of_today"]) if row["of_today"] else None,
        Law(row["law"]),
        tuple(sorted(row["circumstances"].items())),
    )


def _side(value: Mapping[str, Any]) -> Side:
    return Side(
        value["version"],
        date.fromisoformat(value["valid_from"]),
        PenaltyKind(value["kind"]),
        value["tier"],
        value["min_fen"],
        value["max_fen"],
        tuple(value["trace"]),
    )
