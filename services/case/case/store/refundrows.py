"""The table of refunds, and the refund that a row holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from case.domain.money import Refund, RefundCause
from case.store.tables import metadata
from common.door.rows import business_table
from common.values.ids import OfficerId

_INSTANT = sa.DateTime(timezone=True)

refunds = business_table(
    "refunds",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("cause", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("fine_fen", sa.BigInteger),
    sa.Column("surcharge_fen", sa.BigInteger),
    sa.Column("surplus_fen", sa.BigInteger),
    sa.Column("opened_at", _INSTANT),
    sa.Column("opened_by", sa.Text),
    sa.Column("asked_by", sa.Text),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _INSTANT),
    sa.Column("interest_fen", sa.BigInteger),
    sa.Column("refunded_at", _INSTANT),
    sa.Column("serial", sa.Text),
    sa.Column("notice_sha256", sa.LargeBinary),
    sa.Column("withdrawn", sa.Boolean),
    owner="case_id",
)


def refund_of(row: Mapping[Any, Any]) -> Refund:
    """The refund that `row` holds."""
    return Refund(
        row["number"],
        RefundCause(row["cause"]),
        row["reference"],
        row["fine_fen"],
        row["surcharge_fen"],
        row["surplus_fen"],
        row["opened_at"],
        _officer(row["opened_by"]),
        _officer(row["asked_by"]),
        _officer(row["approved_by"]),
        row["approved_at"],
        row["interest_fen"],
        row["refunded_at"],
        row["withdrawn"],
    )


def _officer(value: str | None) -> OfficerId | None:
    return OfficerId(value) if value else None
