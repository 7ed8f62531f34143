"""The proofs of a service: returns, receipts, photographs, snapshots. Sealed under the secret of the case."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from common.door.blobs import sha256_hex
from common.door.uow import change, view
from common.files.digests import require_digest
from common.files.sniff import fits
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId, PartyId, ServiceId
from common.values.law import CPL_87
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends, takes
from notification.api.serviceviews import service_view
from notification.contract.services import ServiceView
from notification.domain.serving.notice import add_proof, require_partys_kind
from notification.domain.serving.service import ProofKind, require_not_erased
from notification.runtime import Run
from notification.store import documents, services
from notification.store.servicewords import list_words

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.SERVICE_READ))]
Proving = Annotated[Mandate, Depends(Allow(Action.SERVICE_PROVE))]
MEDIA: Final = ("application/pdf", "image/jpeg", "image/png", "video/mp4")
MOST_BYTES: Final = 4 * 2**20


@router.post(
    "/v1/services-of-process/{service_id}/proofs",
    summary="上传送达证明 · Upload a proof of service",
    status_code=201,
    openapi_extra=takes("application/octet-stream"),
    responses=refuses(Kind.TOO_LARGE, Kind.GONE),
)
async def upload_proof(
    service_id: ServiceId,
    proof: ProofKind,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Proving,
    content_digest: Annotated[str, Header()] = "",
) -> ServiceView:
    """A file of up to 4 MiB under its Content-Digest (RFC 9530): PDF, JPEG, PNG or MP4. The record names its digest.

    A party uploads proofs of its own (PARTYS_PROOF) alone.
    """
    data = await request.body()
    require_digest(content_digest, data)
    require_acceptable(data)
    async with view(db, mandate) as v:
        seen = await services.get(v, service_id)
        v.permit(services.resource(seen))
    require_not_erased(seen)
    party_id = mandate.actor.party_id
    require_partys_kind(proof, by_party=party_id is not None)
    by = PartyId(party_id) if party_id else OfficerId(mandate.actor.id)
    # Asked before the bytes are kept, and again under the lock.
    add_proof(seen, proof, sha256=sha256_hex(data), size=len(data), by=by)
    # Before the change: a file without a record goes with its case, a record without its file would be damage.
    sha256 = await documents.put(runtime.sealed, data, seen.case_id)
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        fact = add_proof(service, proof, sha256=sha256, size=len(data), by=by)
        if fact is not None:
            service = await services.save(tx, permit, service, fact)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.get(
    "/v1/services-of-process/{service_id}/proofs/{sha256}",
    summary="查看送达证明 · Fetch a proof of service",
    response_class=Response,
    responses=sends("application/octet-stream", etag=True) | refuses(Kind.GONE),
)
async def read_proof(service_id: ServiceId, sha256: str, db: Db, mandate: Reading, runtime: Run) -> Response:
    """The bytes of one proof, as they came."""
    async with view(db, mandate) as v:
        service = await services.get(v, service_id)
        v.permit(services.resource(service))
    content = await documents.get_proof(runtime.sealed, service, sha256)
    headers = {"etag": f'"{sha256}"', "cache-control": "no-store"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def require_acceptable(data: bytes) -> None:
    """Refusal NOTI_PROOF_SIZE or NOTI_PROOF_MEDIA for bytes that are no proof which anybody can open."""
    if len(data) > MOST_BYTES:
        raise Refusal(Kind.TOO_LARGE, "NOTI_PROOF_SIZE", {"most": MOST_BYTES})
    if not any(fits(data, media) for media in MEDIA):
        raise Refusal(Kind.INVALID, "NOTI_PROOF_MEDIA", {"media": list(MEDIA)}, article=CPL_87)
