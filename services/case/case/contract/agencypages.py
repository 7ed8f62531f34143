"""The public page of an agency: who it is, on what it files cases, how it proceeds, and where remedies are (APL 39)."""

from __future__ import annotations

from datetime import date

from common.values.ids import AgencyId
from common.web.wire import Out


class AgencyContactView(Out):
    """Where an agency is reached: window, hours, telephone. `published_on` is since when its page is public."""

    agency_id: AgencyId
    name: str
    phone: str
    window: str
    hours: str
    published_on: date


class AgencyContactList(Out):
    """The agencies whose pages are public, the oldest agency first."""

    items: list[AgencyContactView]


class FilingBasisView(Out):
    """One violation that the agency pursues off-site: what forbids it, what punishes it, and the range in fen."""

    code: str
    name: str
    violated: str
    penalty: str
    device_basis: str
    min_fen: int
    max_fen: int
    benchmark_published_on: date | None


class ProcedureStepView(Out):
    """One step of the procedure, in words, with its period; `law` cites what demands it."""

    step: str
    zh: str
    en: str
    law: str


class AgencyRemedyView(Out):
    """A remedy: where, and within which time from learning of the decision. `url` is null for the court."""

    way: str
    organ: str
    url: str | None
    zh: str
    en: str
    law: str


class AgencyPageView(AgencyContactView):
    """The whole page: agency, filing basis, procedure, remedies."""

    bases: list[FilingBasisView]
    procedure: list[ProcedureStepView]
    remedies: list[AgencyRemedyView]
