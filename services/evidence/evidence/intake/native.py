"""Our own way in for devices that sign: no account and no password, the signature is the proof.

    Capture-Manifest, Capture-Signature ──▶ the key that it names ──▶ known already? ──▶ its id, without the body
                                                   └──▶ body: the pictures, as multipart ──▶ on record ──▶ the answer

Everything that the capture says stands in the manifest. The pictures are told apart by their hash, so names and order
of the parts mean nothing. A manifest that is on record is answered from the record: a retry costs nothing, and neither
does a stranger who replays it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from common.door.blobs import sha256_hex
from common.door.uow import operational, view
from common.policy import Action, Actor, Mandate, authorize
from common.values.errors import Kind, Refusal
from common.values.ids import EvidenceId
from common.values.law import NJ_8
from common.web.auth import ADMITTED_HEADER, ASKED, Allow
from common.web.openapi import refuses, takes
from evidence.contract import SequenceGapView, SignedCaptureView
from evidence.domain.capture import Flag, Picture, Submission, Times, Transport
from evidence.domain.signing import Said, differences
from evidence.intake.door import Intake, intake_of
from evidence.intake.images import MAX_PICTURES, MAX_PIXELS_OF_PUSH, Allowance, Spent, Undecodable
from evidence.intake.multipart import NotMultipart, parts_of
from evidence.intake.protocol import length_of
from evidence.intake.receiving import MAX_BODY
from evidence.intake.recording import Delivery, record
from evidence.intake.seeing import see
from evidence.intake.signing import Carried, Proof, named, prove
from evidence.intake.verdict import said_by
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import captures, pushes, quarantine, rejects, sequences
from evidence.store.rejects import Sender

router = APIRouter()

_LEVEL: Final = 3
_PROVED: Final = "signed"


@router.post(
    "/ingest/v1/captures",
    summary="上传签名抓拍 · Push a signed capture",
    response_model=SignedCaptureView,
    response_model_exclude_none=True,
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
    """One capture with all of its pictures. The answer names what of the key's sequence has not arrived lately.

    To a manifest that is on record already only its capture is named: anybody can replay it.
    """
    intake = intake_of(request)
    proof = await _proof(runtime, intake, Carried(capture_manifest, capture_signature))
    device = _device(proof, mandate)
    if (id := await _find(runtime, device, proof)) is not None:
        return SignedCaptureView(capture_id=id)
    if mandate.actor.admission == ASKED:
        # The gateway brings the body now.
        return Response(status_code=204, headers={ADMITTED_HEADER: _PROVED})
    async with intake.budget.room(length_of(request)):
        body = await request.body()
        if len(body) > MAX_BODY:
            raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push")
        delivery = Delivery(body, await asyncio.to_thread(sha256_hex, body))
        try:
            submission = await _read(
                runtime, intake, proof, delivery, request.headers.get("content-type", "")
            )
        except Refusal as refusal:
            if refusal.kind is not Kind.UNAVAILABLE:
                await _set_aside(runtime, proof, delivery, refusal.code)
            raise
        await record(runtime, device, delivery, [submission])
    return await _recorded(runtime, device, proof)


async def _proof(runtime: EvidenceRuntime, intake: Intake, carried: Carried) -> Proof:
    """The manifest in the headers. Checked again when the body came, because the key may have ended meanwhile.

    What fails is no capture, because nobody vouches for it: it is counted for the device whose key it names.
    """
    proof = await prove(intake.keys, carried)
    if isinstance(proof, Proof):
        return proof
    now = runtime.clock()
    senders = {Sender(k.device_code, k.device_code, k.agency_id) for k in await named(intake.keys, carried)}
    if senders:
        async with operational(runtime.db) as conn:
            for sender in sorted(senders, key=lambda each: each.agency_id):
                await rejects.count(conn, sender, {"EVD_SIGNATURE_REFUSED": 1}, now=now)
    raise Refusal(Kind.FORBIDDEN, "EVD_SIGNATURE_REFUSED", {"flag": proof}, article=NJ_8)


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


async def _find(runtime: EvidenceRuntime, device: Mandate, proof: Proof) -> EvidenceId | None:
    """The capture on record for this manifest."""
    async with view(runtime.db, device) as v:
        return await pushes.find_signed(v, proof.key.device_id, proof.manifest.sha256)


async def _recorded(runtime: EvidenceRuntime, device: Mandate, proof: Proof) -> SignedCaptureView:
    """The capture that was recorded just now, and what is missing of the newest numbers of its key."""
    key, manifest = proof.key, proof.manifest
    async with view(runtime.db, device) as v:
        id = await pushes.find_signed(v, key.device_id, manifest.sha256)
        assert id is not None, "each manifest is a capture of its own"
        capture = await captures.get(v, id)
        gaps = await sequences.list_newest_gaps(v, key.device_id, manifest.kid)
    return SignedCaptureView(
        capture_id=id,
        motor_vehicle_id=capture.object_id,
        state=capture.state,
        transport=capture.transport,
        signing_level=capture.signing_level,
        flags=list(capture.flags),
        missing=[SequenceGapView.model_validate(vars(gap)) for gap in gaps],
    )


async def _read(
    runtime: EvidenceRuntime, intake: Intake, proof: Proof, delivery: Delivery, content_type: str
) -> Submission:
    """The capture in the body. Refusal MALFORMED or INVALID where it is none, or is not what was signed."""
    said, odd = said_by(proof.manifest)
    if not said.words.object_id:
        raise Refusal(Kind.INVALID, "VIID_ITEM_NO_ID")
    try:
        parts = await asyncio.to_thread(parts_of, delivery.body, content_type)
    except NotMultipart as error:
        raise Refusal(Kind.MALFORMED, "EVD_NOT_MULTIPART", wording=error.wording) from None
    if len(parts) > MAX_PICTURES:
        raise Refusal(Kind.INVALID, "VIID_ITEM_TOO_MANY_PICTURES", {"most": MAX_PICTURES})
    allowance, pictures = Allowance(), list[Picture]()
    for part in parts:
        picture, flags = await _picture(intake, proof, said, delivery, part.data, allowance)
        pictures.append(picture)
        odd |= flags
    if differences(said, words=said.words, pictures=tuple(pictures)):
        raise Refusal(Kind.INVALID, "EVD_SIGNED_PICTURES_DIFFER", {"code": "E-INT-02"}, article=NJ_8)
    return _submission(runtime, proof, said, tuple(pictures), delivery, odd)


async def _picture(
    intake: Intake, proof: Proof, said: Said, delivery: Delivery, data: bytes, allowance: Allowance
) -> tuple[Picture, frozenset[Flag]]:
    try:
        picture, flags = await see(intake.decoders, data, account=proof.manifest.kid, allowance=allowance)
    except Spent:
        raise Refusal(Kind.INVALID, "VIID_ITEM_TOO_MANY_PIXELS", {"most": MAX_PIXELS_OF_PUSH}) from None
    except Undecodable as error:
        raise Refusal(Kind.INVALID, "EVD_PICTURE_UNREADABLE", {"why": str(error)}) from None
    delivery.pictures[picture.sha256] = data
    if (image := next((each for each in said.images if each.sha256 == picture.sha256), None)) is None:
        return picture, flags
    shot_at = next((at for signed, at in said.shots if signed == picture.sha256), None)
    return replace(picture, kind=image.type, image_id=image.image_id or None, shot_at=shot_at), flags


def _submission(
    runtime: EvidenceRuntime,
    proof: Proof,
    said: Said,
    pictures: tuple[Picture, ...],
    delivery: Delivery,
    flags: frozenset[Flag],
) -> Submission:
    key, words, received_at = proof.key, said.words, runtime.clock()
    return Submission(
        account=key.device_code,
        agency_id=key.agency_id,
        device_id=key.device_id,
        device_code=key.device_code,
        object_id=words.object_id,
        pictures=pictures,
        times=Times(passed_at=words.captured_at),
        received_at=received_at,
        body_sha256=delivery.body_sha256,
        transport=Transport.SIGNED,
        subject=words.subject,
        passage=words.passage,
        measured=words.measured,
        violation_code=words.violation_code,
        flags=flags,
        signed=proof.signed(received_at=received_at),
    )


async def _set_aside(runtime: EvidenceRuntime, proof: Proof, delivery: Delivery, reason: str) -> None:
    """What the device signed and is no capture is counted, and its body kept for the operator, for seven days.

    Not beyond the bounds of the quarantine: the sender hears the refusal in either case.
    """
    key, now = proof.key, runtime.clock()
    async with operational(runtime.db) as conn:
        sender = Sender(key.device_code, key.device_code, key.agency_id)
        await rejects.count(conn, sender, {reason: 1}, now=now)
    if delivery.body:
        await quarantine.put(
            runtime.db,
            proof.manifest.kid,
            key.device_code,
            sha256=delivery.body_sha256,
            body=delivery.body,
            reason=reason,
            now=now,
        )
