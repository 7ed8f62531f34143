"""Which court bundles left, and what a new one may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import View
from common.policy import Resource
from common.values.ids import AgencyId, EvidenceId
from evidence.store.captures import LEVEL
from evidence.store.tables import bundles, captures, erasures


@dataclass(frozen=True)
class Exported:
    """A bundle that left, with one of the captures in it. `case_id` is None for the bundle of a single capture."""

    sha256: str
    evidence_id: EvidenceId
    agency_id: AgencyId
    case_id: str | None

    @property
    def resource(self) -> Resource:
        """The bundle as the policy sees it: like its capture."""
        return Resource(id=self.evidence_id, agency_id=self.agency_id, level=LEVEL)


@dataclass(frozen=True)
class PlateDisclosure:
    """Salt and value behind the commitment `digest` to a plate in a record of `stream`."""

    digest: bytes
    stream: str
    field: str
    salt: bytes
    value: str


async def find_exported(v: View, sha256: str, *, by: str) -> Exported | None:
    """The bundle with this hash, if the person `by` exported it."""
    row = bundles.c.sha256, bundles.c.evidence_id, bundles.c.agency_id, bundles.c.case_id
    query = sa.select(*row).where(bundles.c.sha256 == sha256, bundles.c.exported_by == by).limit(1)
    found = (await v.conn.execute(query)).one_or_none()
    if found is None:
        return None
    return Exported(found.sha256, EvidenceId(found.evidence_id), AgencyId(found.agency_id), found.case_id)


async def find_erased_since(v: View, sha256: str) -> EvidenceId | None:
    """A capture in the bundle whose erasure was approved after the bundle was made."""
    query = (
        sa.select(bundles.c.evidence_id)
        .join(erasures, erasures.c.evidence_id == bundles.c.evidence_id)
        .where(bundles.c.sha256 == sha256, erasures.c.approved_at >= bundles.c.exported_at)
        .limit(1)
    )
    id = await v.conn.scalar(query)
    return None if id is None else EvidenceId(id)


async def are_visible(v: View, ids: Sequence[EvidenceId]) -> bool:
    """Whether every one of these captures exists for the caller."""
    return await v.conn.scalar(sa.select(sa.func.count()).where(captures.c.id.in_(ids))) == len(ids)


async def list_plates(v: View, streams: Sequence[str]) -> list[PlateDisclosure]:
    """What opens the commitments to plates in `streams`; of no other field, and not of erased captures."""
    query = (
        "SELECT digest, stream, field, sealed FROM disclosures"
        " WHERE stream = ANY(:streams) AND field = 'plate' ORDER BY digest"
    )
    plates = []
    for row in await v.conn.execute(sa.text(query), {"streams": list(streams)}):
        try:
            opened = v.secrets.open_disclosure(row.stream, row.field, row.digest, row.sealed)
        except Erased:
            continue
        plates.append(PlateDisclosure(bytes(row.digest), row.stream, row.field, opened.salt, opened.value))
    return plates
