"""What a party hands in: files with a statement or a defence, by itself or at the counter (APL 7, 45; NAT-2).

    announced ──parts──▶ whole ──hand_in──▶ a file of the case ──a statement names it──▶ … ──open──▶ on record

A file is judged and never refused for what it is: what a scanner found infected, and what no program of an office can
open, is kept as it came and does not open. The statement comes after its files, so that a refusal of one takes nothing
of the other away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.disclosure import Reading, reading_of
from case.domain.files import File
from case.domain.heard import HEARD
from case.domain.procedure import Case, Changing, require_state
from common.files.scanned import Scan
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.handinginrules import HandingInRules
from common.values.ids import CaseId, OfficerId, PartyId
from common.values.law import APL_40, APL_45


@dataclass(frozen=True)
class FileHandedIn(Changing):
    """The party handed in the file with this digest, by itself, or at the counter to `taken_by`."""

    type: ClassVar[str] = "case.file.handed_in"

    number: int
    party_id: PartyId
    taken_by: OfficerId | None
    sha256: str
    size: int
    media_type: str
    scan: Scan
    handed_in_at: datetime

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        file = File(
            self.number,
            self.sha256,
            self.size,
            self.media_type,
            self.scan,
            self.handed_in_at,
            self.party_id,
            self.taken_by,
        )
        return replace(case, files=(*case.files, file))


@dataclass(frozen=True)
class FileScanned(Changing):
    """A scanner looked at a file that nothing had looked at before."""

    type: ClassVar[str] = "case.file.scanned"

    number: int
    scan: Scan

    def applied(self, case: Case) -> Case:
        seen = (replace(each, scan=self.scan) if each.number == self.number else each for each in case.files)
        return replace(case, files=tuple(seen))


@dataclass(frozen=True)
class FileOpened(Fact):
    """Somebody was given the bytes of the file with this digest."""

    type: ClassVar[str] = "case.file.opened"

    owner: CaseId
    number: int
    sha256: str
    reading: Reading


def require_hearing(case: Case) -> PartyId:
    """The party whose files the case takes now. Refusal CASE_TRANSITION_NOT_ALLOWED, CASE_PARTY_NOT_IDENTIFIED."""
    require_state(case, *HEARD, act="handing in a file")
    if case.party is None:
        raise Refusal(Kind.CONFLICT, "CASE_PARTY_NOT_IDENTIFIED", {"case": case.id}, article=APL_40)
    return case.party.id


def hand_in(
    case: Case, *, number: int, sha256: str, size: int, media_type: str, scan: Scan,
    taken_by: OfficerId | None, at: datetime,
) -> FileHandedIn:  # fmt: skip
    """Take a whole file into the case. At the counter the same fact says who took it (APL 45)."""
    party_id = require_hearing(case)
    return FileHandedIn(case.id, number, party_id, taken_by, sha256, size, media_type, scan, at)


def note_scan(case: Case, number: int, scan: Scan) -> FileScanned | None:
    """The word of a scanner on a file that has none yet; None where there is no word, or was one before."""
    file = file_of(case, number)
    is_news = file.scan is Scan.NOT_SCANNED and scan is not Scan.NOT_SCANNED
    return FileScanned(case.id, number, scan) if is_news else None


def open_file(case: Case, number: int, *, reader: str) -> FileOpened:
    """The fact that `reader` (`party`, `officer`) is given the file. Refusal CASE_FILE_CLOSED for one that never opens.

    Not to the party either: what harms an office harms a home.
    """
    file = file_of(case, number)
    if not file.opens:
        wording = "infected" if file.scan is Scan.INFECTED else ""
        facts = {"case": case.id, "number": number}
        raise Refusal(Kind.CONFLICT, "CASE_FILE_CLOSED", facts, wording=wording, article=APL_45)
    return FileOpened(case.id, number, file.sha256, reading_of(reader))


def file_of(case: Case, number: int) -> File:
    """The file with this number. Refusal CASE_FILE_ABSENT."""
    found = next((file for file in case.files if file.number == number), None)
    if found is None:
        raise Refusal(Kind.NOT_FOUND, "CASE_FILE_ABSENT", {"case": case.id, "number": number}, article=APL_45)
    return found


def named(case: Case, numbers: Sequence[int], rules: HandingInRules) -> tuple[int, ...]:
    """The files that a statement names: handed in before, and named by no other one. In the order of their numbers.

    Refusal CASE_FILES_MANY above the city's figure, which is twenty at least.
    """
    if len(set(numbers)) > rules.files_at_most:
        facts = {"case": case.id, "most": rules.files_at_most}
        raise Refusal(Kind.INVALID, "CASE_FILES_MANY", facts, article=APL_45)
    for number in numbers:
        stated = file_of(case, number).statement
        if stated is not None:
            facts = {"case": case.id, "number": number, "statement": stated}
            raise Refusal(Kind.CONFLICT, "CASE_FILE_NAMED", facts, article=APL_45)
    return tuple(sorted(set(numbers)))
