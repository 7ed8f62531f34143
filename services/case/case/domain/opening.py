"""How a case begins: an accepted capture opens a lead, and the ledger tells that it is backed up (C-01)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.contents import Exhibit, Measurement
from case.domain.deadlines import Terms
from case.domain.procedure import Case, Changing, OfCase, State
from case.domain.territory import require_inside
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, DeviceId, EvidenceId, OfficerId
from common.values.law import APL_17, NJ_3, NJ_23
from common.values.profile import Profile

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class CaseOpened(OfCase):
    """A lead exists: an accepted capture suggests a violation that this city pursues off-site."""

    type: ClassVar[str] = "case.opened"
    v: ClassVar[int] = 3

    agency_id: AgencyId
    number: str
    admin_division: str
    evidence_id: EvidenceId
    device_id: DeviceId
    captured_at: datetime
    media: tuple[str, ...]
    reviewers: tuple[OfficerId, ...]
    device_lawful: bool
    backed_up: bool
    violation_code: str
    item_version: int
    ruleset: str
    profile: str
    opened_at: datetime
    identify_party_by: Deadline
    prompt_by: Deadline
    measurement: Measurement | None

    @property
    def subject(self) -> str:
        return self.evidence_id.stream

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.identify_party_by, self.prompt_by)

    def opened(self) -> Case:
        """The new case."""
        exhibit = Exhibit(
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
        return Case(
            self.owner,
            self.agency_id,
            self.number,
            State.SUSPECTED,
            self.violation_code,
            self.item_version,
            self.opened_at,
            (exhibit,),
            revision=1,
            admin_division=self.admin_division,
        )


@dataclass(frozen=True)
class BackupNoted(Changing):
    """The designated case-file store holds the capture and gave it back unchanged (NJ 17)."""

    type: ClassVar[str] = "case.backup_noted"

    evidence_id: EvidenceId

    @property
    def subject(self) -> str:
        return self.evidence_id.stream

    def applied(self, case: Case) -> Case:
        noted = tuple(
            replace(exhibit, backed_up=True) if exhibit.evidence_id == self.evidence_id else exhibit
            for exhibit in case.exhibits
        )
        return replace(case, exhibits=noted)


def is_pursued(code: str, profile: Profile, *, on: date) -> bool:
    """Whether the city pursued this violation by devices on the day of the act: it stood in the published list.

    What was listed later was not foreseeable then (APL 37), and the city's rules themselves are in force from their own
    first day on (NJ 23): they reach no act before it.
    """
    item = profile.find_item(code, on=on)
    return profile.valid_from <= on and item is not None and item.in_offsite_list


def case_number(agency_id: AgencyId, *, year: int, serial: int) -> str:
    """The case code: `1`, nine characters of the agency, the year, a seven-digit serial, a check character.

    The check character is that of GB/T 17710 (ISO 7064 MOD 37,36). The nine characters are the agency's own
    id here, because its social credit code is not on record.
    """
    body = f"1{agency_id[-9:].upper()}{year % 100:02}{serial:07}"
    product = 36
    for character in body:
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return body + _ALPHABET[(37 - product) % 36]


def open_case(
    case_id: CaseId,
    exhibit: Exhibit,
    *,
    agency_id: AgencyId,
    number: str,
    division: str | None,
    code: str,
    terms: Terms,
    at: datetime,
) -> CaseOpened:
    """Open a lead on an accepted capture (C-01).

    Off-site enforcement rests on a device's capture (NJ 3), so an item that is not accepted opens nothing;
    and only a matter of the published list is within competence (APL 17). `division` is the GB/T 2260 code of the place
    where the act was seen: outside the territory the city has no say (NJ 2).
    """
    if not exhibit.accepted:
        raise Refusal(
            Kind.CONFLICT, "CASE_NO_DEVICE_EVIDENCE", {"capture": exhibit.evidence_id}, article=NJ_3
        )
    if legal_day(exhibit.captured_at) < terms.profile.valid_from:
        facts = {"day": legal_day(exhibit.captured_at), "first": terms.profile.valid_from}
        raise Refusal(Kind.CONFLICT, "CASE_BEFORE_THE_RULES", facts, article=NJ_23)
    if not is_pursued(code, terms.profile, on=legal_day(exhibit.captured_at)):
        raise Refusal(Kind.CONFLICT, "CASE_NO_JURISDICTION", {"profile": terms.profile.id}, article=APL_17)
    acted_on = legal_day(exhibit.captured_at)
    item = terms.profile.item(code, on=acted_on)
    return CaseOpened(
        case_id,
        agency_id=agency_id,
        number=number,
        admin_division=require_inside(division, terms.profile),
        evidence_id=exhibit.evidence_id,
        device_id=exhibit.device_id,
        captured_at=exhibit.captured_at,
        media=exhibit.media,
        reviewers=exhibit.reviewers,
        device_lawful=exhibit.device_lawful,
        backed_up=exhibit.backed_up,
        violation_code=item.code,
        item_version=item.version,
        ruleset=terms.profile.ruleset(code, on=acted_on).id,
        profile=terms.profile.id,
        opened_at=at,
        identify_party_by=terms.identify_party(at),
        prompt_by=terms.prompt(at),
        measurement=exhibit.measurement,
    )


def note_backup(case: Case, evidence_id: EvidenceId) -> BackupNoted | None:
    """The ledger says that the capture is backed up; None when the case knows it or does not hold it."""
    missing = any(e.evidence_id == evidence_id and not e.backed_up for e in case.exhibits)
    return BackupNoted(case.id, evidence_id) if missing else None
