"""What a service asks about people: which parties have an account, because an inbox that nobody can open informs no
one (APL 41(3), 61), and whether an officer who is only named exists and may enforce the law (APL 42).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.policy import Action, Mandate, Resource, permitted
from common.values.ids import NO_AGENCY, OfficerId, PartyId
from common.web.auth import Allow
from gateway.identity.contract import AccountView, OfficerStandingView
from gateway.identity.runtime import Run

router = APIRouter(tags=["identity"])


@router.get("/v1/accounts/{party_id}", summary="当事人能否登录 · Whether a party can sign in")
async def read_account(
    party_id: PartyId, runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.ACCOUNT_READ))]
) -> AccountView:
    """Whether the party has an account that can sign in. A party of a case without an account has none."""
    permitted(mandate, Resource(id=party_id, agency_id=NO_AGENCY, party_id=party_id))
    directory = await runtime.people.current()
    is_issuer = runtime.settings.issuer_ring is None
    return AccountView(
        party_id=party_id, has_account=directory.can_sign_in(f"party:{party_id}", is_issuer=is_issuer)
    )


@router.get(
    "/v1/officers/{officer_id}/standing", summary="执法人员证件状况 · Whose officer, and until when certified"
)
async def read_officer_standing(
    officer_id: OfficerId,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.OFFICER_READ_STANDING))],
) -> OfficerStandingView:
    """The officer's agency, roles and the last day of the certificate; null for an id that is nobody's or has none."""
    permitted(mandate, Resource(id=officer_id, agency_id=NO_AGENCY))
    officer = (await runtime.people.current()).people.get(f"officer:{officer_id}")
    until = officer.certificate_until if officer and officer.certificate else None
    return OfficerStandingView(
        officer_id=officer_id,
        agency_id=officer.agency_id if officer else None,
        certificate_until_on=until,
        name=officer.name if officer else None,
        certificate=officer.certificate if officer else None,
        roles=sorted(officer.roles) if officer else [],
    )
