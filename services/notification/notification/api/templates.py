"""The words of messages: what ships, what an agency drafts, and the two approvals of its legal office."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import NO_AGENCY, OfficerId, TemplateId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Code, Page
from notification.api.template_views import class_view, previewed, template_view
from notification.contract.templates import (
    MessageClassList,
    TemplateApprovalOrder,
    TemplateOrder,
    TemplatePreview,
    TemplatePreviewOrder,
    TemplateView,
    TemplateWithdrawalOrder,
)
from notification.domain import drafting
from notification.domain.drafting import Scope
from notification.domain.templates import CLASSES, Language, Words
from notification.runtime import Run
from notification.store import templates

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.TEMPLATE_READ))]
Drafting = Annotated[Mandate, Depends(Allow(Action.TEMPLATE_DRAFT))]
Approving = Annotated[Mandate, Depends(Allow(Action.TEMPLATE_APPROVE))]
Withdrawing = Annotated[Mandate, Depends(Allow(Action.TEMPLATE_WITHDRAW))]


@router.get("/v1/message-classes", summary="消息类别 · List the classes of messages")
async def list_message_classes(mandate: Reading) -> MessageClassList:
    """The classes N-01 to N-18 of the law and N-19 of the city, with the words that ship for each."""
    return MessageClassList(items=[class_view(CLASSES[code]) for code in sorted(CLASSES)])


@router.get("/v1/templates", summary="消息模板列表 · List the agency's own words")
async def list_templates(
    db: Db,
    mandate: Reading,
    code: Annotated[Code | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[TemplateView]:
    """The words that the caller's agency drafted, also those that were withdrawn, in the order of drafting."""
    async with view(db, mandate) as v:
        listed = await templates.list_page(
            v, after_id=after(cursor, TemplateId) or "", code=code, limit=limit + 1
        )
    return Page(
        items=[template_view(template) for template in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda template: template.id),
    )


@router.get("/v1/templates/{template_id}", summary="消息模板 · Read words of the agency")
async def get_template(template_id: TemplateId, db: Db, mandate: Reading) -> TemplateView:
    """Words of the agency as they stand."""
    async with view(db, mandate) as v:
        template = await templates.get(v, template_id)
        v.permit(templates.resource(template))
    return template_view(template)


@router.post("/v1/templates", summary="起草消息模板 · Draft words for a class", status_code=201)
async def draft_template(order: TemplateOrder, db: Db, runtime: Run, mandate: Drafting) -> TemplateView:
    """Draft words. They obey the rules of their class from the start; two persons of the legal office approve them."""
    scope = Scope(order.code, Language(order.language), order.channel)
    async with change(db, mandate) as tx:
        agency_id, template_id = mandate.actor.agency_id or NO_AGENCY, TemplateId.new(tx.now)
        permit = tx.permit(templates.resource_of(template_id, agency_id))
        fact = drafting.draft(
            template_id,
            scope,
            agency_id=agency_id,
            version=await templates.next_version(tx, agency_id, scope),
            title=order.title,
            text=order.text,
            official_domain=runtime.profile.city_domain,
            by=OfficerId(mandate.actor.id),
        )
        template = await templates.add(tx, permit, fact, texts=Words(order.title, order.text))
        return tx.answer(template_view(template))


@router.post("/v1/templates/{template_id}/approvals", summary="审核同意模板 · Approve words", status_code=201)
async def approve_template(
    template_id: TemplateId, order: TemplateApprovalOrder, db: Db, mandate: Approving
) -> TemplateView:
    """One of the two approvals of the legal office. Not by the author, and by nobody twice."""
    async with change(db, mandate) as tx:
        template = await templates.lock(tx, template_id)
        permit = tx.permit(templates.resource(template))
        fact = drafting.approve(template, by=OfficerId(mandate.actor.id))
        template = await templates.save(tx, permit, template, fact)
        return tx.answer(template_view(template))


@router.post("/v1/templates/{template_id}/withdrawal", summary="停用模板 · Withdraw words", status_code=201)
async def withdraw_template(
    template_id: TemplateId, order: TemplateWithdrawalOrder, db: Db, mandate: Withdrawing
) -> TemplateView:
    """Use the words no longer. The version before them, or the words that ship, take their place."""
    async with change(db, mandate) as tx:
        template = await templates.lock(tx, template_id)
        permit = tx.permit(templates.resource(template))
        fact = drafting.withdraw(template, by=OfficerId(mandate.actor.id))
        template = await templates.save(tx, permit, template, fact)
        return tx.answer(template_view(template))


@router.post("/v1/templates/{template_id}/previews", summary="预览模板 · Preview words")
async def preview_template(
    template_id: TemplateId, order: TemplatePreviewOrder, db: Db, runtime: Run, mandate: Reading
) -> TemplatePreview:
    """The words with values in them, as a party would read them. Nothing is recorded and nothing is sent.

    Refusal NOTI_VARIABLE_MISSING names the variables that a message of the class must have; NOTI_CONTENT_FORBIDDEN says
    what a value brought with it.
    """
    async with view(db, mandate) as v:
        template = await templates.get(v, template_id)
        v.permit(templates.resource(template))
    return previewed(template, order.values, official_domain=runtime.profile.city_domain)
