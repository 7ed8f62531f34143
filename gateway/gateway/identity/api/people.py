"""The caller's own entry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.policy import Action, Actor, Mandate, not_found
from common.web.auth import Allow
from gateway.identity.contract import AgencyRef, PersonView
from gateway.identity.domain.people import Person, party_by_code
from gateway.identity.runtime import Run

router = APIRouter(tags=["identity"])


@router.get("/v1/me", summary="我是谁 · Who is asking")
async def read_me(
    runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.PERSON_READ_SELF))]
) -> PersonView:
    """Who the caller is to this platform."""
    actor = mandate.actor
    if actor.case_id is not None:
        return person_view(party_by_code(actor.sub), actor)
    person = (await runtime.people.current()).people.get(actor.sub)
    if person is None:
        raise not_found(actor.id)
    return person_view(person, actor)


def person_view(person: Person, actor: Actor) -> PersonView:
    """`person` as the contract shows it to `actor`, who is that person."""
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
        login=actor.login,
        case_id=actor.case_id,
    )
