"""Court bundles: one capture, or a case with all its evidence and devices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.secrets import Erased
from common.door.uow import View, change, view
from common.policy import Action, Mandate, Resource, not_found
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, CaseId, EvidenceId
from common.web.auth import Allow
from common.web.openapi import refuses, sends
from evidence import store
from evidence.bundles.dossier import Bundle, Contents, assemble, evidence_named_in
from evidence.bundles.extract import extract, whole_stream
from evidence.bundles.vouching import heads_of, vouchers
from evidence.contract import BundleOrder, BundleView, CaseBundleOrder
from evidence.domain.custody import export, purpose_of
from evidence.domain.erasure import gone
from evidence.ledger.log import Log
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import Capture

router = APIRouter()
Exporting = Annotated[Mandate, Depends(Allow(Action.EVIDENCE_EXPORT))]


@router.post(
    "/v1/captures/{evidence_id}/bundles",
    summary="制作证据包 · Make a court bundle of a capture",
    status_code=201,
)
async def bundle_capture(
    evidence_id: EvidenceId, runtime: Run, mandate: Exporting, order: BundleOrder | None = None
) -> BundleView:
    """The bundle of one capture: its records, its device's, the pictures, the proofs."""
    return await _bundle(runtime, mandate, [evidence_id], case_id=None)


@router.post(
    "/v1/evidence-bundles", summary="制作全案证据包 · Make a court bundle of a case", status_code=201
)
async def bundle_case(order: CaseBundleOrder, runtime: Run, mandate: Exporting) -> BundleView:
    """The bundle of a case: its own records, and all of the evidence and devices it rests on."""
    async with view(runtime.db, mandate) as v:
        rows = await whole_stream(await Log.within(v.conn), order.case_id.stream)
        ids = [EvidenceId(id) for id in evidence_named_in(rows)]
        if not ids or not await store.all_visible(v, ids):
            raise not_found(order.case_id)
    return await _bundle(runtime, mandate, ids, case_id=order.case_id)


@router.get(
    "/v1/evidence-bundles/{sha256}",
    summary="下载证据包 · Fetch a court bundle",
    response_class=Response,
    responses=sends("application/zip") | refuses(Kind.GONE),
)
async def fetch_bundle(sha256: str, runtime: Run, mandate: Exporting) -> Response:
    """The ZIP, for the person who exported it: the export is on record already."""
    async with view(runtime.db, mandate) as v:
        row = await store.bundle(v, sha256, exported_by=mandate.actor.sub)
        if row is None:
            raise not_found(f"bundle {sha256[:64]}")
        v.permit(Resource(id=row["evidence_id"], agency_id=AgencyId(row["agency_id"]), level=store.LEVEL))
        erased = await store.erased_since_export(v, sha256)
    if erased is not None:
        # Its secret is destroyed only after the approval; the approval alone ends what anybody is shown.
        raise gone(erased)
    try:
        data = await runtime.sealed.get(row["sha256"])
    except Erased:
        raise gone(EvidenceId(row["evidence_id"])) from None
    name = f"mingzheng-{row['case_id'] or row['evidence_id']}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(data, media_type="application/zip", headers=headers)


async def _bundle(
    runtime: EvidenceRuntime, mandate: Mandate, ids: Sequence[EvidenceId], *, case_id: CaseId | None
) -> BundleView:
    """Ask outsiders what they say, make the bundle, record its export. No transaction is open while they answer."""
    async with view(runtime.db, mandate) as v:
        streams = _streams(await _captures(v, ids), case_id)
        streams += [row.stream for row in await (await Log.within(v.conn)).about_keys()]
    # Before the extract: what the monitor has seen must lie within the log that the bundle proves.
    heads = await heads_of(runtime, streams)
    async with view(runtime.db, mandate) as v:
        contents = await _gather(v, runtime, ids, case_id=case_id, least=heads.size if heads else 0)
    contents.vouchers = await vouchers(runtime, mandate, contents.extract, heads)
    return await _export(runtime, mandate, contents)


