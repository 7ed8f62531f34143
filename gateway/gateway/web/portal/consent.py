"""Consent to electronic service: apart from signing in and from paying, and taken back in one step (APL 61(2))."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from gateway.web.portal.around import shown
from gateway.web.portal.statement import said
from gateway.web.shell import form, text_of
from gateway.web.visitor import Refused, SignedIn, Visitor
from gateway.web.words import say

router = APIRouter()


@router.get("/portal/consent")
async def read_consent(request: Request, visitor: SignedIn) -> Response:
    """What a consent means, those that stand, and the form."""
    return await _page(request, visitor, {}, {})


@router.post("/portal/consent")
async def sign_consent(request: Request, visitor: SignedIn) -> Response:
    """Sign for the kinds of document that were ticked; nothing is ticked beforehand."""
    fields = await form(request)
    documents = [each for each in fields.getlist("document") if isinstance(each, str)]
    faults = {} if documents else {"document": say("portal.consent.none_ticked", visitor.language)}
    channel = text_of(fields, "channel")
    address = "inbox" if channel == "INBOX" else text_of(fields, "address")
    if not address:
        faults["address"] = say("portal.consent.address_missing", visitor.language)
    if not faults:
        order = {
            "documents": documents,
            "channel": channel,
            "address": address,
            "text_version": text_of(fields, "text_version"),
        }
        try:
            await visitor.post("/v1/e-service-consents", order, key=text_of(fields, "key"))
        except Refused as refused:
            faults["document"] = said(refused)
        else:
            return RedirectResponse("/portal/consent#standing", 303)
    return await _page(request, visitor, _typed(fields, documents), faults)


@router.post("/portal/consent/{consent_id}/withdraw")
async def withdraw_consent(consent_id: str, request: Request, visitor: SignedIn) -> Response:
    """Take a consent back from now on."""
    fields = await form(request)
    await visitor.post(f"/v1/e-service-consents/{consent_id}/withdrawal", {}, key=text_of(fields, "key"))
    return RedirectResponse("/portal/consent#standing", 303)


def _typed(fields: FormData, documents: list[str]) -> dict[str, object]:
    return {
        "documents": documents,
        "channel": text_of(fields, "channel"),
        "address": text_of(fields, "address"),
    }


async def _page(
    request: Request, visitor: Visitor, typed: Mapping[str, object], faults: Mapping[str, str]
) -> Response:
    statement = await visitor.get("/v1/e-service-statement")
    assert visitor.person is not None
    party_id = visitor.person.sub.partition(":")[2]
    standing = await visitor.get(f"/v1/parties/{party_id}/e-service-consent")
    return await shown(
        request,
        "portal/consent.html",
        status=422 if faults else 200,
        statement=statement,
        consents=standing["consents"],
        typed={"documents": [], "channel": "INBOX", "address": ""} | dict(typed),
        faults=faults,
        channels=[(code, say(f"portal.channel.{code}", visitor.language)) for code in statement["channels"]],
    )
