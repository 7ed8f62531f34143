"""Our own way in for devices that sign: no account and no password, the signature is the proof.

    Capture-Manifest, Capture-Signature ──▶ the key that it names ──▶ known already? ──▶ the answer, without the body
                                                   └──▶ body: the pictures, as multipart ──▶ on record ──▶ the answer

Everything that the capture says stands in the manifest. The pictures are told apart by their hash, so names and order
of the parts mean nothing. A manifest that is on record is answered from the record: a retry costs nothing, and neither
does a stranger who replays it.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from common.door.blobs import sha256_hex
from common.door.uow import view
from common.policy import Action, Actor, Mandate, authorize
from common.values.errors import Kind, Refusal
from common.values.law import NJ_8
from common.web.auth import ADMITTED_HEADER, ASKED, Allow
from common.web.openapi import refuses, takes
from evidence.contract import SequenceGapView, SignedCaptureView
from evidence.domain.capture import (
    Measured,
    Passage,
    Picture,
    Quantity,
    Submission,
    Times,
    Transport,
)
from evidence.domain.manifest import Manifest
from evidence.domain.signing import Words, differences
from evidence.intake import gat1400
from evidence.intake.door import Intake, intake_of
from evidence.intake.images import MAX_PICTURES, Allowance, Undecodable
from evidence.intake.multipart import parts_of
from evidence.intake.receiving import MAX_BODY
from evidence.intake.recording import Delivery, record
from evidence.intake.signing import Carried, Proof, prove
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import captures, pushes, quarantine, sequences
from ledger import notes

router = APIRouter()

_LEVEL: Final = 3
_PROVED: Final = "signed"
_SPEED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")


@router.post(
    "/ingest/v1/captures",
    summary="上传签名抓拍 · Push a signed capture",
    response_model=SignedCaptureView,
    responses=refuses(Kind.TOO_LARGE),
    openapi_extra=takes("multipart/form-data"),
)
async def push_signed(
    request: Request,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_CONNECT, keyed=False))],
    capture_manifest: Annotated[str, Header()] = "",
    capture_signature: Annotated[str, Header()] = "",
) -> SignedCaptureView | Response:
    """One capture with all of its pictures. The answer names what of the key's sequence has not arrived."""
    intake = intake_of(request)
    proof = await _proof(intake, Carried(capture_manifest, capture_signature))
    device = _device(proof, mandate)
    if (answer := await _known(runtime, device, proof)) is not None:
        return answer
    if mandate.actor.admission == ASKED:
        # The gateway brings the body now.
        return Response(status_code=204, headers={ADMITTED_HEADER: _PROVED})
    body = await request.body()
    if len(body) > MAX_BODY:
        raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push")
    delivery = Delivery(body, sha256_hex(body))
    pictures = await _pictures(intake, proof, delivery, request.headers.get("content-type", ""))
    submission = _submission(runtime, proof, pictures, delivery)
    words = _words(submission, proof.manifest.shot_at)
    if differences(proof.manifest, signed=submission.subject, words=words, pictures=pictures):
        await _keep_apart(runtime, proof, delivery)
        raise Refusal(Kind.INVALID, "EVD_SIGNED_PICTURES_DIFFER", {"code": "E-INT-02"}, article=NJ_8)
    await record(runtime, device, delivery, [submission])
    answer = await _known(runtime, device, proof)
    assert answer is not None  # it was recorded just now
    return answer


async def _proof(intake: Intake, carried: Carried) -> Proof:
    """The manifest in the headers. Checked again when the body came, because the key may have ended meanwhile."""
    proof = await prove(intake.keys, carried)
    if not isinstance(proof, Proof):
        raise Refusal(Kind.FORBIDDEN, "EVD_SIGNATURE_REFUSED", {"flag": proof}, article=NJ_8)
    return proof


def _device(proof: Proof, mandate: Mandate) -> Mandate:
    """The camera whose key signed, for the policy and the record."""
    actor = Actor(
        sub=f"device:{proof.key.device_id}",
        kind="device",
        agency_id=proof.key.agency_id,
        level=_LEVEL,
        visible=frozenset({proof.key.agency_id}),
        address=mandate.actor.address,
    )
    return authorize(actor, Action.CAPTURE_PUSH, records=mandate.records)


