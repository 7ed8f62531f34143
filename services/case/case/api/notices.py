"""The draft of the prompt, and what a notice needs to know of its case."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from case.api import noting
from case.api.notice_views import context_view, draft_line, draft_view
from case.api.views import terms_of
from case.contract.notices import NoticeContextView, PromptDraftLine, PromptDraftView
from case.domain.filing import require_party
from case.domain.procedure import State, require_state
from case.domain.readings import Depth
from case.runtime import Run
from case.store import cases, dossiers, prompts
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId
from common.web.auth import Allow, Db
from common.web.openapi import refuses
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from gateway.identity.contract import Identity

router = APIRouter()

Drafting = Annotated[Mandate, Depends(Allow(Action.CASE_READ_PROMPT_DRAFT))]
Informing = Annotated[Mandate, Depends(Allow(Action.CASE_READ_FOR_NOTICE))]
Overdue = Annotated[bool, Query()]


@router.get("/v1/prompt-drafts", summary="待发告知提示 · List the prompts that wait")
async def list_prompt_drafts(
    db: Db, mandate: Drafting, overdue: Overdue = False, limit: Limit = 50, cursor: Cursor = ""
) -> Page[PromptDraftLine]:
    """The drafts of the agencies that the caller sees that nobody sent yet; with `overdue` those that missed a day."""
    async with view(db, mandate) as v:
        after_id = after(cursor, CaseId) or ""
        lines = await prompts.list_waiting(v, after_id=after_id, overdue=overdue, limit=limit + 1)
    return Page(
        items=[draft_line(line) for line in lines[:limit]],
        next_cursor=next_cursor(lines, limit, lambda line: line.case_id),
    )


@router.get(
    "/v1/cases/{case_id}/prompt-draft",
    summary="告知提示草稿 · Read the draft of the prompt",
    responses=refuses(Kind.CONFLICT),
)
async def get_prompt_draft(case_id: CaseId, db: Db, runtime: Run, mandate: Drafting) -> PromptDraftView:
    """The prompt as it would go out now. It exists from the moment when the party is known (NJ 15).

    Refusal CASE_TRANSITION_NOT_ALLOWED once it was sent, CASE_PARTY_NOT_IDENTIFIED before anybody could be told.
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
        require_state(dossier.case, State.SUSPECTED, act="the draft of the prompt")
        require_party(dossier.case)
        draft = await prompts.get_draft(v, dossier.case)
        is_due = await noting.is_due(v, dossier.case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, dossier.case, runtime.profile.reading)
    office = runtime.profile.office(mandate.actor.agency_name)
    return draft_view(dossier, draft, office, terms_of(runtime), at=v.now)


@router.get("/v1/cases/{case_id}/notice-context", summary="通知所需信息 · Ask what a notice needs to know")
async def get_notice_context(case_id: CaseId, db: Db, runtime: Run, mandate: Informing) -> NoticeContextView:
    """What a notice about the case says, and where it may reach the party; for the notification service alone."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
        if dossier.party is None:
            # Who was released is told so; nothing else is said about a case without a party.
            dossier = replace(dossier, party=await dossiers.find_released(v, case_id))
        correction = await prompts.find_correction(v, dossier.case.prompt_document_id)
    agencies = await Identity(runtime.peers).agencies()
    name = next((each.name for each in agencies if each.agency_id == dossier.case.agency_id), None)
    office = next((each for each in runtime.profile.offices if each.agency_name == name), None)
    return context_view(dossier, office, terms_of(runtime), correction=correction)
