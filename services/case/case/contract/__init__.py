"""What case says on the wire, and how another service asks it. Amounts are integer fen, instants UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from case.contract.acts import ActView
from case.contract.amendments import AmendmentView
from case.contract.corrections import CorrectionOrderView, CorrectionPart
from case.contract.crimes import LeavingCase as LeavingCase
from case.contract.deliberation import LegalReviewView
from case.contract.endings import (
    CorrectionView,
    EducationView,
    FirstOffenceView,
    NonFilingView,
    NoPenaltyOutcome,
)
from case.contract.erasing import ErasureApprovalOrder as ErasureApprovalOrder
from case.contract.erasing import ErasureOrder as ErasureOrder
from case.contract.erasing import ErasureView as ErasureView
from case.contract.execution import ExecutionView, ReliefView, SuspensionView
from case.contract.exhibits import ExhibitView as ExhibitView
from case.contract.exhibits import MeasurementView as MeasurementView
from case.contract.files import DefenceOrder as DefenceOrder
from case.contract.files import FileView as FileView
from case.contract.filing import FilingApplicationOrder as FilingApplicationOrder
from case.contract.filing import FilingOrder as FilingOrder
from case.contract.filing import FindingsOrder as FindingsOrder
from case.contract.filing import Line as Line
from case.contract.filing import PartyOrder as PartyOrder
from case.contract.filing import PromptOrder as PromptOrder
from case.contract.fines import DeviceFinesView as DeviceFinesView
from case.contract.fines import Fines as Fines
from case.contract.hearings import DiscussionView, HearingView
from case.contract.invalidations import InvalidationView
from case.contract.lawoftime import WeighedLawView
from case.contract.notices import NoticeContextView as NoticeContextView
from case.contract.oversight import OversightStanding
from case.contract.paying import Fen as Fen
from case.contract.paying import PaymentCallback as PaymentCallback
from case.contract.paying import PaymentReceiptOrder as PaymentReceiptOrder
from case.contract.paying import PaymentReceiptView as PaymentReceiptView
from case.contract.paying import PaymentView as PaymentView
from case.contract.paying import ReconciliationFile as ReconciliationFile
from case.contract.paying import ReconciliationLine as ReconciliationLine
from case.contract.paying import ReconciliationView as ReconciliationView
from case.contract.penalties import ActOrder as ActOrder
from case.contract.penalties import DecidedCases as DecidedCases
from case.contract.penalties import PenaltySearchOrder as PenaltySearchOrder
from case.contract.penalties import PenaltySearchView as PenaltySearchView
from case.contract.penalties import PenaltyView as PenaltyView
from case.contract.publications import PublicationView
from case.contract.querycodes import QueryCodeOrder as QueryCodeOrder
from case.contract.querycodes import QueryCodeView as QueryCodeView
from case.contract.recusals import RecusalView
from case.contract.refunds import RefundView
from case.contract.remedies import RemedyOptionView, RemedyView
from case.contract.serving import DocumentForServiceView as DocumentForServiceView
from common.calls.http import Peers
from common.values.ids import (
    AgencyId,
    CaseId,
    DocumentId,
    EvidenceId,
    OfficerId,
    OversightItemId,
    PartyId,
)
from common.web.wire import Code, Digest, In, Out, Text

SIGNATURE_HEADER: Final = "bank-signature"
"""The header of the bank's Ed25519 signature over the exact bytes of its notice, in base64."""


class InvestigationConclusionOrder(In):
    """The report that both officers sign, each by a call of their own with the same report.

    `signed_as` is the signer's name as documents print it; `no_conflict` the declaration of APL 43. The rest
    is the report: facts, reasons, one value for each circumstance of the benchmark, what is proposed and its
    fine, which is 0 for anything but a penalty.
    """

    signed_as: Line
    no_conflict: bool
    facts: list[Line] = Field(min_length=1, max_length=20)
    reasons: list[Line] = Field(min_length=1, max_length=20)
    circumstances: dict[Code, Code] = Field(max_length=20)
    fine_fen: Fen
    findings: FindingsOrder
    complex_case: bool = False
    outcome: Literal["PENALTY"] | NoPenaltyOutcome = "PENALTY"


class PriorNoticeOrder(In):
    """The approval of the prior notice. Its content is the report that both officers signed."""


