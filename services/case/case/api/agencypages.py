"""The public pages of the agencies, without login: an agency that has none files no case (APL 39)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from case.contract.agencypages import (
    AgencyContactList,
    AgencyContactView,
    AgencyPageView,
    AgencyRemedyView,
    FilingBasisView,
    ProcedureStepView,
)
from case.domain import agencypage
from case.domain.agencypage import Step
from case.runtime import CaseRuntime, Run
from common.policy import Action, Mandate, not_found
from common.values.calendar import legal_day
from common.values.ids import AgencyId
from common.values.profile import Office, Profile
from common.web.auth import Allow
from gateway.identity.contract import Identity

router = APIRouter()
Anybody = Annotated[Mandate, Depends(Allow(Action.AGENCY_LIST))]


@router.get("/v1/public/agency-pages", summary="机关信息公示列表 · List the pages of the agencies")
async def list_agency_pages(runtime: Run, mandate: Anybody) -> AgencyContactList:
    """The window, the hours and the telephone of each agency whose page is public."""
    return AgencyContactList(
        items=[_contact(agency_id, office) for agency_id, office in await _published(runtime)]
    )


@router.get("/v1/public/agency-pages/{agency_id}", summary="机关信息公示 · Read the page of an agency")
async def get_agency_page(agency_id: AgencyId, runtime: Run, mandate: Anybody) -> AgencyPageView:
    """Agency, filing basis, procedure and remedies (APL 39). Refusal NOT_FOUND while the page is not public."""
    office = dict(await _published(runtime)).get(agency_id)
    if office is None:
        raise not_found(agency_id)
    limits, today = runtime.profile.limits, legal_day(runtime.clock())
    return AgencyPageView(
        **dict(_contact(agency_id, office)),
        bases=list(_bases(runtime.profile, today)),
        procedure=[
            ProcedureStepView(step=step.code, zh=step.zh, en=step.en, law=step.law.cite)
            for step in agencypage.procedure(limits)
        ],
        remedies=[_remedy(step, office) for step in agencypage.remedies(limits)],
    )


async def _published(runtime: CaseRuntime) -> list[tuple[AgencyId, Office]]:
    """The agencies with what the profile prints of them, as far as their pages are public today."""
    today = legal_day(runtime.clock())
    offices = {office.agency_name: office for office in runtime.profile.offices if office.is_published(today)}
    agencies = await Identity(runtime.peers).agencies()
    return [(each.agency_id, offices[each.name]) for each in agencies if each.name in offices]


def _contact(agency_id: AgencyId, office: Office) -> AgencyContactView:
    assert office.page_published_on is not None
    return AgencyContactView(
        agency_id=agency_id,
        name=office.agency_name,
        phone=office.phone,
        window=office.address,
        hours=office.hours,
        published_on=office.page_published_on,
    )


def _bases(profile: Profile, on: date) -> Iterator[FilingBasisView]:
    for code in sorted({item.code for item in profile.catalogue}):
        item = profile.find_item(code, on=on)
        if item is None or not item.in_offsite_list:
            continue
        shown = {name: value for name, value in asdict(item).items() if name in FilingBasisView.model_fields}
        clauses = {
            "violated": item.violated.zh,
            "penalty": item.penalty.zh,
            "device_basis": item.device_basis.zh,
        }
        yield FilingBasisView.model_validate(shown | clauses)


def _remedy(step: Step, office: Office) -> AgencyRemedyView:
    at = {
        "THROUGH_AGENCY": (office.agency_name, office.portal_url),
        "RECONSIDERATION": (office.reconsideration_organ, office.reconsideration_url),
        "LITIGATION": (office.court, None),
    }
    organ, url = at[step.code]
    return AgencyRemedyView(way=step.code, organ=organ, url=url, zh=step.zh, en=step.en, law=step.law.cite)
