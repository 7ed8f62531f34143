"""The public notice (公告送达): it runs its days, its page is on record three times, and then it serves (CPL 95).

    published ──────── 30 days, or as many as the profile says ────────▶ deemed to be served
    SNAPSHOT_START        SNAPSHOT_MIDDLE                SNAPSHOT_END

The law fixes the effect, not the snapshots. They prove that the notice stood there; one that is missing is named in
the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.calendar import end_of
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, OfficerId, PartyId
from common.values.law import CPL_90, CPL_95
from common.values.manner import Manner
from notification.domain.service_of_process import DateOfService, deemed_at
from notification.domain.serving.effecting import DocumentServed, served
from notification.domain.serving.service import (
    SNAPSHOTS,
    Changing,
    Proof,
    ProofKind,
    Service,
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
        return replace(service, proofs=(*service.proofs, Proof(self.n, self.kind, self.sha256, at)))


def add_proof(
    service: Service, kind: ProofKind, *, sha256: str, size: int, by: OfficerId | PartyId
) -> ProofAdded | None:
    """Keep a proof with the service, also after it was served: a return comes back later. None for one that is kept."""
    require_not_erased(service)
    if any(proof.sha256 == sha256 and proof.kind is kind for proof in service.proofs):
        return None
    return ProofAdded(service.id, service.case_id, len(service.proofs) + 1, kind, sha256, size, by)


def require_partys_kind(kind: ProofKind, *, by_party: bool) -> None:
    """Raises Refusal NOTI_PROOF_KIND: a party uploads its own proofs, and the agency those of the service."""
    if by_party and kind is not ProofKind.PARTYS_PROOF:
        raise Refusal(Kind.FORBIDDEN, "NOTI_PROOF_KIND", {"kind": kind}, article=CPL_90)


def lapse(service: Service, *, at: datetime) -> DocumentServed | None:
    """The effect of a public notice that has run its time: in the last second of its last day. None before."""
    running = () if service.erased_at is not None else service.running
    for step in running:
        if step.manner is Manner.PUBLIC_NOTICE and step.deemed_on and at >= end_of(step.deemed_on):
            return served(service, step, DateOfService(deemed_at(step.deemed_on), CPL_95))
    return None


def missing_snapshots(service: Service) -> tuple[ProofKind, ...]:
    """The snapshots that nobody uploaded of a service that had a public notice."""
    if not any(step.manner is Manner.PUBLIC_NOTICE for step in service.steps):
        return ()
    return tuple(kind for kind in SNAPSHOTS if not service.has_proof(kind))