class ServiceOrder(In):
    """In which manner the service begins. ELECTRONIC needs the party's signed consent (APL 61(2)).

    What follows a manner that fails is decided at `/v1/services-of-process`.
    """

    manner: Literal[
        "DIRECT", "LEAVING", "ELECTRONIC", "ENTRUSTED", "POSTAL", "FORWARDED", "PUBLIC_NOTICE"
    ] = "ELECTRONIC"


class AnswerOrder(In):
    """The answer to the statement with this number: adopted or not, and why.

    `effect` says what an adopted statement removes: the facts, the party, its fault, or a part of the amount. Without
    facts, party or fault no penalty is left (APL 57(1)(3)).
    """

    number: Annotated[int, Field(ge=1, le=1000, strict=True)]
    adopted: bool
    reason: Text
    effect: Literal["FACTS", "PARTY", "FAULT", "AMOUNT"] | None = None


class DefenceReviewOrder(In):
    """An answer to every statement, in order; empty where none was made."""

    answers: list[AnswerOrder] = Field(default_factory=list, max_length=1000)


class DecisionOrder(In):
    """The penalty. `deviation_reason` is needed below the tier of the benchmark; above it nothing helps. Below the
    minimum of the law, and for a warning in place of a fine, `mitigation` names the ground of the law (APL 30–32).

    `silence_reason` says why the decision goes on although an agency that was urged did not say whether it punished
    the act.

    `correction` is the order to correct that goes with a penalty (APL 28(1)); without it only where one was issued
    before, or the act was put right.
    """

    kind: Literal["FINE", "WARNING"] = "FINE"
    fine_fen: Fen
    surcharge_stated: bool
    deviation_reason: Text | None = None
    mitigation: (
        Literal[
            "FROM_14_TO_17",
            "LIMITED_CAPACITY",
            "HARM_REMOVED",
            "COERCED",
            "CONFESSED",
            "MERIT",
            "BY_OTHER_LAW",
        ]
        | None
    ) = None
    silence_reason: Text | None = None
    correction: CorrectionPart | None = None


class ClosureProposalOrder(In):
    """The proposal to close a performed case."""


class ClosureOrder(In):
    """The approval of the closure that was proposed."""


class ArchiveOrder(In):
    """The hand-over to the archive."""


class DeadlineView(Out):
    """A deadline with all that explains it. `provisional`: it reaches into a year that is not published yet."""

    rule: str
    law: str
    unit: str
    n: int
    holder: str
    trigger_on: date
    raw_on: date
    due_on: date
    rolled_by: str | None
    alarm_on: date | None
    calendar_version: str
    provisional: bool


class PartyView(Out):
    """The party; `name` is masked for a person, and null once the case was erased; so are `phone` and `email`."""

    party_id: PartyId
    kind: str
    age_group: str
    name: str | None
    phone: str | None
    email: str | None


class ProposalView(Out):
    """A penalty as proposed, notified or decided."""

    violations: list[str]
    kind: str
    fine_fen: int
    tier: str | None


class NoticeView(Out):
    """A prior notice. `hearing_until` is the end of the time to ask for a hearing, null where none was offered."""

    document_id: DocumentId
    proposal: ProposalView
    issued_at: datetime
    served_at: datetime | None
    defence_until: datetime | None
    hearing_until: datetime | None


class DefenceView(Out):
    number: int
    submitted_at: datetime
    final: bool
    answered: bool
    files: list[int]


class DecisionView(Out):
    """What was decided. `proposal` is null where no penalty is imposed."""

    document_id: DocumentId
    outcome: str
    proposal: ProposalView | None
    decided_at: datetime
    decided_by: OfficerId
    surcharge_stated: bool


