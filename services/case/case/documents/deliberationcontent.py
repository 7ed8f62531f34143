"""The content of the documents between the reviewed defence and the decision.

D-07   RecusalDecision   回避决定书        APL 43
D-18a  HearingNotice     听证通知书        APL 64(2)
D-18b  HearingRecord     听证笔录          APL 64(8)
D-18c  HearingReport     听证报告          APL 65; an internal sheet
D-19   LegalReview       法制审核意见书    APL 58; an internal sheet
D-22   DiscussionRecord  集体讨论记录      APL 57(2); an internal sheet
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from case.documents.content import Agency
from common.documents.content import Content, is_empty
from common.values.law import APL_43, APL_57_2, APL_58, APL_64, APL_64_2, APL_65


@dataclass(frozen=True)
class RecusalDecision(Content):
    """D-07. `acts` says what becomes of the officer's acts, `replacement` who goes on; none where nobody withdraws."""

    article = APL_43

    number: str
    case_code: str
    agency: Agency
    officer: str
    applicant: str
    applied_at: datetime
    ground: str
    reason: str
    decided_by: tuple[str, ...]
    outcome: str
    why: str
    acts: str | None = None
    replacement: str | None = None


@dataclass(frozen=True)
class ReviewLine(Content):
    """One point of the checklist: whether it is in order, and the reviewer's remark."""

    point: str
    is_in_order: bool
    remark: str


@dataclass(frozen=True)
class LegalReview(Content):
    """D-19. `triggers` are in words; a review that nobody had to ask for says so there. `mend` is needed unless it
    passes.
    """

    article = APL_58

    number: str
    case_code: str
    agency: Agency
    act: str
    proposal: str
    triggers: tuple[str, ...]
    points: tuple[ReviewLine, ...]
    verdict: str
    passes: bool
    reviewer: str
    qualification: str
    reviewed_at: datetime
    mend: str | None = None
    late_note: str | None = None
    new_ground: str | None = None
    distinct: tuple[str, ...] = ()
    distinct_reason: str | None = None
    wants_discussion: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        missing = [] if self.passes or not is_empty(self.mend) else ["mend"]
        missing += ["distinct_reason"] if self.distinct and is_empty(self.distinct_reason) else []
        if missing:
            self.refuse(missing)


@dataclass(frozen=True)
class HearingNotice(Content):
    """D-18a: when and where the party is heard, by whom, and what it may do there. `openness`: whether in public."""

    article = APL_64_2

    number: str
    case_code: str
    agency: Agency
    party: str
    act: str
    opens_at: datetime
    place: str
    openness: str
    chair: str


@dataclass(frozen=True)
class HearingRecord(Content):
    """D-18b. Nothing `said` only where the party waived the hearing, and `course` says so; `signing` is what stands
    under the record.
    """

    article = APL_64

    number: str
    case_code: str
    agency: Agency
    party: str
    act: str
    began_at: datetime
    ended_at: datetime
    place: str
    openness: str
    chair: str
    attendees: tuple[str, ...]
    case_made: tuple[str, ...]
    course: str
    signing: str
    is_heard: bool
    agents: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    examined: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_heard and not self.said:
            self.refuse(["said"])


@dataclass(frozen=True)
class HearingReport(Content):
    """D-18c: an internal sheet, on which with the record the decision rests (APL 65)."""

    article = APL_65

    number: str
    case_code: str
    agency: Agency
    act: str
    held_at: datetime
    place: str
    course: str
    findings: tuple[str, ...]
    opinion: str
    reasons: tuple[str, ...]
    chair: str
    reported_at: datetime


@dataclass(frozen=True)
class HeadsWords(Content):
    """What one head said."""

    name: str
    words: str
    agrees: bool


@dataclass(frozen=True)
class DiscussionRecord(Content):
    """D-22: an internal sheet. Without `triggers` the heads discussed the case because one of them wanted it."""

    article = APL_57_2

    number: str
    case_code: str
    agency: Agency
    act: str
    proposal: str
    triggers: tuple[str, ...]
    convened_at: datetime
    concluded_at: datetime
    place: str
    chair: str
    recorder: str
    opinions: tuple[HeadsWords, ...]
    conclusion: str
    agreed: str
    observers: tuple[str, ...] = ()
