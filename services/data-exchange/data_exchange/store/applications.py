"""Application rows with their keys, and the challenges by which a key is proven."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, ApplicationId, PartnerId
from data_exchange.domain.appkeys import Key, KeyFact
from data_exchange.domain.applications import (
    Application,
    ApplicationFact,
    ApplicationRegistered,
    State,
    after,
)
from data_exchange.store.partners import two_sided
from data_exchange.store.rows import Row
from data_exchange.store.tables_partners import application_keys, applications, key_challenges

CHALLENGE_LASTS: Final = timedelta(minutes=10)


def resource(application: Application, actor: Actor) -> Resource:
    """The application as the policy sees it."""
    return two_sided(application.id, application.agency_id, application.host_agency_id, actor)


async def lock(tx: Tx, application_id: ApplicationId) -> Application:
    """The application, held until commit. Refusal NOT_FOUND where the caller sees none."""
    return await _one(tx, application_id, for_update=True)


async def get(v: View | Tx, application_id: ApplicationId) -> Application:
    """The application. Refusal NOT_FOUND as `lock`."""
    return await _one(v, application_id, for_update=False)


async def find(v: View | Tx, application_id: ApplicationId) -> Application | None:
    """The application, or None where the caller sees none."""
    query = sa.select(applications).where(applications.c.id == application_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    return _application(row) if row else None


async def list_of_partner(v: View, partner_id: PartnerId) -> list[Application]:
    """The applications of a partner, the oldest first."""
    table = applications
    query = sa.select(table).where(table.c.partner_id == partner_id).order_by(table.c.id)
    return [_application(row) for row in (await v.conn.execute(query)).mappings()]


async def list_with_uri(v: View) -> list[Application]:
    """The applications whose keys are read from an address."""
    table = applications
    alive = [State.SANDBOX, State.CONFORMANCE_PASSED, State.PRODUCTION]
    query = sa.select(table).where(table.c.jwks_uri.is_not(None), table.c.state.in_(alive))
    return [_application(row) for row in (await v.conn.execute(query.order_by(table.c.id))).mappings()]


async def list_keys(v: View | Tx, application_id: ApplicationId) -> list[Key]:
    """Every key that the application ever had, the oldest first."""
    table = application_keys
    query = sa.select(table).where(table.c.application_id == application_id)
    rows = await v.conn.execute(query.order_by(table.c.added_at, table.c.kid))
    return [_key(row) for row in rows.mappings()]


async def get_key(v: View | Tx, application_id: ApplicationId, kid: str) -> Key:
    """One key. Refusal NOT_FOUND if the application has none of this id."""
    table = application_keys
    query = sa.select(table).where(table.c.application_id == application_id, table.c.kid == kid)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(application_id)
    return _key(row)


async def first_live_at(v: View | Tx) -> datetime | None:
    """When the first application of this installation went into production."""
    at: datetime | None = await v.conn.scalar(sa.select(sa.func.min(applications.c.live_at)))
    return at


async def add(tx: Tx, permit: Permit, fact: ApplicationRegistered) -> Application:
    """The new application that `fact` registers."""
    tx.record(permit, fact)
    application = fact.begun()
    await tx.add(fact, applications, _columns(application))
    return application


async def save(tx: Tx, permit: Permit, application: Application, *facts: ApplicationFact) -> Application:
    """Record `facts`, and write the application and its keys as they leave them."""
    tx.record(permit, *facts)
    keys = {key.kid: key for key in await list_keys(tx, application.id)}
    for fact in facts:
        application = after(application, fact, at=tx.now)
        changed = {name: value for name, value in _columns(application).items() if name != "id"}
        await tx.set(fact, applications, {"id": application.id}, changed)
        if isinstance(fact, KeyFact):
            key = fact.key_after(keys.get(fact.kid), at=tx.now)
            await _write_key(tx, fact, key, is_new=fact.kid not in keys)
            keys[fact.kid] = key
    return application


async def add_challenge(tx: Tx, *, nonce: str, application_id: ApplicationId) -> datetime:
    """Remember a nonce for the proof of a key; the instant until which it is good."""
    expires_at = tx.now + CHALLENGE_LASTS
    row = {"nonce": nonce, "application_id": application_id, "expires_at": expires_at}
    await tx.conn.execute(sa.insert(key_challenges).values(**row))
    return expires_at


async def spend_challenge(tx: Tx, *, nonce: str, application_id: ApplicationId) -> bool:
    """Whether the nonce was open for the application until now; it is closed with this question."""
    table = key_challenges
    query = sa.delete(table).where(table.c.nonce == nonce, table.c.application_id == application_id)
    expires_at = (await tx.conn.execute(query.returning(table.c.expires_at))).scalar_one_or_none()
    return expires_at is not None and tx.now < expires_at


async def _write_key(tx: Tx, fact: KeyFact, key: Key, *, is_new: bool) -> None:
    if is_new:
        await tx.add(fact, application_keys, _key_columns(key))
        return
    own = {"application_id": key.application_id, "kid": key.kid}
    await tx.set(fact, application_keys, own, {"proven_at": key.proven_at, "revoked_at": key.revoked_at})


async def _one(v: View | Tx, application_id: ApplicationId, *, for_update: bool) -> Application:
    query: Any = sa.select(applications).where(applications.c.id == application_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(application_id)
    return _application(row)


def _application(row: Row) -> Application:
    return Application(
        ApplicationId(row["id"]),
        PartnerId(row["partner_id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["host_agency_id"]),
        State(row["state"]),
        tuple(row["networks"]),
        row["jwks_uri"],
        row["keys_at"],
        row["report"],
        row["reported_at"],
        row["proposed_by"],
        row["live_at"],
        State(row["resumes_to"]) if row["resumes_to"] else None,
        row["revision"],
    )


def _columns(application: Application) -> dict[str, Any]:
    return {
        "id": application.id,
        "partner_id": application.partner_id,
        "agency_id": application.agency_id,
        "host_agency_id": application.host_agency_id,
        "state": application.state,
        "networks": list(application.networks),
        "jwks_uri": application.jwks_uri,
        "keys_at": application.keys_at,
        "report": application.report,
        "reported_at": application.reported_at,
        "proposed_by": application.proposed_by,
        "live_at": application.live_at,
        "resumes_to": application.resumes_to,
        "revision": application.revision,
    }


def _key(row: Row) -> Key:
    return Key(
        ApplicationId(row["application_id"]),
        row["kid"],
        row["algorithm"],
        row["jwk"],
        row["thumbprint"],
        row["added_at"],
        row["proven_at"],
        row["revoked_at"],
    )


def _key_columns(key: Key) -> dict[str, Any]:
    return {
        "application_id": key.application_id,
        "kid": key.kid,
        "algorithm": key.algorithm,
        "jwk": key.jwk,
        "thumbprint": key.thumbprint,
        "added_at": key.added_at,
        "proven_at": key.proven_at,
        "revoked_at": key.revoked_at,
    }