class CaseView(Out):
    """One case as it stands. `number` is the case code; `correction_until` when it can be filed at the earliest."""

    id: CaseId
    agency_id: AgencyId
    number: str
    state: str
    admin_division: str
    revision: int
    violation_code: str
    violation_name: str
    opened_at: datetime
    exhibits: list[ExhibitView]
    party: PartyView | None
    prompt_delivered_at: datetime | None
    correction_until: datetime | None
    officers: list[OfficerId]
    filed_at: datetime | None
    signed_by: list[OfficerId]
    proposal: ProposalView | None
    notices: list[NoticeView]
    defences: list[DefenceView]
    files: list[FileView]
    defence_reviewed_by: OfficerId | None
    decision: DecisionView | None
    service_ordered: DocumentId | None
    services_in_doubt: list[DocumentId]
    served_at: datetime | None
    payment: PaymentView | None
    refunds: list[RefundView]
    reliefs: list[ReliefView]
    suspensions: list[SuspensionView]
    execution: ExecutionView | None
    correction: CorrectionView | None
    first_offence: FirstOffenceView | None
    education: EducationView | None
    non_filing: NonFilingView | None
    correction_orders: list[CorrectionOrderView]
    remedies: list[RemedyView]
    remedy_options: list[RemedyOptionView]
    round: int
    hearing: HearingView | None
    legal_review: LegalReviewView | None
    discussion: DiscussionView | None
    recusals: list[RecusalView]
    law: WeighedLawView | None
    amendments: list[AmendmentView]
    invalidations: list[InvalidationView]
    publications: list[PublicationView]
    act: ActView
    deadlines: list[DeadlineView]


class CaseSummary(Out):
    """One case in a list: nothing personal."""

    id: CaseId
    agency_id: AgencyId
    number: str
    state: str
    violation_code: str
    opened_at: datetime


class StandingView(Out):
    """Whether a case is live, for the service that has to know: an open case has no `closed_at`. Nothing personal.

    `evidence_ids` are the captures of the case, or of the lead while it is none yet.
    """

    case_id: CaseId
    agency_id: AgencyId
    number: str
    state: str
    is_open: bool
    closed_at: datetime | None
    evidence_ids: list[EvidenceId]


class IdentityView(Out):
    """One identifier of a party in one case: PERSON_ID or CREDIT_CODE, or the PLATE on a capture of the case."""

    case_id: CaseId
    kind: Literal["PERSON_ID", "CREDIT_CODE", "PLATE"]
    value: str


class IdentityList(Out):
    """The identifiers in the cases of one party."""

    items: list[IdentityView]


class DocumentView(Out):
    """A legal document: `kind` is its number (D-14), `sha256` that of its bytes (PDF/A-3a)."""

    id: DocumentId
    case_id: CaseId
    kind: str
    number: str
    template: str
    sha256: Digest
    made_at: datetime
    pages: int
    is_sealed: bool
    href: str


class DocumentList(Out):
    """Every document of a case, in the order they were made."""

    items: list[DocumentView]


class Case:
    """case, as another service asks it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def standing(self, case_id: CaseId) -> StandingView:
        """Whether the case is open, and whose it is. Refusal NOT_FOUND without one, else PEER_UNAVAILABLE."""
        return StandingView.model_validate(await self._peers.get("case", f"/v1/cases/{case_id}/standing"))

    async def oversight_standing(self, item_id: OversightItemId) -> OversightStanding:
        """Whether the oversight item is open, and which agency it concerns. Refusals as `standing`."""
        path = f"/v1/oversight-items/{item_id}/standing"
        return OversightStanding.model_validate(await self._peers.get("case", path))

    async def check_query_code(self, order: QueryCodeOrder) -> QueryCodeView:
        """The party and the case that a query code opens. Refusal PEER_UNAVAILABLE."""
        content = order.model_dump_json().encode()
        answer = await self._peers.post(
            "case", "/v1/query-code-checks", content=content, media_type="application/json"
        )
        return QueryCodeView.model_validate(answer)

    async def identities(self, party_id: PartyId) -> list[IdentityView]:
        """The identifiers in the cases of this party, as officers confirmed them. Refusal PEER_UNAVAILABLE."""
        answer = await self._peers.get("case", f"/v1/parties/{party_id}/identities")
        return IdentityList.model_validate(answer).items

    async def notice_context(self, case_id: CaseId) -> NoticeContextView:
        """What a notice about the case says and whom it reaches. Refusal NOT_FOUND without one."""
        answer = await self._peers.get("case", f"/v1/cases/{case_id}/notice-context")
        return NoticeContextView.model_validate(answer)

    async def document_for_service(self, document_id: DocumentId) -> DocumentForServiceView:
        """What the return of service of a document names. Refusal NOT_FOUND without one."""
        path = f"/v1/documents/{document_id}/service-view"
        return DocumentForServiceView.model_validate(await self._peers.get("case", path))

    async def document(self, document_id: DocumentId) -> bytes:
        """The bytes of a legal document as they were made (PDF/A-3a). Refusal NOT_FOUND without one."""
        return (await self._peers.read("case", f"/v1/documents/{document_id}")).content
