"""What this reader may do with a case now, and what is refused now, each with its reasons (PJ §1; APL 54).

the routes of the service ─ Allow(act) ─▶ the policy: may this reader do it at all? ─▶ its rule, tried dry
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Request

from case.api import noting
from case.api.trialsafter import AFTER
from case.api.trialsbefore import BEFORE
from case.api.views import hand_of, terms_of
from case.contract.nextacts import ActStanding, NextActList, NextActView, ReasonView
from case.domain.people import Hand
from case.domain.readings import Depth
from case.domain.trying import Look, Trial, refusal_of
from case.runtime import Run
from case.store import cases, dossiers
from common.door.uow import view
from common.policy import Action, Mandate, may
from common.values.calendar import Deadline
from common.values.errors import Refusal
from common.values.ids import CaseId, OfficerId, PartyId
from common.values.refusals import Language
from common.web.auth import Allow, Db
from common.web.openapi import api_routes, policy_of
from common.web.telemetry import language

router = APIRouter()
TRIALS: Final = {**BEFORE, **AFTER}
"""The trial of each act, by its address below the case. An act that is not here is UNTRIED."""

_OF_A_CASE: Final = "/v1/cases/{case_id}/"
_ORDER: Final = (ActStanding.ALLOWED, ActStanding.REFUSED, ActStanding.UNTRIED)


@router.get("/v1/cases/{case_id}/next-acts", summary="下一步可以办理的事项 · List the next acts in a case")
async def list_next_acts(
    case_id: CaseId,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_READ))],
) -> NextActList:
    """Every act that the reader's role may do in a case, with what its rule says of this case at this moment.

    ALLOWED, with the last day where a period runs; REFUSED, with code, words and article of each reason; UNTRIED where
    the rule needs what only the act brings. What a caller writes is judged when the act is done, and so is what another
    service answers: the ledger, evidence, other agencies.
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
        is_due = await noting.is_due(v, dossier.case, Depth.MASKED)
        party_id = PartyId(mandate.actor.id) if mandate.actor.kind == "party" else None
        # A party signs nothing as an officer does; the policy leaves it no act whose rule asks for that hand.
        hand = Hand(OfficerId.new(v.now), None, None) if party_id else hand_of(mandate)
        agency_name = mandate.actor.agency_name
        look = Look(dossier.case, dossier.deadlines, hand, party_id, agency_name, terms_of(runtime), v.now)
    if is_due:
        await noting.note(db, mandate, dossier.case, runtime.profile.reading)
    items = list(_acts(request.app, mandate, look))
    items.sort(key=lambda item: (_ORDER.index(item.standing), item.due_on is None, item.due_on, item.act))
    return NextActList(case_id=case_id, state=dossier.case.state, items=items)


def _acts(app: FastAPI, mandate: Mandate, look: Look) -> Iterator[NextActView]:
    resource = cases.resource(look.case)
    for act, title, action in _acts_of(app):
        if not may(mandate.actor, action, resource):
            continue
        trial = TRIALS.get(act)
        refused = refusal_of(trial, look) if trial is not None else None
        standing = ActStanding.REFUSED if refused else ActStanding.ALLOWED if trial else ActStanding.UNTRIED
        deadline = _due(trial, look.deadlines) if standing is ActStanding.ALLOWED else None
        yield NextActView(
            act=act,
            title=title,
            address=f"/v1/cases/{look.case.id}/{act}",
            standing=standing,
            due_on=deadline.due_on if deadline else None,
            days_left=(deadline.due_on - look.today).days if deadline else None,
            law=deadline.law if deadline else None,
            refusals=list(_reasons(refused, language())) if refused else [],
        )


@lru_cache(maxsize=4)
def _acts_of(app: FastAPI) -> tuple[tuple[str, str, Action], ...]:
    """Each act on a case that the app has a route for: its address below the case, its title and what it needs."""
    found = []
    for route in api_routes(app):
        policy = policy_of(route)
        if policy is not None and "POST" in (route.methods or ()) and route.path.startswith(_OF_A_CASE):
            found.append((route.path.removeprefix(_OF_A_CASE), route.summary or "", policy.action))
    return tuple(found)


def _due(trial: Trial | None, deadlines: Sequence[Deadline]) -> Deadline | None:
    rules = trial.due if trial is not None else ()
    running = [each for each in deadlines if each.rule in rules]
    return min(running, key=lambda each: each.due_on, default=None)


def _reasons(refused: Refusal, chosen: Language) -> Iterator[ReasonView]:
    if not refused.violations:
        article = refused.article.cite if refused.article else None
        yield ReasonView(code=refused.code, detail=refused.said(chosen), article=article)
    for each in refused.violations:
        yield ReasonView(code=each.code, detail=each.said(chosen), article=each.law)
