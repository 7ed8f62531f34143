"""Files on their way into a case. Their rows are operational; the case is locked while they change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from case.domain.erasure import gone
from case.domain.uploads import Part, Upload
from case.store.filetables import parts, uploads
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import not_found
from common.values.ids import CaseId, OfficerId, PartyId


async def count(tx: Tx, case_id: CaseId) -> int:
    """How many files were announced to the case, by whomever."""
    query = sa.select(sa.func.count()).select_from(uploads).where(uploads.c.case_id == case_id)
    return int((await tx.conn.execute(query)).scalar_one())


async def get(v: View | Tx, case_id: CaseId, n: int, *, party_id: PartyId) -> Upload:
    """The upload of this party with its parts. Refusal NOT_FOUND for another party's, CASE_ERASED."""
    own = (uploads.c.case_id == case_id, uploads.c.n == n, uploads.c.party_id == party_id)
    row = (await v.conn.execute(sa.select(uploads).where(*own))).mappings().one_or_none()
    if row is None:
        raise not_found(f"upload {n} of {case_id}")
    of_it = sa.select(parts).where(parts.c.case_id == case_id, parts.c.upload == n)
    came = (await v.conn.execute(of_it.order_by(parts.c.part))).mappings().all()
    try:
        name = v.secrets.open(case_id.stream, _name(case_id, n), row["sealed"]).decode()
    except Erased:
        raise gone(case_id) from None
    return Upload(
        case_id,
        n,
        PartyId(row["party_id"]),
        OfficerId(row["taken_by"]) if row["taken_by"] else None,
        name,
        row["size"],
        row["sha256"],
        tuple(Part(part["part"], part["sha256"], part["size"]) for part in came),
        row["is_whole"],
    )


async def begin(
    tx: Tx,
    case_id: CaseId,
    *,
    party_id: PartyId,
    taken_by: OfficerId | None,
    name: str,
    size: int,
    sha256: str,
) -> Upload:
    """A new upload under the next number of its case. No number comes back, not even after a release of the party."""
    last = sa.select(sa.func.coalesce(sa.func.max(uploads.c.n), 0)).where(uploads.c.case_id == case_id)
    n = int((await tx.conn.execute(last)).scalar_one()) + 1
    row: dict[str, Any] = {
        "case_id": case_id,
        "n": n,
        "party_id": party_id,
        "taken_by": taken_by,
        "size": size,
        "sha256": sha256,
        "sealed": await tx.secrets.sealed(case_id.stream, _name(case_id, n), name.encode()),
        "is_whole": False,
    }
    await tx.conn.execute(sa.insert(uploads).values(**row))
    return Upload(case_id, n, party_id, taken_by, name, size, sha256)


async def put_part(tx: Tx, upload: Upload, part: Part) -> None:
    """Note that a part came. The same number again takes the place of the earlier part."""
    key = {"case_id": upload.case_id, "upload": upload.number, "part": part.n}
    same = [parts.c[name] == value for name, value in key.items()]
    await tx.conn.execute(sa.delete(parts).where(*same))
    await tx.conn.execute(sa.insert(parts).values(**key, size=part.size, sha256=part.sha256))


async def end(tx: Tx, upload: Upload) -> None:
    """Note that the file is in the case."""
    same = (uploads.c.case_id == upload.case_id, uploads.c.n == upload.number)
    await tx.conn.execute(sa.update(uploads).where(*same).values(is_whole=True))


def _name(case_id: CaseId, n: int) -> str:
    return f"uploads/{case_id}/{n}"
