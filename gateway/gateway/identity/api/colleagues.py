"""The officers of the caller's agency by name: whom an order may name, and whose id stands in a case (APL 42)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.policy import Action, Mandate
from common.values.ids import OfficerId
from common.web.auth import Allow
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from gateway.identity.contract import ColleagueView
from gateway.identity.runtime import Run

router = APIRouter(tags=["identity"])


@router.get("/v1/officers", summary="本机关执法人员 · List the officers of one's agency")
async def list_colleagues(
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.OFFICER_LIST))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[ColleagueView]:
    """The officers of the caller's own agency, the longest known first: names, posts and roles, nothing private."""
    place = after(cursor, OfficerId) or ""
    everybody = (await runtime.people.current()).people.values()
    own = [
        ColleagueView(
            officer_id=OfficerId(person.sub.partition(":")[2]),
            name=person.name,
            title=person.title,
            roles=sorted(person.roles),
            can_act_until_on=person.certificate_until,
        )
        for person in everybody
        if person.kind == "officer" and person.agency_id == mandate.actor.agency_id
    ]
    listed = sorted((one for one in own if one.officer_id > place), key=lambda one: one.officer_id)[
        : limit + 1
    ]
    return Page(items=listed[:limit], next_cursor=next_cursor(listed, limit, lambda one: one.officer_id))
