"""What the case shows its party beside its documents: covered pictures, and the dossier of the device (APL 41(3)).

Every look is on record before anything leaves (NJ 17), the party's own too: it proves that the party could inform
itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from case.domain.contents import Exhibit
from case.domain.disclosure import Reading, reading_of
from case.domain.procedure import Case
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import CaseId, DeviceId, EvidenceId
from common.values.law import APL_41_3


@dataclass(frozen=True)
class PictureShown(Fact):
    """Somebody saw picture `picture` of the capture as its party may see it: the covered copy with this digest."""

    type: ClassVar[str] = "case.picture.shown"

    owner: CaseId
    evidence_id: EvidenceId
    picture: int
    sha256: str
    reading: Reading

    @property
    def subject(self) -> str:
        return self.evidence_id.stream


@dataclass(frozen=True)
class DeviceDossierShown(Fact):
    """Somebody was given the registry's signed statement with this digest about the device of a capture."""

    type: ClassVar[str] = "case.device_dossier.shown"

    owner: CaseId
    evidence_id: EvidenceId
    device_id: DeviceId
    sha256: str
    reading: Reading

    @property
    def subject(self) -> str:
        return self.device_id.stream


def exhibit_of(case: Case, evidence_id: EvidenceId) -> Exhibit:
    """The capture as the case holds it. Refusal CASE_CAPTURE_ABSENT: a case shows its own evidence and no other."""
    found = next((each for each in case.exhibits if each.evidence_id == evidence_id), None)
    if found is None:
        facts = {"case": case.id, "capture": evidence_id}
        raise Refusal(Kind.NOT_FOUND, "CASE_CAPTURE_ABSENT", facts, article=APL_41_3)
    return found


def show_picture(
    case: Case, evidence_id: EvidenceId, picture: int, *, sha256: str, reader: str
) -> PictureShown:
    """The fact that `reader` (`party`, `officer`) sees the covered copy."""
    exhibit = exhibit_of(case, evidence_id)
    return PictureShown(case.id, exhibit.evidence_id, picture, sha256, reading_of(reader))


def show_dossier(case: Case, evidence_id: EvidenceId, *, sha256: str, reader: str) -> DeviceDossierShown:
    """The fact that `reader` is given the dossier of the device that took this capture."""
    exhibit = exhibit_of(case, evidence_id)
    return DeviceDossierShown(case.id, exhibit.evidence_id, exhibit.device_id, sha256, reading_of(reader))
