"""What the officers need to sign the report of an investigation, on the wire."""

from __future__ import annotations

from common.values.ids import CaseId, OfficerId
from common.web.wire import Out


class FactorView(Out):
    """A circumstance of the benchmark that the report states, and the values that it knows (APL 34)."""

    code: str
    values: list[str]


class SignedFindingsView(Out):
    """The three findings of NJ 4, as the first officer signed them."""

    minor: bool
    promptly_corrected: bool
    harmless: bool


class UnsignedReportView(Out):
    """The report as the first officer signed it. The second one signs these words, or none (APL 42).

    `circumstances` are those that the benchmark looked at. Null texts: the case was erased.
    """

    facts: list[str] | None
    reasons: list[str] | None
    circumstances: dict[str, str]
    fine_fen: int
    findings: SignedFindingsView
    complex_case: bool
    outcome: str


class InvestigationView(Out):
    """`report` is null before somebody signed; `signed_by` are those who did, in their order."""

    case_id: CaseId
    factors: list[FactorView]
    signed_by: list[OfficerId]
    report: UnsignedReportView | None
