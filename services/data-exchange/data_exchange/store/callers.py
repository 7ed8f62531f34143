"""What the exchange must know of a system that calls: read anew for every call, so that nothing revoked is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.door.uow import Database, View, operational
from common.values.ids import AgencyId, ApplicationId
from data_exchange.domain import applications as app_rules
from data_exchange.domain import partners as partner_rules
from data_exchange.store.tables_partners import application_keys, applications, partners, request_nonces


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
    db: Database, application_id: ApplicationId, kid: str, nonce: str, *, until: datetime
) -> bool:
    """Whether this nonce was never used by this key. It is used from now on, before the request has any effect."""
    row = {"application_id": application_id, "kid": kid, "nonce": nonce, "expires_at": until}
    async with operational(db) as conn:
        made = await conn.execute(insert(request_nonces).values(**row).on_conflict_do_nothing())
    return made.rowcount == 1


async def forget_nonces(db: Database, now: datetime) -> None:
    """Delete the nonces whose signatures have expired."""
    async with operational(db) as conn:
        await conn.execute(sa.delete(request_nonces).where(request_nonces.c.expires_at <= now))
