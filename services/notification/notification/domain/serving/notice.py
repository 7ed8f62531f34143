"""The public notice (公告送达): it runs its days, its page is on record three times, and then it serves (CPL 95).

    published ──────── 30 days, or as many as the profile says ────────▶ deemed to be served
    SNAPSHOT_START        SNAPSHOT_MIDDLE                SNAPSHOT_END

The law fixes the effect, not the snapshots. They prove that the notice stood there; one that is missing is named in
the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from common.values.calendar import end_of, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, OfficerId, PartyId
from common.values.law import CPL_87, CPL_90, CPL_95
from common.values.manner import Manner
from notification.domain.service_of_process import DateOfService, deemed_at
from notification.domain.serving.effecting import DocumentServed, served
from notification.domain.serving.service import (
    SNAPSHOTS,
    Changing,
    Proof,
    ProofKind,
    Service,
    Step,
    require_not_erased,
)


@dataclass(frozen=True)
class ProofAdded(Changing):
    """A proof of this digest was uploaded and sealed. `by` is an officer, or the party itself."""

    type: ClassVar[str] = "service.proof_added"

    case_id: CaseId
    n: int
    kind: ProofKind
    sha256: str
    size: int
    by: OfficerId | PartyId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, proofs=(*service.proofs, _proof(self, at)))


def _proof(fact: ProofAdded, at: datetime) -> Proof:
    return Proof(fact.n, fact.kind, fact.sha256, at, fact.size, is_partys=isinstance(fact.by, PartyId))


MOST_PROOFS: Final = {False: 60, True: 20}
MOST_PROOF_BYTES: Final = {False: 64 * 2**20, True: 16 * 2**20}
"""By whether the party brings them: neither side fills the room of the other. A certificate holds all of them."""


def add_proof(
    service: Service, kind: ProofKind, *, sha256: str, size: int, by: OfficerId | PartyId
) -> ProofAdded | None:
    """Keep a proof with the service, also after it was served: a return comes back later. None for one that is kept.

    Raises Refusal NOTI_PROOFS_FULL where the officers, or the party, brought as much as one service holds.
    """
    require_not_erased(service)
    if any(proof.sha256 == sha256 and proof.kind is kind for proof in service.proofs):
        return None
    is_partys = isinstance(by, PartyId)
    sizes = [proof.size for proof in service.proofs if proof.is_partys == is_partys]
    most, most_bytes = MOST_PROOFS[is_partys], MOST_PROOF_BYTES[is_partys]
    if len(sizes) >= most or sum(sizes) + size > most_bytes:
        raise Refusal(Kind.TOO_LARGE, "NOTI_PROOFS_FULL", {"most": most, "bytes": most_bytes}, article=CPL_87)
    return ProofAdded(service.id, service.case_id, len(service.proofs) + 1, kind, sha256, size, by)


def require_partys_kind(kind: ProofKind, *, by_party: bool) -> None:
    """Raises Refusal NOTI_PROOF_KIND: a party uploads its own proofs, and the agency those of the service."""
    if by_party and kind is not ProofKind.PARTYS_PROOF:
        raise Refusal(Kind.FORBIDDEN, "NOTI_PROOF_KIND", {"kind": kind}, article=CPL_90)


def lapse(service: Service, *, at: datetime) -> DocumentServed | None:
    """The effect of a public notice that has run its time: in the last second of its last day. None before.

    None either while nothing shows that the notice ever stood there. A page that was taken for the file after the last
    day proves no earlier day than its own.
    """
    running = () if service.erased_at is not None else service.running
    for step in running:
        last = _last_day(service, step)
        if last is not None and at >= end_of(last):
            return served(service, step, DateOfService(deemed_at(last), CPL_95))
    return None


def _last_day(service: Service, step: Step) -> date | None:
    if step.manner is not Manner.PUBLIC_NOTICE or step.deemed_on is None:
        return None
    start = legal_day(step.begun_at)
    shown = [
        legal_day(proof.added_at)
        for proof in service.proofs
        if proof.kind is ProofKind.SNAPSHOT_START and legal_day(proof.added_at) >= start
    ]
    return max(step.deemed_on, min(shown)) if shown else None


def missing_snapshots(service: Service) -> tuple[ProofKind, ...]:
    """The snapshots that nobody uploaded of a service that had a public notice."""
    if not any(step.manner is Manner.PUBLIC_NOTICE for step in service.steps):
        return ()
    return tuple(kind for kind in SNAPSHOTS if not service.has_proof(kind))
