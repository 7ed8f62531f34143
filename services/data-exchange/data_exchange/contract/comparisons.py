"""Comparisons with registers on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from common.values.ids import AgencyId, CaseId, ComparisonId
from common.web.wire import Code, In, Out, Text
from data_exchange.contract.exchanges import BasisOrder, PurposeCode

KindCode = Literal["PLATE_OWNER", "SHOP_LICENCE", "PERMIT", "PRIOR_PENALTY", "PERSON_CONTACT", "VERIFY"]
"""The closed list of kinds; a test compares it with `ComparisonKind` of the domain."""

SubjectCode = Literal["PLATE", "PERSON_ID", "CREDIT_CODE"]


class SubjectOrder(In):
    """About whom is asked. Full-width characters, small letters, spaces and the dot of a plate are put right."""

    kind: SubjectCode
    value: Text


class ClaimOrder(In):
    """What VERIFY asks: does the field at this JSON pointer hold this value? The answer is yes or no."""

    pointer: Text
    value: Text


class ComparisonOrder(In):
    """Ask a register about one subject, for an open case of the caller's agency.

    Ask VERIFY where yes or no is enough: it copies nothing. `register` chooses one of several registers. `domain` says
    which earlier penalties PRIOR_PENALTY asks about; those of public security are sealed by law.
    """

    kind: KindCode
    purpose: PurposeCode
    case_id: CaseId | None = None
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)
    subject: SubjectOrder
    claim: ClaimOrder | None = None
    domain: Literal["ADMINISTRATIVE", "PUBLIC_SECURITY"] = "ADMINISTRATIVE"
    register_name: Code | None = None


class WithheldView(Out):
    """A field that the agreement keeps back, `/*` for whole rows, and the clause that says so."""

    pointer: str
    clause: str


class ComparisonSummary(Out):
    """One comparison in a list: nothing personal, and no outcome of a sealed one."""

    comparison_id: ComparisonId
    agency_id: AgencyId
    kind: str
    purpose: str
    case_id: CaseId | None
    state: str
    register_name: str | None
    asked_at: datetime
    sealed: bool
    code: str | None


class ComparisonView(ComparisonSummary):
    """What a register answered. `verdict` is MATCH, NO_MATCH or AMBIGUOUS; `rows` is empty for VERIFY.

    `sealed`: shown to the agency that asked and nobody else, while its case is open (PSP 136).
    `verdict` and `rows` are null once the comparison was erased.
    """

    verdict: str | None
    rows: list[dict[str, Any]] | None
    withheld: list[WithheldView]
