"""The files that the party handed in. Their rows are records of the case; nobody outside it sees their names."""

from __future__ import annotations

from typing import assert_never

import sqlalchemy as sa

from case.domain.defence import DefenceSubmitted
from case.domain.handingin import FileHandedIn, FileOpened, FileScanned
from case.domain.procedure import Case
from case.store.filerows import FileName, names_of
from case.store.filetables import files, parts
from case.store.filetexts import FileTexts
from case.store.texts import Texts, given, seal
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import CaseId


async def write(tx: Tx, case: Case, fact: FileHandedIn | FileScanned, texts: Texts | None) -> None:
    """The row that `fact` adds or changes."""
    match fact:
        case FileHandedIn():
            row = {
                "case_id": case.id,
                "number": fact.number,
                "party_id": fact.party_id,
                "taken_by": fact.taken_by,
                "sha256": fact.sha256,
                "size": fact.size,
                "media_type": fact.media_type,
                "scan": fact.scan,
                "handed_in_at": fact.handed_in_at,
            }
            sealed = await seal(tx.secrets, files, row, given(texts, FileTexts))
            await tx.add(fact, files, row | {"sealed": sealed})
        case FileScanned():
            key = {"case_id": case.id, "number": fact.number}
            await tx.set(fact, files, key, {"scan": fact.scan})
        case _:
            assert_never(fact)


async def name_statement(tx: Tx, fact: DefenceSubmitted) -> None:
    """Write down which statement names these files."""
    for number in fact.files:
        key = {"case_id": fact.owner, "number": number}
        await tx.set(fact, files, key, {"statement": fact.number})


async def list_names(v: View | Tx, case: Case) -> tuple[FileName, ...]:
    """The name of each file of the case."""
    query = sa.select(files).where(files.c.case_id == case.id)
    return names_of(v.secrets, (await v.conn.execute(query)).mappings().all())


async def list_digests(v: View | Tx, case_id: CaseId) -> list[str]:
    """The digest of every file of the case and of every part that came, whoever sent it: what an erasure removes."""
    query = sa.union(
        sa.select(files.c.sha256).where(files.c.case_id == case_id),
        sa.select(parts.c.sha256).where(parts.c.case_id == case_id),
    )
    return sorted((await v.conn.scalars(query)).all())


def record_opening(tx: Tx, permit: Permit, fact: FileOpened) -> None:
    """Record that a file was given out. No row changes."""
    tx.record(permit, fact)
