"""What a case holds: its captures, what the officers signed, notices, statements, the decision, and what was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from case.domain.outcomes import Effect, Outcome
from common.values.ids import AgencyId, DeviceId, DocumentId, EvidenceId, OfficerId
from common.values.profile import PenaltyKind


@dataclass(frozen=True)
class Measurement:
    """A measured offence in four figures, in `unit`.

    The permissible error is deducted from the value in the party's favour (Metrology 9); what remains, `deducted`, is
    above the limit.
    """

    quantity: str
    unit: str
    value: Decimal
    limit: Decimal
    error: Decimal
    deducted: Decimal


@dataclass(frozen=True)
class Exhibit:
    """One capture of the case. `device_lawful`: the capability snapshot at the second of capture says yes.

    `measurement` is None where the pictures alone show the act.
    """

    evidence_id: EvidenceId
    device_id: DeviceId
    captured_at: datetime
    reviewers: tuple[OfficerId, ...]
    accepted: bool
    device_lawful: bool
    backed_up: bool
    media: tuple[str, ...]
    measurement: Measurement | None = None


@dataclass(frozen=True)
class Findings:
    """The three findings of NJ 4. All three together forbid a penalty."""

    minor: bool
    promptly_corrected: bool
    harmless: bool

    @property
    def forbid_penalty(self) -> bool:
        return self.minor and self.promptly_corrected and self.harmless


@dataclass(frozen=True)
class Proposal:
    """A penalty as proposed, notified or decided. `violations` are catalogue codes, the fine is in fen."""

    violations: tuple[str, ...]
    kind: PenaltyKind
    fine_fen: int
    duration_days: int = 0


@dataclass(frozen=True)
class Conclusion:
    """What both officers signed. `report` commits to its text; `complex_case` calls for more heads (APL 57(2), 58).

    `outcome` is what they propose; only a penalty has a fine.
    """

    report: bytes
    proposal: Proposal
    tier: str
    findings: Findings
    complex_case: bool
    outcome: Outcome = Outcome.PENALTY


@dataclass(frozen=True)
class Notice:
    """A prior notice. Until it is served it warned nobody.

    `hearing_until` is the end of the time to ask for a hearing, None where none was offered.
    """

    document_id: DocumentId
    proposal: Proposal
    hearing_offered: bool
    issued_at: datetime
    served_at: datetime | None = None
    defence_until: datetime | None = None
    hearing_until: datetime | None = None


@dataclass(frozen=True)
class Defence:
    """One statement of the party. `final`: they say expressly that nothing more will follow.

    `effect` is what the statement removes, once it is adopted.
    """

    number: int
    submitted_at: datetime
    final: bool
    answered: bool = False
    effect: Effect | None = None


@dataclass(frozen=True)
class Decision:
    """What was decided. `proposal` is None where no penalty is imposed."""

    document_id: DocumentId
    proposal: Proposal | None
    decided_by: OfficerId
    decided_at: datetime
    surcharge_stated: bool
    outcome: Outcome = Outcome.PENALTY

    @property
    def fine_fen(self) -> int:
        """What is to be paid; 0 for a warning, and where no penalty is imposed."""
        return self.proposal.fine_fen if self.proposal else 0


@dataclass(frozen=True)
class Receipt:
    """The finance department's e-receipt (NJ 16(2)): its number and code, and where anybody verifies it."""

    number: str
    code: str
    verification_url: str


@dataclass(frozen=True)
class Paid:
    """One payment that the bank noticed. `reconciled_on` is the day of the file that confirms it.

    `differed_in` are the digests in hex of the files that name another amount; the last of them, of `filed_on`, names
    `filed_fen`. The first `settled` of them are settled.
    """

    serial: str
    amount_fen: int
    paid_at: datetime
    receipt: Receipt | None = None
    reconciled_on: date | None = None
    differed_in: tuple[str, ...] = ()
    filed_fen: int | None = None
    filed_on: date | None = None
    settled: int = 0

    @property
    def is_in_dispute(self) -> bool:
        """Whether the bank's notice and one of its files name two amounts, and nobody settled which one holds."""
        return len(self.differed_in) > self.settled


@dataclass(frozen=True)
class Payment:
    """The obligation to pay. `reference` is what the bank quotes; the platform never holds money (APL 67).

    `cancelled` are the references of the obligations before it, the oldest first: the party may still pay under one.
    """

    reference: str
    fine_fen: int
    due_on: date
    parts: tuple[Paid, ...] = ()
    cancelled: tuple[str, ...] = ()

    @property
    def paid_fen(self) -> int:
        return sum(part.amount_fen for part in self.parts)

    @property
    def paid_at(self) -> datetime | None:
        """Since when the fine is covered; None while it is not."""
        total, since = 0, None
        for part in sorted(self.parts, key=lambda each: each.paid_at):
            total += part.amount_fen
            since = (since or part.paid_at) if total >= self.fine_fen else None
        return since

    @property
    def has_receipt(self) -> bool:
        """Whether every payment has its receipt."""
        return bool(self.parts) and all(part.receipt for part in self.parts)


@dataclass(frozen=True)
class OtherPenalty:
    """A penalty that another agency imposed, by the number of its case."""

    agency_id: AgencyId
    number: str

    @property
    def name(self) -> str:
        """The name by which a legal review speaks of this penalty."""
        return f"{self.agency_id}/{self.number}"


@dataclass(frozen=True)
class OthersAnswer:
    """What the other agencies last answered. `may_decide`: all did, or the decision may go on without the rest."""

    asked_at: datetime
    penalties: tuple[OtherPenalty, ...]
    may_decide: bool
    unanswered: tuple[AgencyId, ...]


@dataclass(frozen=True)
class Doubt:
    """The document whose service is in doubt, and the step of its service that the doubt is about."""

    document_id: DocumentId
    step: int
