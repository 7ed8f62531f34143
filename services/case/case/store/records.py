"""The records of one case as its sheets print them, and the words to which they commit. Read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.values.ids import CaseId
from ledger.entry import body_of


@dataclass(frozen=True)
class Recorded:
    """One record: its type, who did it and when, and the note that holds its data."""

    type: str
    at: datetime
    actor: str
    note: bytes


@dataclass(frozen=True)
class Course:
    """The records of a case in their order, and the words behind their commitments, each with its digest in hex.

    `words` is empty once the case was erased.
    """

    records: tuple[Recorded, ...]
    words: tuple[tuple[str, str], ...]

    def of(self, *types: str) -> Iterator[Recorded]:
        return (each for each in self.records if each.type in types)

    def last(self, *types: str) -> Recorded | None:
        """The latest record of one of these types."""
        found = tuple(self.of(*types))
        return found[-1] if found else None

    def said(self, commitment: Mapping[str, str]) -> str:
        """The words that the record commits to. Raises KeyError once they are gone."""
        return dict(self.words)[commitment["c"]]


async def read_course(v: View | Tx, case_id: CaseId) -> Course:
    """Every record of the case. The caller has read the case under its fence before."""
    kept = sa.text("SELECT type, recorded_at, note FROM outbox WHERE stream = :stream ORDER BY seq")
    rows = (await v.conn.execute(kept, {"stream": case_id.stream})).all()
    return Course(tuple(_recorded(row) for row in rows), await _words(v, case_id))


def _recorded(row: Any) -> Recorded:
    return Recorded(row.type, row.recorded_at, body_of(row.note)["actor"], row.note)


async def _words(v: View | Tx, case_id: CaseId) -> tuple[tuple[str, str], ...]:
    query = sa.text("SELECT stream, field, digest, sealed FROM disclosures WHERE stream = :stream")
    rows = (await v.conn.execute(query, {"stream": case_id.stream})).all()
    try:
        return tuple((row.digest.hex(), v.secrets.open_disclosure(*row).value) for row in rows)
    except Erased:
        return ()
