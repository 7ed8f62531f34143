"""What the exchange must know of a system that calls: read anew for every call, so that nothing revoked is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Database, View, operational
from common.values.ids import AgencyId, AgreementId, ApplicationId, PurposeId
from data_exchange.domain import applications as app_rules
from data_exchange.domain import partners as partner_rules
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.purposes import Purpose
from data_exchange.store.tables_partners import application_keys, applications, partners, request_nonces

Number: TypeAlias = tuple[AgreementId | PurposeId, int]
"""Whose daily number, and how many calls it is."""

_COUNT: Final = sa.text(
    "WITH of_purpose AS (INSERT INTO calls_counted AS c VALUES (:purpose, :today, 1)"
    " ON CONFLICT (counted, called_on) DO UPDATE SET calls = c.calls + 1 WHERE c.calls < :most_of_purpose"
    " RETURNING calls), of_agreement AS (INSERT INTO calls_counted AS c SELECT :agreement, :today, 1 FROM of_purpose"
    " ON CONFLICT (counted, called_on) DO UPDATE SET calls = c.calls + 1 WHERE c.calls < :most_of_agreement"
    " RETURNING calls) SELECT (SELECT calls FROM of_purpose) AS of_purpose,"
    " (SELECT calls FROM of_agreement) AS of_agreement"
)


@dataclass(frozen=True)
class CallerKey:
    """The key that a request names, whatever its state."""

    kid: str
    jwk: str
    proven_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Caller:
    """The application, its partner's state, and the key that the request names if it has one of that id.

    `keys_at` is when a key set at an address was last read; None for a set that was handed in.
    """

    application_id: ApplicationId
    agency_id: AgencyId
    state: app_rules.State
    partner_state: partner_rules.State
    keys_at: datetime | None
    key: CallerKey | None


@dataclass(frozen=True)
class Counted:
    """A call of the day `on` under an agreement and for a purpose."""

    agreement: Agreement
    purpose: Purpose
    on: date


@dataclass(frozen=True)
class Spent:
    """Whether the nonce was never used before, and the number of the day that was used up before this call."""

    is_new: bool
    exhausted: Number | None


async def find_caller(v: View, application_id: ApplicationId, kid: str) -> Caller | None:
    """The application as it is now, with the key `kid`; None if there is no such application."""
    query = (
        sa.select(
            applications.c.agency_id,
            applications.c.state,
            applications.c.jwks_uri,
            applications.c.keys_at,
            partners.c.state.label("partner_state"),
            application_keys.c.jwk,
            application_keys.c.proven_at,
            application_keys.c.revoked_at,
        )
        .join(partners, partners.c.id == applications.c.partner_id)
        .outerjoin(
            application_keys,
            sa.and_(application_keys.c.application_id == applications.c.id, application_keys.c.kid == kid),
        )
        .where(applications.c.id == application_id)
    )
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        return None
    return Caller(
        application_id,
        AgencyId(row.agency_id),
        app_rules.State(row.state),
        partner_rules.State(row.partner_state),
        row.keys_at if row.jwks_uri else None,
        CallerKey(kid, row.jwk, row.proven_at, row.revoked_at) if row.jwk else None,
    )


async def spend_nonce(
    db: Database,
    application_id: ApplicationId,
    kid: str,
    nonce: str,
    *,
    until: datetime,
    counted: Counted | None,
) -> Spent:
    """Spend the nonce and count the call, in one transaction before the request has any effect.

    A nonce that was used counts nothing. The rows of the count stay locked until commit, so they come last.
    """
    row = {"application_id": application_id, "kid": kid, "nonce": nonce, "expires_at": until}
    async with operational(db) as conn:
        made = await conn.execute(insert(request_nonces).values(**row).on_conflict_do_nothing())
        is_new = made.rowcount == 1
        exhausted = await _count(conn, counted) if is_new and counted is not None else None
    return Spent(is_new, exhausted)


async def _count(conn: AsyncConnection, counted: Counted) -> Number | None:
    """The number that was used up before this call; None where the call is within both."""
    agreement, purpose = counted.agreement, counted.purpose
    values = {
        "purpose": purpose.id,
        "most_of_purpose": purpose.daily_calls,
        "agreement": agreement.id,
        "most_of_agreement": agreement.scope.daily_calls,
        "today": counted.on,
    }
    row = (await conn.execute(_COUNT, values)).one()
    if row.of_purpose is None:
        return purpose.id, purpose.daily_calls
    return (agreement.id, agreement.scope.daily_calls) if row.of_agreement is None else None


async def forget_counts(db: Database, before: date) -> None:
    """Delete the counts of days before `before`, and the subjects that no number of an agreement counts any more."""
    async with operational(db) as conn:
        await conn.execute(sa.text("DELETE FROM calls_counted WHERE called_on < :before"), {"before": before})
        query = sa.text("DELETE FROM agreement_subjects WHERE asked_on < :before")
        await conn.execute(query, {"before": before - timedelta(days=30)})


async def forget_nonces(db: Database, now: datetime) -> None:
    """Delete the nonces whose signatures have expired."""
    async with operational(db) as conn:
        await conn.execute(sa.delete(request_nonces).where(request_nonces.c.expires_at <= now))