async def _captures(v: View, ids: Sequence[EvidenceId]) -> list[Capture]:
    captures = [await store.get(v, id) for id in sorted(ids)]
    for capture in captures:
        v.permit(capture.resource)
    return captures


def _streams(captures: Sequence[Capture], case_id: CaseId | None) -> list[str]:
    devices = [f"device/{capture.row['device_id']}" for capture in captures]
    return [*(capture.id.stream for capture in captures), *devices, *([case_id.stream] if case_id else [])]


async def _gather(
    v: View, runtime: EvidenceRuntime, ids: Sequence[EvidenceId], *, case_id: CaseId | None, least: int
) -> Contents:
    """What the bundle holds, read in one transaction but for the pictures."""
    captures = await _captures(v, ids)
    own = [capture.id.stream for capture in captures]
    shown = [capture.id.stream for capture in captures if not capture.is_erased]
    if await store.on_their_way(v, own):
        raise Refusal(
            Kind.UNAVAILABLE, "LEDGER_BEHIND", "Records of this evidence are on their way; repeat shortly."
        )
    witnesses = runtime.ledger.settings.witnesses
    policy = witnesses.policy if witnesses is not None else None
    blobs = runtime.blobs
    statements = {str(c.row["capability_sha256"]) for c in captures if c.row["capability_sha256"]}
    log = await Log.within(v.conn)
    return Contents(
        captures=captures,
        extract=await extract(log, _streams(captures, case_id), policy=policy, least=least),
        pictures=await _pictures(runtime, captures),
        statements={sha256: await blobs.get(sha256) for sha256 in sorted(statements)},
        disclosures=await store.plates_of(v, shown),
        case_id=case_id,
        made_at=v.now,
        city=runtime.profile.city,
        profile=runtime.profile.id,
        clock="real" if runtime.settings.mode == "production" else "demo",
        policy=policy,
    )


async def _pictures(runtime: EvidenceRuntime, captures: Sequence[Capture]) -> dict[str, bytes]:
    """The originals by their SHA-256; of an erased capture the manifest names the digests and there are none."""
    sealed = runtime.sealed
    return {
        picture["sha256"]: await sealed.get(picture["sha256"], of=capture.id.stream)
        for capture in captures
        if not capture.is_erased
        for picture in capture.media
    }


async def _export(runtime: EvidenceRuntime, mandate: Mandate, contents: Contents) -> BundleView:
    """Make the bundle, keep it, and record that it left, in this order: no record names bytes that are not there."""
    made = await asyncio.to_thread(assemble, contents, runtime.db.signer)
    live = [capture.id for capture in contents.captures if not capture.is_erased]
    if live:
        try:
            await runtime.sealed.put(made.data, of=[id.stream for id in live])
        except Erased:
            raise gone(live[0]) from None
    else:
        # All that it would show was erased: records and proofs concern nobody.
        await runtime.blobs.put(made.data)
    case_id = CaseId(contents.case_id) if contents.case_id else None
    async with change(runtime.db, mandate) as tx:
        for capture in [await store.lock(tx, capture.id) for capture in contents.captures]:
            if capture.is_erased and capture.id in live:
                # Erased since it was read: the bundle shows what nobody may be shown any more.
                raise gone(capture.id)
            fact = export(
                capture.kept,
                purpose=purpose_of(mandate.actor.purpose),
                case_id=case_id,
                bundle_sha256=made.sha256,
                manifest_sha256=made.manifest_sha256,
                size=len(made.data),
                log_size=contents.extract.size,
            )
            await store.note_export(tx, tx.permit(capture.resource), fact, capture)
        return tx.answer(_shown(made, contents, contents.captures))


def _shown(made: Bundle, contents: Contents, captures: Sequence[Capture]) -> BundleView:
    return BundleView(
        sha256=made.sha256,
        manifest_sha256=made.manifest_sha256,
        size=len(made.data),
        records=len(contents.extract.records),
        media=len(contents.pictures),
        log_size=contents.extract.size,
        evidence_ids=[capture.id for capture in captures],
        case_id=contents.case_id,
        href=f"/v1/evidence-bundles/{made.sha256}",
    )