async def _known(runtime: EvidenceRuntime, device: Mandate, proof: Proof) -> SignedCaptureView | None:
    """The capture on record for this manifest, and what is missing of the chain of its key."""
    key, manifest = proof.key, proof.manifest
    async with view(runtime.db, device) as v:
        id = await pushes.find_signed(v, key.device_id, manifest.sha256)
        if id is None:
            return None
        capture = await captures.get(v, id)
        gaps = await sequences.list_gaps(v, key.device_id)
    return SignedCaptureView(
        capture_id=id,
        motor_vehicle_id=capture.object_id,
        state=capture.state,
        transport=capture.transport,
        signing_level=capture.signing_level,
        flags=list(capture.flags),
        missing=[SequenceGapView.model_validate(vars(gap)) for gap in gaps if gap.kid == manifest.kid],
    )


async def _pictures(
    intake: Intake, proof: Proof, delivery: Delivery, content_type: str
) -> tuple[Picture, ...]:
    """The pictures of the body, measured. Refusal MALFORMED or INVALID where they cannot be read."""
    try:
        parts = await asyncio.to_thread(parts_of, delivery.body, content_type)
    except ValueError as error:
        raise Refusal(Kind.MALFORMED, "EVD_NOT_MULTIPART", {"why": str(error)}) from None
    if len(parts) > MAX_PICTURES:
        raise Refusal(Kind.INVALID, "VIID_ITEM_TOO_MANY_PICTURES", {"most": MAX_PICTURES})
    allowance = Allowance()
    return tuple([await _picture(intake, proof, delivery, part.data, allowance) for part in parts])


async def _picture(
    intake: Intake, proof: Proof, delivery: Delivery, data: bytes, allowance: Allowance
) -> Picture:
    sha256, sm3 = await asyncio.to_thread(_digests, data)
    try:
        decoded = await intake.decoders.decode(data, account=proof.manifest.kid, allowance=allowance)
    except Undecodable as error:
        raise Refusal(Kind.INVALID, "EVD_PICTURE_UNREADABLE", {"why": str(error)}) from None
    delivery.pictures[sha256] = data
    image = next((each for each in proof.manifest.images if each.sha256 == sha256), None)
    return Picture(
        sha256=sha256,
        sm3=sm3,
        size=len(data),
        media_type=decoded.media_type,
        width=decoded.width,
        height=decoded.height,
        colour=decoded.colour,
        kind=image.type if image else "100",
        image_id=(image.image_id or None) if image else None,
        shot_at=proof.manifest.shot_at if len(proof.manifest.images) == 1 else None,
    )


def _digests(data: bytes) -> tuple[str, str]:
    return sha256_hex(data), notes.digest("sm3", data).hex()


def _submission(
    runtime: EvidenceRuntime, proof: Proof, pictures: tuple[Picture, ...], delivery: Delivery
) -> Submission:
    key, manifest = proof.key, proof.manifest
    plate = gat1400.subject_of(manifest.plate, manifest.plate_color)
    said = manifest.words
    return Submission(
        account=key.device_code,
        agency_id=key.agency_id,
        device_id=key.device_id,
        device_code=key.device_code,
        object_id=manifest.object_id,
        pictures=pictures,
        times=Times(passed_at=manifest.shot_at),
        received_at=runtime.clock(),
        body_sha256=delivery.body_sha256,
        transport=Transport.SIGNED,
        subject=replace(plate, plate_class=said.get("plate_class") or None),
        passage=Passage(manifest.lane, said.get("direction") or None, said.get("vehicle_class") or None),
        measured=_speed(manifest),
        violation_code=said.get("violation_code") or None,
        signed=proof.signed,
    )


def _speed(manifest: Manifest) -> Measured | None:
    value = manifest.words.get("speed", "")
    return Measured(Quantity.SPEED, Decimal(value), "km/h") if _SPEED.fullmatch(value) else None


def _words(submission: Submission, at: datetime) -> Words:
    return Words(
        submission.device_code,
        submission.object_id,
        at,
        submission.subject,
        submission.passage,
        submission.measured,
        submission.violation_code,
    )


async def _keep_apart(runtime: EvidenceRuntime, proof: Proof, delivery: Delivery) -> None:
    """Other pictures than those that were signed are kept for the operator, sealed, for seven days."""
    await quarantine.put(
        runtime.db,
        proof.manifest.kid,
        proof.key.device_code,
        sha256=delivery.body_sha256,
        body=delivery.body,
        reason="EVD_SIGNED_PICTURES_DIFFER",
        now=runtime.clock(),
    )
