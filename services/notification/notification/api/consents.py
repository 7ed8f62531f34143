"""Consent to electronic service."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import ConsentId, PartyId
from common.web.auth import Allow, Db
from common.web.wire import Instant
from notification.api.views import consent_view, party_of
from notification.contract import ConsentOrder, ConsentStandingView, ConsentStatementView, ConsentView
from notification.domain.consent import STATEMENT, sign_consent, withdraw_consent
from notification.store import consents
from notification.store.parties import resource

router = APIRouter()

Signing = Annotated[Mandate, Depends(Allow(Action.CONSENT_SIGN))]
Withdrawing = Annotated[Mandate, Depends(Allow(Action.CONSENT_WITHDRAW))]
ReadingConsent = Annotated[Mandate, Depends(Allow(Action.CONSENT_READ))]


@router.get(
    "/v1/e-service-statement", summary="电子送达确认书 · The confirmation of electronic service in force"
)
async def read_statement(mandate: ReadingConsent) -> ConsentStatementView:
    """The confirmation in force: the effect of a consent to electronic service, and the right to paper."""
    return ConsentStatementView(
        text_version=STATEMENT.version,
        text=STATEMENT.text,
        documents=list(STATEMENT.documents),
        channels=list(STATEMENT.channels),
    )


@router.post(
    "/v1/e-service-consents", summary="同意电子送达 · Consent to electronic service", status_code=201
)
async def sign_e_service_consent(order: ConsentOrder, db: Db, mandate: Signing) -> ConsentView:
    """The caller signs a confirmation of electronic service (APL 61(2)). The time is the server's."""
    async with change(db, mandate) as tx:
        consent_id, party_id = ConsentId.new(tx.now), party_of(mandate)
        permit = tx.permit(resource(consent_id, party_id))
        address = await tx.commit_to(consent_id, "address", order.address)
        fact = sign_consent(
            consent_id,
            party_id,
            documents=order.documents,
            channel=order.channel,
            address=address,
            text_version=order.text_version,
        )
        consent = await consents.add(tx, permit, fact)
        return tx.answer(consent_view(consent))


@router.post(
    "/v1/e-service-consents/{consent_id}/withdrawal",
    summary="撤回同意 · Withdraw the consent",
    status_code=201,
)
async def withdraw_e_service_consent(consent_id: ConsentId, db: Db, mandate: Withdrawing) -> ConsentView:
    """The caller takes the consent back, from now on."""
    async with change(db, mandate) as tx:
        consent = await consents.lock(tx, consent_id)
        permit = tx.permit(resource(consent.id, consent.party_id))
        fact = withdraw_consent(consent)
        consent = await consents.save(tx, permit, consent, fact)
        return tx.answer(consent_view(consent))


@router.get("/v1/parties/{party_id}/e-service-consent", summary="当事人的同意情况 · What a party consents to")
async def read_standing(
    party_id: PartyId, db: Db, mandate: ReadingConsent, at: Instant | None = None
) -> ConsentStandingView:
    """The consents of the party that stand at `at`, without it now; `consents` is empty where none does."""
    async with view(db, mandate) as v:
        at = at or v.now
        v.permit(resource(party_id, party_id))
        signed = await consents.list_by_party(v, party_id)
    standing = [consent_view(consent) for consent in signed if consent.stands(at)]
    return ConsentStandingView(party_id=party_id, at=at, consents=standing)
