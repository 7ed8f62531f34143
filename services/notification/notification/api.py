"""The party's inbox, and consent to electronic service."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from common.door.secrets import Erased
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import ConsentId, MessageId, PartyId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from common.web.wire import Instant, Page
from notification import store
from notification.contract import (
    ConsentOrder,
    ConsentStandingView,
    ConsentStatementView,
    ConsentView,
    MessageView,
)
from notification.domain import delivery
from notification.domain.delivery import Message
from notification.domain.service_of_process import (
    STATEMENT,
    Consent,
    sign_consent,
    signed,
    withdraw_consent,
    withdrawn,
)
from notification.runtime import Run

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_READ))]
Receiving = Annotated[Mandate, Depends(Allow(Action.MESSAGE_RECEIVE))]
Signing = Annotated[Mandate, Depends(Allow(Action.CONSENT_SIGN))]
Withdrawing = Annotated[Mandate, Depends(Allow(Action.CONSENT_WITHDRAW))]
ReadingConsent = Annotated[Mandate, Depends(Allow(Action.CONSENT_READ))]
Cursor = Annotated[
    str | None, Query(pattern=r"^[0-9a-f]{1,15}$", description="next_cursor of the page before")
]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/v1/inbox", summary="收件箱 · List the messages of the inbox")
async def list_inbox(db: Db, mandate: Reading, cursor: Cursor = None, limit: Limit = 50) -> Page[MessageView]:
    """The caller's messages in the order in which they arrived."""
    async with view(db, mandate) as v:
        after = int(cursor, 16) if cursor else 0
        found = await store.list_inbox(v, party_of(mandate), after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        items=[message_view(message) for message in page],
        next_cursor=f"{page[-1].seq:x}" if len(found) > limit else None,
    )


@router.get("/v1/inbox/{message_id}", summary="消息详情 · Read one message")
async def read_message(message_id: MessageId, db: Db, mandate: Reading) -> MessageView:
    """One message of the caller's inbox."""
    async with view(db, mandate) as v:
        message = await store.get_message(v, message_id)
        v.permit(store.resource(message.id, message.party_id))
    return message_view(message)


@router.get(
    "/v1/inbox/{message_id}/document",
    summary="消息所附文书 · Fetch the document of a message",
    response_class=Response,
    responses=sends("application/pdf", etag=True) | refuses(Kind.GONE),
)
async def read_document(message_id: MessageId, db: Db, mandate: Reading, runtime: Run) -> Response:
    """The document that came with the message: the PDF/A-3a whose digest the record of its service holds."""
    async with view(db, mandate) as v:
        message = await store.get_message(v, message_id)
        v.permit(store.resource(message.id, message.party_id))
    try:
        content = await runtime.sealed.get(message.document_sha256, of=message.case_id.stream)
    except Erased:
        raise delivery.gone(message) from None
    headers = {
        "content-disposition": f'inline; filename="{message.document_id}.pdf"',
        "etag": f'"{message.document_sha256}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


@router.post(
    "/v1/inbox/{message_id}/receipt", summary="确认已阅 · Confirm having opened a message", status_code=201
)
async def confirm_receipt(message_id: MessageId, db: Db, mandate: Receiving) -> MessageView:
    """The caller confirms having opened the message. Once; service took effect without it."""
    async with change(db, mandate) as tx:
        message = await store.lock_message(tx, message_id)
        permit = tx.permit(store.resource(message.id, message.party_id))
        fact = delivery.view(message)
        message = await store.save_viewed(tx, permit, delivery.after(message, fact, tx.now), fact)
        return tx.answer(message_view(message))


@router.get(
    "/v1/e-service-statement", summary="电子送达确认书 · The confirmation of electronic service in force"
)
async def read_statement(mandate: ReadingConsent) -> ConsentStatementView:
    """The confirmation in force: what consent to electronic service means, and the right to paper."""
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
        permit = tx.permit(store.resource(consent_id, party_id))
        address = await tx.commit_to(consent_id, "address", order.address)
        fact = sign_consent(
            consent_id,
            party_id,
            documents=order.documents,
            channel=order.channel,
            address=address,
            text_version=order.text_version,
        )
        consent = await store.add_consent(tx, permit, signed(fact, tx.now), fact)
        return tx.answer(consent_view(consent))


@router.post(
    "/v1/e-service-consents/{consent_id}/withdrawal",
    summary="撤回同意 · Withdraw the consent",
    status_code=201,
)
async def withdraw_e_service_consent(consent_id: ConsentId, db: Db, mandate: Withdrawing) -> ConsentView:
    """The caller takes the consent back, from now on."""
    async with change(db, mandate) as tx:
        consent = await store.lock_consent(tx, consent_id)
        permit = tx.permit(store.resource(consent.id, consent.party_id))
        fact = withdraw_consent(consent)
        consent = await store.save_withdrawn(tx, permit, withdrawn(consent, tx.now), fact)
        return tx.answer(consent_view(consent))


@router.get("/v1/parties/{party_id}/e-service-consent", summary="当事人的同意情况 · What a party consents to")
async def read_standing(
    party_id: PartyId, at: Instant, db: Db, mandate: ReadingConsent
) -> ConsentStandingView:
    """What the party consents to at `at`; `consents` is empty where nothing stands."""
    async with view(db, mandate) as v:
        v.permit(store.resource(party_id, party_id))
        consents = await store.list_consents_of(v, party_id)
    standing = [consent_view(consent) for consent in consents if consent.stands(at)]
    return ConsentStandingView(party_id=party_id, at=at, consents=standing)


def party_of(mandate: Mandate) -> PartyId:
    """The party that acts. Only parties are permitted the acts of an inbox, so there is one."""
    assert mandate.actor.party_id is not None
    return mandate.actor.party_id


def message_view(message: Message) -> MessageView:
    """`message` on the wire. Only what arrived is shown, so it has an instant of delivery."""
    assert message.delivered_at is not None
    return MessageView(
        message_id=message.id,
        seq=message.seq,
        kind=message.kind,
        code=message.code,
        title=message.title,
        text=message.text,
        case_id=message.case_id,
        document_id=message.document_id,
        document_kind=message.document_kind,
        document_sha256=message.document_sha256,
        state=message.state,
        created_at=message.created_at,
        delivered_at=message.delivered_at,
        viewed_at=message.viewed_at,
        served_on=message.served_on,
    )


def consent_view(consent: Consent) -> ConsentView:
    """`consent` on the wire, with the text that was signed."""
    return ConsentView(
        consent_id=consent.id,
        party_id=consent.party_id,
        documents=sorted(consent.documents),
        channel=consent.channel,
        text_version=consent.text_version,
        statement=STATEMENT.text,
        signed_at=consent.signed_at,
        withdrawn_at=consent.withdrawn_at,
    )
