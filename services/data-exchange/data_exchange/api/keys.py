"""The keys of applications: published, proven, revoked."""

from __future__ import annotations

import secrets

from fastapi import APIRouter

from common.calls.jwk import stored_jwk
from common.door.uow import change
from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.values.law import GDS_35_2
from common.web.auth import Db
from data_exchange.api.partners import Applying
from data_exchange.api.partnerviews import application_view
from data_exchange.contract.partners import (
    ApplicationView,
    ChallengeView,
    EmptyOrder,
    KeyProofOrder,
    KeyRevocationOrder,
    KeySetOrder,
    Kid,
)
from data_exchange.domain import appkeys as rules
from data_exchange.runtime import Run
from data_exchange.store import applications
from data_exchange.wire.keysets import is_proof, message_of, offered_keys

router = APIRouter()


@router.put("/v1/applications/{application_id}/jwks", summary="公布公钥 · Publish the set of keys")
async def publish_keys(
    application_id: ApplicationId, order: KeySetOrder, db: Db, runtime: Run, mandate: Applying
) -> ApplicationView:
    """The whole set of public keys, or the address where it lies. New keys wait for their proof."""
    offered = await offered_keys(runtime, mandate, application_id, order)
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        facts = rules.read_key_set(
            application,
            await applications.list_keys(tx, application_id),
            offered,
            agency_id=mandate.actor.agency_id,
            jwks_uri=order.jwks_uri,
        )
        application = await applications.save(tx, permit, application, *facts)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))


@router.post(
    "/v1/applications/{application_id}/key-challenges",
    summary="索取证明挑战 · Ask for a challenge",
    status_code=201,
)
async def challenge(
    application_id: ApplicationId, order: EmptyOrder, db: Db, mandate: Applying
) -> ChallengeView:
    """A nonce to be signed with a private key; it is good once, for ten minutes."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        tx.permit(applications.resource(application, mandate.actor))
        nonce = secrets.token_urlsafe(24)
        expires_at = await applications.add_challenge(tx, nonce=nonce, application_id=application_id)
        message = message_of(application_id, "<kid>", nonce)
        return tx.answer(ChallengeView(nonce=nonce, message=message, expires_at=expires_at))


@router.post(
    "/v1/applications/{application_id}/keys/{kid}/proof",
    summary="证明持有私钥 · Prove possession of a key",
    status_code=201,
)
async def prove_key(
    application_id: ApplicationId, kid: Kid, order: KeyProofOrder, db: Db, mandate: Applying
) -> ApplicationView:
    """Hand in the signature over the challenge. From now on the key can be used."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        key = await applications.get_key(tx, application_id, kid)
        is_open = await applications.spend_challenge(tx, nonce=order.nonce, application_id=application_id)
        if not is_open or not is_proof(stored_jwk(key.jwk, kid=kid), application_id, order):
            raise Refusal(Kind.INVALID, "DX_KEY_PROOF_WRONG", {"kid": kid}, article=GDS_35_2)
        fact = rules.prove(application, key, agency_id=mandate.actor.agency_id)
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))


@router.post(
    "/v1/applications/{application_id}/keys/{kid}/revocations",
    summary="吊销公钥 · Revoke a key",
    status_code=201,
)
async def revoke_key(
    application_id: ApplicationId, kid: Kid, order: KeyRevocationOrder, db: Db, mandate: Applying
) -> ApplicationView:
    """End a key at once. What it signed before stays good."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        key = await applications.get_key(tx, application_id, kid)
        reason = rules.Revocation(order.reason)
        fact = rules.revoke(application, key, agency_id=mandate.actor.agency_id, reason=reason)
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))
