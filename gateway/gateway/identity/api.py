"""Who am I, and the demo issuer's addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from common.policy import Action, Mandate, not_found
from common.web.auth import Allow
from gateway.identity.contract import AgencyRef, PersonView
from gateway.identity.domain import Person
from gateway.identity.issuer import Issuer, OAuthError, TokenRequest
from gateway.identity.store import People


def person_view(person: Person) -> PersonView:
    agency = None
    if person.agency_id is not None and person.agency_name is not None:
        agency = AgencyRef(agency_id=person.agency_id, name=person.agency_name)
    return PersonView(
        sub=person.sub,
        kind=person.kind,
        name=person.name,
        title_zh=person.title,
        roles=sorted(person.roles),
        level=person.level,
        agency=agency,
        certificate_until_on=person.certificate_until,
    )


def me_router(people: People) -> APIRouter:
    """The caller's own entry."""
    router = APIRouter(tags=["identity"])

    @router.get("/v1/me")
    async def read_me(
        mandate: Annotated[Mandate, Depends(Allow(Action.PERSON_READ_SELF))],
    ) -> PersonView:
        person = (await people.current()).people.get(mandate.actor.sub)
        if person is None:
            raise not_found(mandate.actor.id)
        return person_view(person)

    return router


def issuer_router(issuer: Issuer) -> APIRouter:
    """Discovery, keys and the token endpoint. Its errors have the shape of RFC 6749 §5.2, not of RFC 9457."""
    router = APIRouter(tags=["issuer"])
    anybody = Depends(Allow(Action.TOKEN_ISSUE, keyed=False))

    @router.get("/.well-known/openid-configuration", dependencies=[anybody])
    async def read_metadata() -> JSONResponse:
        return JSONResponse(issuer.metadata())

    @router.get("/.well-known/jwks.json", dependencies=[anybody])
    async def read_keys() -> JSONResponse:
        return JSONResponse(issuer.jwks())

    @router.post("/oauth2/token", dependencies=[anybody])
    async def issue_token(request: Request) -> Response:
        headers = request.headers
        asked = TokenRequest(
            headers.get("content-type", ""), headers.get("authorization", ""), await request.body()
        )
        return JSONResponse(await issuer.token(asked), headers={"cache-control": "no-store"})

    return router


def oauth_refused(request: Request, error: Exception) -> Response:
    """RFC 6749 §5.2: 401 for a client that is not known, 400 for anything else."""
    assert isinstance(error, OAuthError)
    headers = {"cache-control": "no-store"}
    if error.basic and error.error == "invalid_client":
        headers["www-authenticate"] = 'Basic realm="mingzheng"'
    status = 401 if error.error == "invalid_client" else 400
    return JSONResponse({"error": error.error, "error_description": error.description}, status, headers)
