"""The agencies' own words for classes of messages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, OfficerId, TemplateId
from notification.domain.drafting import (
    CityTemplate,
    Scope,
    State,
    TemplateDrafted,
    TemplateFact,
    after,
    begun,
)
from notification.domain.templates import Language, Words
from notification.store.tables_templates import templates

_INTERNAL = 2


def resource(template: CityTemplate) -> Resource:
    """The template as the policy sees it: an object of the agency whose words they are."""
    return resource_of(template.id, template.agency_id)


def resource_of(template_id: TemplateId, agency_id: AgencyId) -> Resource:
    return Resource(template_id, agency_id, level=_INTERNAL)


async def lock(tx: Tx, template_id: TemplateId) -> CityTemplate:
    """The template, held until commit. Refusal NOT_FOUND without one that the caller sees."""
    return _template(await _row(tx, template_id, for_update=True))


async def get(v: View, template_id: TemplateId) -> CityTemplate:
    """The template. Refusal NOT_FOUND as `lock`."""
    return _template(await _row(v, template_id, for_update=False))


async def list_page(v: View, *, after_id: str, code: str | None, limit: int) -> list[CityTemplate]:
    """Up to `limit` templates after `after_id` that the caller sees, in the order of drafting."""
    query = sa.select(templates).where(templates.c.id > after_id).order_by(templates.c.id).limit(limit)
    if code is not None:
        query = query.where(templates.c.code == code)
    return [_template(row) for row in await v.conn.execute(query)]


async def find_in_force(v: Tx | View, agency_id: AgencyId, scope: Scope) -> CityTemplate | None:
    """The newest words in force for the scope: those of its channel before those of every channel."""
    query = (
        sa.select(templates)
        .where(templates.c.agency_id == agency_id, templates.c.state == State.IN_FORCE)
        .where(templates.c.code == scope.code, templates.c.language == scope.language)
        .where(sa.or_(templates.c.channel.is_(None), templates.c.channel == scope.channel))
        .order_by(templates.c.channel.is_(None), templates.c.version.desc())
        .limit(1)
    )
    row = (await v.conn.execute(query)).one_or_none()
    return _template(row) if row is not None else None


async def next_version(tx: Tx, agency_id: AgencyId, scope: Scope) -> int:
    """The next version of the scope. Held to commit, so that none is given twice."""
    name = f"template/{agency_id}/{scope.code}/{scope.language}/{scope.channel}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    query = sa.select(sa.func.coalesce(sa.func.max(templates.c.version), 0) + 1).where(
        templates.c.agency_id == agency_id,
        templates.c.code == scope.code,
        templates.c.language == scope.language,
        templates.c.channel.is_not_distinct_from(scope.channel),
    )
    return int((await tx.conn.execute(query)).scalar_one())


async def add(tx: Tx, permit: Permit, fact: TemplateDrafted, *, texts: Words) -> CityTemplate:
    """The template that `fact` begins."""
    tx.record(permit, fact)
    template = begun(fact, title=texts.title, text=texts.text, at=tx.now)
    await tx.add(fact, templates, _columns(template))
    return template


async def save(tx: Tx, permit: Permit, template: CityTemplate, *facts: TemplateFact) -> CityTemplate:
    """Record `facts` and change the template as they say."""
    tx.record(permit, *facts)
    for fact in facts:
        before, template = template, after(template, fact, at=tx.now)
        await tx.set(fact, templates, {"id": template.id}, changed(_columns(before), _columns(template)))
    return template


async def _row(at: Tx | View, template_id: TemplateId, *, for_update: bool) -> sa.Row[Any]:
    query = sa.select(templates).where(templates.c.id == template_id)
    row = (await at.conn.execute(query.with_for_update() if for_update else query)).one_or_none()
    if row is None:
        raise not_found(template_id)
    return row


def _columns(template: CityTemplate) -> dict[str, Any]:
    return {
        "id": template.id,
        "agency_id": template.agency_id,
        "code": template.scope.code,
        "language": template.scope.language,
        "channel": template.scope.channel,
        "version": template.version,
        "title": template.title,
        "text": template.text,
        "state": template.state,
        "drafted_by": template.drafted_by,
        "drafted_at": template.drafted_at,
        "approved_by": list(template.approved_by),
        "in_force_at": template.in_force_at,
        "withdrawn_at": template.withdrawn_at,
    }


def _template(row: sa.Row[Any]) -> CityTemplate:
    return CityTemplate(
        id=TemplateId(row.id),
        agency_id=AgencyId(row.agency_id),
        scope=Scope(row.code, Language(row.language), row.channel),
        version=row.version,
        title=row.title,
        text=row.text,
        state=State(row.state),
        drafted_by=OfficerId(row.drafted_by),
        drafted_at=row.drafted_at,
        approved_by=tuple(OfficerId(officer) for officer in row.approved_by),
        in_force_at=row.in_force_at,
        withdrawn_at=row.withdrawn_at,
    )
