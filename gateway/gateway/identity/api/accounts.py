"""Which parties have an account, for the services that inform and serve them: an inbox that nobody can open informs no
one (APL 41(3), 61).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.policy import Action, Mandate, Resource, permitted
from common.values.ids import NO_AGENCY, PartyId
from common.web.auth import Allow
from gateway.identity.contract import AccountView
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
