"""A transfer to another agency or to the police, as the case knows of it, on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from common.calls.http import Peers
from common.values.ids import CaseId, DocumentId, ExchangeId, OfficerId
from common.web.wire import Digest, In, LongText, Out, Text

Goods = Annotated[list[Line], Field(max_length=100)]


class TransferLetterOrder(In):
    """The letter of a transfer (移送函, D-31): to whom, why, and what makes that agency competent.

    `materials` are papers that go along beside the captures of the lead, which the letter lists by itself.
    """

    to_name: Line
    reason: Text
    basis: Annotated[list[Line], Field(min_length=1, max_length=10)]
    materials: Goods = []
    signed_as: Line


class CrimeTeamOrder(In):
    """The officers who look into a suspected crime, two or more (CrimT 5(1))."""

    team: Annotated[list[OfficerId], Field(min_length=1, max_length=10)]


class CrimeReportOrder(In):
    """The report of the team to the head: the facts, and the crime that they suspect."""

    report: LongText


class CrimeDecisionOrder(In):
    """The head's decision, with its reasons. Approved, it says to which police, with a copy to which procuratorate.

    `crime` is the suspected crime as the letter names it, `goods` the list of what is handed over (涉案物品清单).
    """

    approved: bool
    reason: Text
    signed_as: Line
    crime: Line | None = None
    police: Line | None = None
    procuratorate: Line | None = None
    goods: Goods = []


class SuspectedCrimeView(Out):
    """One suspicion. `bars_penalty`: nobody may be punished for the act as long as this stands."""

    number: int
    team: list[OfficerId]
    named_at: datetime
    reported_at: datetime | None
    decide_by: date | None
    approved: bool | None
    document_id: DocumentId | None
    exchange_id: ExchangeId | None
    answer: Literal["FILED", "NOT_FILED", "RETURNED"] | None
    result: Literal["PENALISED", "NOT_PENALISED", "PROSECUTED", "NOT_PROSECUTED"] | None
    bars_penalty: bool


class SuspicionList(Out):
    """The suspicions of a case, in their order, and the state of the case."""

    case_id: CaseId
    state: str
    crimes: list[SuspectedCrimeView]


class TransferPaperView(Out):
    """A paper of the case that goes along with its transfer. `kind` is its number: D-31, D-32, D-13."""

    document_id: DocumentId
    kind: str
    number: str
    sha256: Digest


class TransferPaperList(Out):
    """The latest paper of each kind that a transfer of the case takes along."""

    items: list[TransferPaperView]


class LeavingCase:
    """case, as the exchange asks it about a case that leaves."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def papers(self, case_id: CaseId) -> list[TransferPaperView]:
        """The papers that go along with a transfer. Refusal NOT_FOUND without a case, else PEER_UNAVAILABLE."""
        answer = await self._peers.get("case", f"/v1/cases/{case_id}/transfer-papers")
        return TransferPaperList.model_validate(answer).items

    async def paper(self, document_id: DocumentId) -> bytes:
        """The bytes of a paper as they were made (PDF/A-3a). Refusal NOT_FOUND without one."""
        return (await self._peers.read("case", f"/v1/documents/{document_id}")).content
