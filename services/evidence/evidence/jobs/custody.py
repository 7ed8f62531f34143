"""Accepted originals are copied to the second store; what an erasure names, or nobody needs any more, is destroyed."""

from __future__ import annotations

import logging

from common.door import erasure
from common.door.blobs import BlobDamaged, BlobMissing, sha256_hex
from common.door.erasure import SealedFiles
from common.door.secrets import Erased, SecretMissing
from common.door.uow import change, operational, view
from common.policy import Action, authorize
from evidence.domain.custody import back_up
from evidence.domain.lifecycle import Capture
from evidence.runtime import SELF, EvidenceRuntime
from evidence.store import captures, challenges, held, quarantine, rejects, sessions

log = logging.getLogger(__name__)


async def back_up_accepted(runtime: EvidenceRuntime) -> None:
    """Copy the originals of accepted captures to the second store, and record it once they were read back (NJ 17)."""
    mandate = authorize(SELF, Action.CAPTURE_BACK_UP)
    async with view(runtime.db, mandate) as v:
        waiting = await captures.list_without_copy(v)
    for seen in waiting:
        try:
            reread = await _copy(runtime, seen)
        except (BlobDamaged, BlobMissing, Erased, SecretMissing, OSError) as error:
            # One damaged original must not keep the others from being copied; fsck names it.
            log.error("couldn't back up %s: %s", seen.id, error)
            continue
        async with change(runtime.db, mandate) as tx:
            capture = await captures.lock(tx, seen.id)
            if capture.backed_up_at is None:
                permit = tx.permit(captures.resource(capture))
                await captures.save(tx, permit, capture, back_up(capture.in_custody, reread=reread))


async def _copy(runtime: EvidenceRuntime, capture: Capture) -> tuple[str, ...]:
    """Copy the originals; the hashes of the bytes that the second store gives back."""
    here, there, stream = runtime.sealed, runtime.sealed_backup, capture.id.stream
    reread = []
    for sha256 in capture.in_custody.originals:
        if sha256 == capture.capability_sha256:
            # The registry's statement on the device concerns no person, so it is not encrypted.
            await runtime.backup.put(await runtime.blobs.get(sha256))
            reread.append(sha256_hex(await runtime.backup.get(sha256)))
        else:
            await here.copy_to(there, sha256, of=stream)
            reread.append(sha256_hex(await there.get(sha256, of=stream)))
    return tuple(reread)


async def destroy_erased(runtime: EvidenceRuntime) -> None:
    """Destroy everything that the records of approved erasures name. Every start looks at all of them again."""
    files = SealedFiles([runtime.sealed, runtime.sealed_backup], ["media", "messages", "bundles"])
    await erasure.carry_out(runtime.db, files)


async def sweep(runtime: EvidenceRuntime) -> None:
    """Delete old challenges, sessions, quarantined bodies, messages that wait no more, and counts of rejects."""
    now = runtime.clock()
    async with operational(runtime.db) as conn:
        await quarantine.sweep(conn, runtime.db.secrets, now=now)
        await held.sweep(conn, runtime.db.secrets, now=now)
        await challenges.sweep(conn, now=now)
        await sessions.sweep(conn, now=now)
        await rejects.sweep(conn, now=now)
