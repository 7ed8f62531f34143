"""Every fact of a case. Code that handles facts one by one must handle each of these (`assert_never`)."""

from __future__ import annotations

from typing import TypeAlias

from case.domain.amending import (
    AmendmentProposed,
    AmendmentReviewed,
    CaseReopened,
    DecisionChanged,
    DecisionCorrected,
    DecisionRevoked,
)
from case.domain.closing import CaseArchived, CaseClosed, ClosureProposed
from case.domain.collecting import MaterialProvided, RecordSigned, RecordTaken, RecordVoided
from case.domain.correcting import CaseCorrected, FirstOffenceChecked, WaiverChosen
from case.domain.counterdesk import StatementWritten
from case.domain.crimes import (
    CrimeAnswered,
    CrimeEnded,
    CrimeReported,
    CrimeTeamNamed,
    CrimeTransferDecided,
    CrimeTransferNoted,
)
from case.domain.decision import CaseDecided
from case.domain.defence import DefenceReviewed, DefenceSubmitted
from case.domain.demanding import CaseDemanded, DemandObjected, DemandObjectionAnswered, DemandServed
from case.domain.discussing import DiscussionConcluded, DiscussionConvened, HeadSpoke
from case.domain.doubting import ServiceDoubted, ServiceDoubtSettled
from case.domain.education import CaseEducated
from case.domain.enforcing import CourtObjected, CourtRuled, EnforcementApplied
from case.domain.erasure import CaseErased, CaseErasureProposed
from case.domain.executionends import EnforcementEnded, EnforcementLapsed, ExecutionRested, ExecutionTakenUp
from case.domain.filing import (
    CaseFiled,
    CasePrompted,
    FilingApplied,
    PartyIdentified,
    PromptArrivalDenied,
    PromptDelivered,
    PromptFailed,
)
from case.domain.handingin import FileHandedIn, FileScanned
from case.domain.hearing import HearingNoticeServed, HearingOrdered, HearingRequested
from case.domain.hearingheld import HearingHeld, HearingReported
from case.domain.hearingwithdrawn import HearingRequestWithdrawn
from case.domain.invalidating import CaptureInvalidated, InvalidationOverdue, InvalidationSettled
from case.domain.investigation import (
    InvestigationConcluded,
    InvestigationSigned,
    PriorNoticeIssued,
    PriorNoticeServed,
)
from case.domain.lawoftime import LawWeighed
from case.domain.legalreview import LegallyReviewed
from case.domain.merging import ActEnded, CaptureJoined, CaseLinked, CaseMerged
from case.domain.nonfiling import CaseNotFiled, NonFilingProposed
from case.domain.nopenalty import NoPenaltyDecided
from case.domain.obligation import PerformanceDue
from case.domain.opening import BackupNoted
from case.domain.ordering import CorrectionChecked, CorrectionOrdered, CorrectionOrderServed
from case.domain.others import OtherAgenciesAsked
from case.domain.paying import (
    CasePaid,
    CasePerformed,
    PaymentDiffered,
    PaymentDifferenceSettled,
    PaymentReconciled,
    ReceiptEntered,
)
from case.domain.performance import AmendmentServed, CaseServed
from case.domain.preserving import (
    PreservationHandled,
    PreservationLapsed,
    PreservationOrdered,
    PreservationProposed,
    PreservedReturned,
)
from case.domain.prompting import PromptDrafted, PromptOverdue
from case.domain.publishing import (
    DecisionPublished,
    ImpactJudged,
    PublicationOverdue,
    PublicationWithdrawn,
    WithdrawalDue,
)
from case.domain.reconsidering import RemedyApplied, RemedyForwarded
from case.domain.recusing import RecusalApplied, RecusalDecided, RecusalDecidedAbove, RecusalVoted
from case.domain.redating import DeadlineRedated
from case.domain.refunding import CaseRefunded, RefundApproved, RefundAsked, RefundOpened, RefundWithdrawn
from case.domain.releasing import PartyReleased
from case.domain.relief import ReliefApplied, ReliefGranted, ReliefRefused
from case.domain.reliefservice import ReliefAnswerServed
from case.domain.remedying import (
    ExecutionHalted,
    ExecutionResumed,
    RemedyAccepted,
    RemedyAnswered,
    RemedyOverdue,
)
from case.domain.remedyresults import DecisionOrderedAnew, RemedyEnded
from case.domain.reserving import ServiceDateProven
from case.domain.returning import InvestigationReturned
from case.domain.sealing import DocumentSealed
from case.domain.selfcorrecting import RemedyInsisted, RemedySelfCorrected
from case.domain.serving import ServiceFailed, ServiceOrdered
from case.domain.sheets import SheetMade
from case.domain.suspending import CaseResumed, CaseSuspended, SuspensionProposed
from case.domain.transferring import CaseTransferredOut, TransferEnded, TransferLetterWritten, TransferNoted

