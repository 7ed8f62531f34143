"""Exporting a court bundle: read what it holds, ask outsiders, make it, keep it, record that it left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from common.door.secrets import Erased
from common.door.uow import View, change, view
from common.policy import Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, EvidenceId
from evidence.bundles.dossier import Bundle, Contents, assemble
from evidence.bundles.extract import extract, whole_stream
from evidence.bundles.originals import read_original
from evidence.bundles.vouching import heads_of, vouchers
from evidence.contract import BundleView
from evidence.domain.custody import export, purpose_of, require_evidence
from evidence.domain.erasure import gone
from evidence.domain.lifecycle import Capture
from evidence.ledger.log import Log
from evidence.runtime import EvidenceRuntime
from evidence.store import bundles, outbox
from evidence.store import captures as store
from ledger.verifier.notes import Entry, Record
from ledger.verifier.references import followed


async def list_evidence_of(v: View, case_id: CaseId) -> list[EvidenceId]:
    """The captures that a case rests on: those that the reader of its bundle demands by its own records."""
    ids: list[str] = []
    for row in await whole_stream(await Log.within(v.conn), case_id.stream):
        record = Record(Entry.parse(row.entry), "records")
        ids += [name.partition("/")[2] for _, name in followed(record) if name.startswith("evidence/")]
    return [EvidenceId(id) for id in dict.fromkeys(ids)]


async def export_bundle(
    runtime: EvidenceRuntime, mandate: Mandate, ids: Sequence[EvidenceId], *, case_id: CaseId | None
) -> BundleView:
    """The bundle of these captures, and of the case if there is one. No transaction is open while outsiders answer."""
    async with view(runtime.db, mandate) as v:
        streams = _streams(await _captures(v, ids, case_id), case_id)
        streams += [row.stream for row in await (await Log.within(v.conn)).about_keys()]
    # Before the extract: the part of the log that the monitor has seen must lie within the log that the bundle proves.
    heads = await heads_of(runtime, streams)
    async with view(runtime.db, mandate) as v:
        contents = await _gather(v, runtime, ids, case_id=case_id, least=heads.size if heads else 0)
    contents.vouchers = await vouchers(runtime, mandate, contents.extract, heads)
    return await _export(runtime, mandate, contents)


async def _captures(v: View, ids: Sequence[EvidenceId], case_id: CaseId | None) -> list[Capture]:
    captures = [await store.get(v, id) for id in sorted(ids)]
    for capture in captures:
        v.permit(store.resource(capture))
        if case_id is not None:
            require_evidence(capture.in_custody, is_erased=capture.is_erased)
    return captures


def _streams(captures: Sequence[Capture], case_id: CaseId | None) -> list[str]:
    of_captures = [stream for c in captures for stream in (c.id.stream, c.device_id.stream)]
    return [*of_captures, case_id.stream] if case_id else of_captures


async def _gather(
    v: View, runtime: EvidenceRuntime, ids: Sequence[EvidenceId], *, case_id: CaseId | None, least: int
) -> Contents:
    """Everything that the bundle holds, read in one transaction but for the pictures."""
    captures = await _captures(v, ids, case_id)
    if await outbox.any_waiting(v, [capture.id.stream for capture in captures]):
        raise Refusal(Kind.UNAVAILABLE, "LEDGER_BEHIND")
    witnesses = runtime.ledger.settings.witnesses
    policy = witnesses.policy if witnesses is not None else None
    statements = sorted({c.capability_sha256 for c in captures if c.capability_sha256})
    plates = [capture.id.stream for capture in captures if not capture.is_erased]
    log = await Log.within(v.conn)
    return Contents(
        captures=captures,
        extract=await extract(log, _streams(captures, case_id), policy=policy, least=least),
        pictures=await _pictures(runtime, captures),
        statements={sha256: await runtime.blobs.get(sha256) for sha256 in statements},
        disclosures=await bundles.list_plates(v, plates),
        case_id=case_id,
    )


async def _pictures(runtime: EvidenceRuntime, captures: Sequence[Capture]) -> dict[str, bytes]:
    """The originals by their SHA-256. Of an erased capture the records name the digests, and there are no bytes."""
    return {
        picture.sha256: await read_original(runtime, picture.sha256, of=capture.id)
        for capture in captures
        if not capture.is_erased
        for picture in capture.pictures
    }


async def _export(runtime: EvidenceRuntime, mandate: Mandate, contents: Contents) -> BundleView:
    """Make the bundle, keep it, then record that it left: a record must not name bytes that are not there."""
    bundle = await asyncio.to_thread(assemble, contents, runtime.db.signer)
    shown = [capture.id for capture in contents.captures if not capture.is_erased]
    await _keep(runtime, bundle, shown)
    async with change(runtime.db, mandate) as tx:
        for capture in [await store.lock(tx, capture.id) for capture in contents.captures]:
            if capture.is_erased and capture.id in shown:
                # Erased since it was read: the bundle shows what nobody may be shown any more.
                raise gone(capture.id)
            fact = export(
                capture.in_custody,
                purpose=purpose_of(mandate.actor.purpose),
                case_id=contents.case_id,
                bundle_sha256=bundle.sha256,
                manifest_sha256=bundle.manifest_sha256,
                size=len(bundle.data),
                log_size=contents.extract.size,
            )
            await store.save(tx, tx.permit(store.resource(capture)), capture, fact)
        return tx.answer(_view(bundle, contents))


async def _keep(runtime: EvidenceRuntime, bundle: Bundle, shown: Sequence[EvidenceId]) -> None:
    if not shown:
        # Everything that it would show was erased: records and proofs concern nobody.
        await runtime.blobs.put(bundle.data)
        return
    try:
        await runtime.sealed.put(bundle.data, of=[id.stream for id in shown])
    except Erased:
        raise gone(shown[0]) from None


def _view(bundle: Bundle, contents: Contents) -> BundleView:
    return BundleView(
        sha256=bundle.sha256,
        manifest_sha256=bundle.manifest_sha256,
        size=len(bundle.data),
        records=len(contents.extract.records),
        media=len(contents.pictures),
        log_size=contents.extract.size,
        evidence_ids=[capture.id for capture in contents.captures],
        case_id=contents.case_id,
        href=f"/v1/evidence-bundles/{bundle.sha256}",
    )
