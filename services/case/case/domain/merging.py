"""Captures and cases that are about one act: joined, linked, merged, or found to be distinct (C-01, C-06; APL 29).

    open case ◀─joined─ capture            another case ─linked─▶ open case ─a person merges─▶ NOT_FILED or CLOSED

No case about an act goes on beside another one: the one ends, and the captures go with the act. Whether a penalty that
another agency imposed was for the same act, legal review says, with its reasons (`legalreview`).
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from case.domain.amendments import revoked_at
from case.domain.contents import Exhibit, Measurement
from case.domain.deadlines import Terms
from case.domain.filing import require_here
from case.domain.incidents import TAKING
from case.domain.invalidations import Way
from case.domain.lawoftime import ruleset_of
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.preserving import require_nothing_kept
from case.domain.procedure import DELIBERATING, ORDERABLE, Case, Changing, State, require_state
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, DeviceId, EvidenceId, OfficerId
from common.values.law import APL_29, APL_36

OPEN: Final = tuple(
    dict.fromkeys((State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE, *ORDERABLE, *DELIBERATING))
)
"""The states of a case in which nothing is decided about its act."""
_GONE: Final = (State.NOT_FILED, State.TRANSFERRED_OUT)
_LEADS: Final = (State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE)


class EndShownBy(StrEnum):
    """How it is known that the state ended: another capture shows it, or an officer saw it."""

    EVIDENCE = "EVIDENCE"
    OFFICER = "OFFICER"


@dataclass(frozen=True)
class OfAct(Changing, ABC):
    """A fact about which captures and cases are one act."""


@dataclass(frozen=True)
class CaptureJoined(OfAct):
    """Another accepted capture shows the act of this case. `moved_from` is the case that held it before.

    `ruleset` names the rules by which captures are one act.
    """

    type: ClassVar[str] = "case.capture_joined"

    evidence_id: EvidenceId
    device_id: DeviceId
    captured_at: datetime
    media: tuple[str, ...]
    reviewers: tuple[OfficerId, ...]
    device_lawful: bool
    backed_up: bool
    measurement: Measurement | None
    ruleset: str
    moved_from: CaseId | None

    @property
    def subject(self) -> str:
        return self.evidence_id.stream

    def applied(self, case: Case) -> Case:
        exhibits = sorted((*case.exhibits, self.exhibit), key=lambda each: each.captured_at)
        return replace(case, exhibits=tuple(exhibits))

    @property
    def exhibit(self) -> Exhibit:
        return Exhibit(
            self.evidence_id,
            self.device_id,
            self.captured_at,
            self.reviewers,
            accepted=True,
            device_lawful=self.device_lawful,
            backed_up=self.backed_up,
            media=self.media,
            measurement=self.measurement,
        )


@dataclass(frozen=True)
class CaseLinked(OfAct):
    """This case and `same_as` are about one act. Until a person merges them, this one imposes no penalty."""

    type: ClassVar[str] = "case.linked"

    same_as: CaseId
    ruleset: str
    by: OfficerId | None

    @property
    def subject(self) -> str:
        return self.same_as.stream

    def applied(self, case: Case) -> Case:
        return replace(case, act=replace(case.act, same_as=self.same_as))


@dataclass(frozen=True)
class CaseMerged(OfAct):
    """This case ended: `into` goes on with the act. `by` is None where nobody had worked on it.

    `was_prompted`: the party was told of it, and has to be told that it ended. Before `kept_until` nothing of a lead
    may be erased; a case that was filed is archived instead.
    """

    type: ClassVar[str] = "case.merged"

    agency_id: AgencyId
    into: CaseId
    reason: Commitment | None
    by: OfficerId | None
    merged_at: datetime
    was_prompted: bool
    moved: tuple[EvidenceId, ...]
    kept_until: datetime | None
    archive_by: Deadline | None

    @property
    def subject(self) -> str:
        return self.into.stream

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.archive_by,) if self.archive_by else ()

    def applied(self, case: Case) -> Case:
        act = replace(case.act, same_as=self.into, merged_at=self.merged_at)
        state = State.NOT_FILED if case.filed_at is None else State.CLOSED
        return replace(case, state=state, act=act, closed_at=self.merged_at, non_filing=None)


@dataclass(frozen=True)
class ActEnded(OfAct):
    """The state ended at `ended_at`: what is seen later is another act. `note` commits to how that is known."""

    type: ClassVar[str] = "case.act_ended"

    ended_at: datetime
    shown_by: EndShownBy
    note: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return replace(case, act=replace(case.act, ended_at=self.ended_at))


def join_capture(
    case: Case, exhibit: Exhibit, *, ruleset: str, moved_from: CaseId | None = None
) -> CaptureJoined:
    """A capture that shows the act of the case joins it. Before a report is signed, because the report speaks
    of captures that its signers saw.
    """
    require_state(case, *TAKING, act="taking another capture")
    return CaptureJoined(
        case.id,
        exhibit.evidence_id,
        exhibit.device_id,
        exhibit.captured_at,
        exhibit.media,
        exhibit.reviewers,
        exhibit.device_lawful,
        exhibit.backed_up,
        exhibit.measurement,
        ruleset,
        moved_from,
    )


def link(case: Case, same_as: CaseId, *, ruleset: str, by: OfficerId | None = None) -> CaseLinked:
    """Another case is about the act of this one. A decided case is linked too, so that a second fine is found."""
    return CaseLinked(case.id, same_as, ruleset, by)


def absorb(
    case: Case, into: Case, *, terms: Terms, at: datetime
) -> tuple[CaseMerged, tuple[CaptureJoined, ...]]:
    """A lead that nobody worked on is one with `into`: it ends, and its captures go along."""
    require_state(case, State.SUSPECTED, act="being absorbed")
    return _merged(case, into, reason=None, by=None, terms=terms, at=at)


def merge(
    case: Case, into: Case, *, reason: Commitment, hand: Hand, terms: Terms, at: datetime
) -> tuple[CaseMerged, tuple[CaptureJoined, ...]]:
    """End `case`, because `into` is about the same act (APL 29; C-06 DUPLICATE). `into` takes its captures, or refers
    to them once its report is signed.

    By somebody who investigates neither of them. Nothing decided is merged: it is revoked, or stands.
    """
    require_state(case, *OPEN, act="merging it into another case")
    require_here(case)
    require_nothing_kept(case)
    require_qualified(hand, at)
    hands = frozenset((*case.officers, *into.officers))
    require_separate(hand.officer_id, hands, act="merge the cases", other="investigates one of them")
    same_rules = ruleset_of(case, terms).code == ruleset_of(into, terms).code
    if case.id == into.id or case.agency_id != into.agency_id or not same_rules or not _goes_on(into):
        facts = {"case": case.id, "into": into.id, "state": into.state}
        raise Refusal(Kind.CONFLICT, "CASE_MERGER_NOT_POSSIBLE", facts, article=APL_29)
    require_here(into)
    return _merged(case, into, reason=reason, by=hand.officer_id, terms=terms, at=at)


def _goes_on(into: Case) -> bool:
    """Whether `into` can stand for the act: it is open, or its decision stands."""
    is_revoked = revoked_at(into.amendments) is not None
    return into.act.merged_at is None and into.state not in _GONE and not is_revoked


def _merged(
    case: Case, into: Case, *, reason: Commitment | None, by: OfficerId | None, terms: Terms, at: datetime
) -> tuple[CaseMerged, tuple[CaptureJoined, ...]]:
    is_lead = case.state in _LEADS
    taken = into.state in TAKING
    # What a device took unlawfully is no evidence, and does not go along as if it were (APL 41(1)).
    fallen = {lost for each in case.invalidations if each.way is not Way.KEEP for lost in each.evidence_ids}
    ruleset = ruleset_of(into, terms).id
    moved = tuple(
        join_capture(into, exhibit, ruleset=ruleset, moved_from=case.id)
        for exhibit in (case.exhibits if taken else ())
        if exhibit.evidence_id not in fallen
    )
    ended = CaseMerged(
        case.id,
        case.agency_id,
        into.id,
        reason,
        by,
        at,
        was_prompted=case.prompt_delivered_at is not None,
        moved=tuple(each.evidence_id for each in moved),
        kept_until=at if is_lead else None,
        archive_by=None if is_lead else terms.archive(at),
    )
    return ended, moved


def end_act(
    case: Case, *, ended_at: datetime, shown_by: EndShownBy, note: Commitment, hand: Hand, at: datetime
) -> ActEnded:
    """Record that the state ended, for example that the vehicle left (APL 36(2)). Later captures are another act.

    Not in the future, and not before the last capture of this case: that one still shows the state.
    """
    require_state(case, *OPEN, act="recording that the state ended")
    require_qualified(hand, at)
    if not case.act_ended_at <= ended_at <= at:
        facts = {"case": case.id, "last": case.act_ended_at, "now": at}
        raise Refusal(Kind.INVALID, "CASE_ACT_END_IMPOSSIBLE", facts, article=APL_36)
    return ActEnded(case.id, ended_at, shown_by, note, hand.officer_id)