CaseFact: TypeAlias = (
    ImpactJudged
    | DecisionPublished
    | WithdrawalDue
    | PublicationWithdrawn
    | PublicationOverdue
    | CaptureInvalidated
    | InvalidationOverdue
    | InvalidationSettled
    | AmendmentProposed
    | AmendmentReviewed
    | CaseReopened
    | DecisionRevoked
    | DecisionChanged
    | DecisionCorrected
    | AmendmentServed
    | PartyIdentified
    | PromptDrafted
    | PromptOverdue
    | CasePrompted
    | PromptArrivalDenied
    | PromptDelivered
    | PromptFailed
    | CaseCorrected
    | FirstOffenceChecked
    | WaiverChosen
    | CaseEducated
    | NonFilingProposed
    | CaseNotFiled
    | DocumentSealed
    | SheetMade
    | CorrectionOrdered
    | CorrectionOrderServed
    | CorrectionChecked
    | FilingApplied
    | CaseFiled
    | LawWeighed
    | InvestigationSigned
    | InvestigationConcluded
    | PriorNoticeIssued
    | PriorNoticeServed
    | FileHandedIn
    | FileScanned
    | DefenceSubmitted
    | DefenceReviewed
    | InvestigationReturned
    | LegallyReviewed
    | HearingRequested
    | HearingRequestWithdrawn
    | HearingOrdered
    | HearingNoticeServed
    | HearingHeld
    | HearingReported
    | DiscussionConvened
    | HeadSpoke
    | DiscussionConcluded
    | RecusalApplied
    | RecusalVoted
    | RecusalDecided
    | RecusalDecidedAbove
    | OtherAgenciesAsked
    | CaseDecided
    | NoPenaltyDecided
    | ServiceOrdered
    | ServiceFailed
    | CaseServed
    | ServiceDateProven
    | ServiceDoubted
    | ServiceDoubtSettled
    | PerformanceDue
    | CasePaid
    | PaymentReconciled
    | PaymentDiffered
    | PaymentDifferenceSettled
    | ReceiptEntered
    | CasePerformed
    | RefundOpened
    | RefundWithdrawn
    | RefundAsked
    | RefundApproved
    | CaseRefunded
    | ReliefApplied
    | ReliefGranted
    | ReliefRefused
    | ReliefAnswerServed
    | SuspensionProposed
    | CaseSuspended
    | CaseResumed
    | CaseDemanded
    | DemandServed
    | DemandObjected
    | DemandObjectionAnswered
    | EnforcementApplied
    | CourtRuled
    | CourtObjected
    | ExecutionRested
    | ExecutionTakenUp
    | EnforcementEnded
    | EnforcementLapsed
    | ClosureProposed
    | CaseClosed
    | CaseArchived
    | BackupNoted
    | PartyReleased
    | TransferNoted
    | TransferEnded
    | CaseTransferredOut
    | CaptureJoined
    | CaseLinked
    | CaseMerged
    | ActEnded
    | DeadlineRedated
    | RemedyApplied
    | RemedyForwarded
    | RemedyAccepted
    | RemedyAnswered
    | RemedyOverdue
    | RemedySelfCorrected
    | RemedyInsisted
    | RemedyEnded
    | DecisionOrderedAnew
    | ExecutionHalted
    | ExecutionResumed
    | CaseErasureProposed
    | CaseErased
    | RecordTaken
    | RecordSigned
    | RecordVoided
    | MaterialProvided
    | PreservationProposed
    | PreservationOrdered
    | PreservationHandled
    | PreservationLapsed
    | PreservedReturned
    | StatementWritten
    | CrimeTeamNamed
    | CrimeReported
    | CrimeTransferDecided
    | CrimeTransferNoted
    | CrimeAnswered
    | CrimeEnded
    | TransferLetterWritten
)
"""The facts of a case that exists; `CaseOpened` is the one that brings it into being."""
