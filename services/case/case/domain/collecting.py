"""Acts of the investigation and their records: inquiry, inspection, request for material (C-10; APL 42, 54, 55).

    the first officer takes it ─▶ waits ─ the second signs ─▶ a document (D-08, D-10, D-09) ─▶ material is provided
                                       └─ either of the two voids it, for a reason

Two officers were there, and each signs in an act of their own: one signature is no evidence. The second signs what
the first wrote, unchanged. While a record waits nobody signs the report, and once the first of the two signed the
report nothing is collected any more: the report would not speak of it, so the head sends the investigation back.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from case.domain.collected import FieldRecord, RecordKind, with_record
from case.domain.people import Hand, require_qualified, require_separate
from case.domain.procedure import Case, Changing, State, require_assigned, require_state
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_42, APL_47, APL_54, APL_55


class SignedBy(StrEnum):
    """What stands under a record once it was read over."""

    SIGNED = "SIGNED"
    REFUSED = "REFUSED"
    ABSENT = "ABSENT"
    RECORDED = "RECORDED"


COLLECTABLE = (State.FILED, State.INVESTIGATING)
"""The states in which evidence is collected: the case is filed and its report is not signed."""


class OfCollecting(Changing, ABC):
    """A fact about one record of the investigation."""

    number: int


@dataclass(frozen=True)
class RecordTaken(OfCollecting):
    """The first officer wrote and signed the record. `content` commits to every word of it.

    `second` was there too and is to sign. `with_party`: the party or its representative was there.
    """

    type: ClassVar[str] = "case.record.taken"
    v: ClassVar[int] = 2

    number: int
    kind: RecordKind
    content: Commitment
    by: OfficerId
    second: OfficerId
    with_party: bool
    began_at: datetime
    ended_at: datetime
    due_on: date | None

    def applied(self, case: Case) -> Case:
        taken = FieldRecord(
            self.number,
            self.kind,
            self.by,
            self.began_at,
            self.ended_at,
            self.due_on,
            self.second,
            self.with_party,
        )
        return replace(case, state=State.INVESTIGATING, records=(*case.records, taken))


@dataclass(frozen=True)
class RecordSigned(OfCollecting):
    """The second officer signed it: it is a document from now on."""

    type: ClassVar[str] = "case.record.signed"

    number: int
    kind: RecordKind
    document_id: DocumentId
    sha256: str
    by: OfficerId

    def applied(self, case: Case) -> Case:
        signed = with_record(case.records, self.number, document_id=self.document_id)
        return replace(case, records=signed)


@dataclass(frozen=True)
class RecordVoided(OfCollecting):
    """One of the two takes back what only the first signed. Its words stay on record, and so does the reason."""

    type: ClassVar[str] = "case.record.voided"

    number: int
    reason: Commitment
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return replace(case, records=with_record(case.records, self.number, voided=True))


@dataclass(frozen=True)
class MaterialProvided(OfCollecting):
    """What was asked for came. `items` are the digests of the files; `is_whole`: nothing is missing any more."""

    type: ClassVar[str] = "case.material.provided"

    number: int
    provided_at: datetime
    items: tuple[str, ...]
    is_whole: bool
    by: OfficerId

    def applied(self, case: Case) -> Case:
        values = {"provided_at": self.provided_at, "is_whole": self.is_whole}
        return replace(case, records=with_record(case.records, self.number, **values))


def take_record(
    case: Case,
    kind: RecordKind,
    *,
    content: Commitment,
    began_at: datetime,
    ended_at: datetime,
    shows_certificates: bool,
    tells_rights: bool,
    with_party: bool,
    hand: Hand,
    at: datetime,
) -> RecordTaken:
    """The first officer writes the record of an inquiry or an inspection (C-10), after it and not ahead of it.

    Who asks or inspects shows the certificate first (APL 55(1)), and who is asked was told its rights before the first
    question; a record without either is refused, because no court believes that it happened all the same. The second
    officer is the other one of the case, from the day on which that officer came into it.
    """
    _require_collectable(case, hand, at)
    if not (shows_certificates and tells_rights):
        code = "CASE_RIGHTS_NOT_TOLD" if shows_certificates else "CASE_CERTIFICATE_NOT_SHOWN"
        raise Refusal(Kind.CONFLICT, code, {"case": case.id}, article=APL_55)
    filed_at = case.filed_at
    assert filed_at is not None
    came = [each.decided_at for each in case.recusals if each.replaced_by and each.decided_at]
    together_at = max([filed_at, *came])
    if not together_at <= began_at <= ended_at <= at:
        raise Refusal(Kind.INVALID, "CASE_RECORD_TIME", {"from": together_at, "until": at}, article=APL_54)
    return RecordTaken(
        case.id,
        len(case.records) + 1,
        kind,
        content,
        hand.officer_id,
        _other(case, hand),
        with_party,
        began_at,
        ended_at,
        None,
    )


def request_material(
    case: Case, *, content: Commitment, due_on: date, hand: Hand, at: datetime
) -> RecordTaken:
    """Ask somebody for material, until a day that is still to come (APL 54, 55(2))."""
    _require_collectable(case, hand, at)
    if due_on <= legal_day(at):
        raise Refusal(Kind.INVALID, "CASE_REQUEST_DAY", {"today": legal_day(at)}, article=APL_55)
    return RecordTaken(
        case.id,
        len(case.records) + 1,
        RecordKind.REQUEST,
        content,
        hand.officer_id,
        _other(case, hand),
        # What the agency looks for, and with whom, it does not tell the party while it looks.
        False,
        at,
        at,
        due_on,
    )


def require_recorded(has_recording: bool, *, is_remote: bool) -> None:
    """Raises Refusal CASE_RECORDING_MISSING for an inquiry over a distance without its recording (APL 47).

    Nobody signs such a record on paper: the recording shows who answered, and that the answers were read over.
    """
    if is_remote and not has_recording:
        raise Refusal(Kind.INVALID, "CASE_RECORDING_MISSING", article=APL_47)


def require_explained(by: SignedBy, *, has_note: bool) -> None:
    """Raises Refusal CASE_RECORD_UNEXPLAINED for a record that the person did not sign, without a word why (APL 55).

    Of an inquiry it is the reason of the refusal; of an inspection the witness, who signs in the party's place.
    """
    if by in (SignedBy.REFUSED, SignedBy.ABSENT) and not has_note:
        raise Refusal(Kind.INVALID, "CASE_RECORD_UNEXPLAINED", {"signing": by}, article=APL_55)


def sign_record(
    case: Case, number: int, *, document_id: DocumentId, sha256: str, hand: Hand, at: datetime
) -> RecordSigned:
    """The second officer signs what the first wrote (APL 42: two, each with a valid certificate)."""
    record = require_signable(case, number, hand, at)
    return RecordSigned(case.id, number, record.kind, document_id, sha256, hand.officer_id)


def require_signable(case: Case, number: int, hand: Hand, at: datetime) -> FieldRecord:
    """The record that waits for `hand`. Raises Refusal CASE_RECORD_NOT_OPEN, or ROLE_CONFLICT for its first officer.

    The other officer of the case is the one who was there: with a withdrawal what waits falls (`withdrawing`).
    """
    _require_investigator(case, hand, at)
    record = _open(case, number)
    require_separate(
        hand.officer_id,
        frozenset({record.first}),
        act="sign as the second officer",
        other="signed as the first",
    )
    return record


def require_reader(case: Case, number: int, hand: Hand) -> None:
    """Raises Refusal unless `hand` is one of the two who sign the record of this number."""
    require_assigned(hand, case)
    if not 1 <= number <= len(case.records):
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"id": f"{case.id}/evidence-records/{number}"})


def void_record(case: Case, number: int, *, reason: Commitment, hand: Hand, at: datetime) -> RecordVoided:
    """Take back a record that only one officer signed: the other was not there, or it says what was not said."""
    _require_investigator(case, hand, at)
    _open(case, number)
    return RecordVoided(case.id, number, reason, hand.officer_id)


def note_material(
    case: Case, number: int, *, items: tuple[str, ...], is_whole: bool, hand: Hand, at: datetime
) -> MaterialProvided:
    """Note what came upon a request that both officers signed, as often as something comes until it is whole."""
    _require_investigator(case, hand, at)
    record = next((each for each in case.records if each.number == number), None)
    if (
        record is None
        or record.kind is not RecordKind.REQUEST
        or not record.counts
        or record.is_whole is True
    ):
        raise _not_open(case, number)
    return MaterialProvided(case.id, number, at, items, is_whole, hand.officer_id)


def require_records_signed(case: Case) -> None:
    """Raises Refusal CASE_RECORD_UNSIGNED while a record waits for its second officer: the report would rest on it."""
    waiting = [record.number for record in case.records if record.is_open]
    if waiting:
        raise Refusal(
            Kind.CONFLICT, "CASE_RECORD_UNSIGNED", {"case": case.id, "numbers": waiting}, article=APL_42
        )


def _require_investigator(case: Case, hand: Hand, at: datetime) -> None:
    require_state(case, *COLLECTABLE, act="collecting evidence")
    require_assigned(hand, case)
    require_qualified(hand, at)


def _require_collectable(case: Case, hand: Hand, at: datetime) -> None:
    _require_investigator(case, hand, at)
    if case.conclusion is not None:
        raise Refusal(Kind.CONFLICT, "CASE_REPORT_SIGNED", {"case": case.id}, article=APL_54)


def _other(case: Case, hand: Hand) -> OfficerId:
    return next(each for each in case.officers if each != hand.officer_id)


def _open(case: Case, number: int) -> FieldRecord:
    record = next((each for each in case.records if each.number == number), None)
    if record is None or not record.is_open:
        raise _not_open(case, number)
    return record


def _not_open(case: Case, number: int) -> Refusal:
    facts = {"case": case.id, "number": number}
    return Refusal(Kind.CONFLICT, "CASE_RECORD_NOT_OPEN", facts, article=APL_42)
