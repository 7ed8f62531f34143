"""A case with everything on record about it that a document or a view prints, read once.

    lock, get ─▶ Dossier ── after(case, facts) ─▶ the same dossier once the facts are saved

Each table is read one time: the rows that make the case also make the lines of its documents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from case.domain.contents import Measurement
from case.domain.facts import CaseFact
from case.domain.people import Party
from case.domain.procedure import Case
from case.store import cases, files, tables
from case.store.documents import Document, document_of
from case.store.filerows import FileName, names_of
from case.store.querycodes import code_of
from case.store.rows import Row, case_of, deadline_of, measurement_of, party_of
from case.store.texts import (
    DefenceTexts,
    EducationTexts,
    ExhibitTexts,
    NonFilingTexts,
    PartyTexts,
    ReportTexts,
    unseal,
)
from common.door.secrets import Secrets
from common.door.uow import Tx, View
from common.values.calendar import Deadline
from common.values.ids import CaseId, DeviceId, DocumentId, EvidenceId, OfficerId


@dataclass(frozen=True)
class ExhibitLine:
    """A capture of the case as documents print it. `plate` is None without one, and once the case was erased."""

    evidence_id: EvidenceId
    device_id: DeviceId
    device_code: str
    place: str
    plate: str | None
    captured_at: datetime
    backed_up: bool
    media: tuple[str, ...]
    measurement: Measurement | None


@dataclass(frozen=True)
class KnownParty:
    """The party; `texts` is None once the case was erased."""

    party: Party
    texts: PartyTexts | None


@dataclass(frozen=True)
class SignatureLine:
    """One of the two officers under the report, as documents print them."""

    officer_id: OfficerId
    signed_as: str
    certificate: str


@dataclass(frozen=True)
class DefenceLine:
    """A statement of the party; `adopted` is None until it is answered, `texts` once the case was erased."""

    number: int
    adopted: bool | None
    texts: DefenceTexts | None


@dataclass(frozen=True)
class Dossier:
    """Everything about `case` that a document or a view may print.

    `report`, `query_code`, `education` and `non_filing` are None before they are made, and once the case was erased.
    `file_names` are the names of what the party handed in, `handed_in` the digests of it and of the parts it came in.
    """

    case: Case
    year: int
    serial: int
    exhibits: tuple[ExhibitLine, ...]
    party: KnownParty | None
    report: ReportTexts | None
    query_code: str | None
    education: EducationTexts | None
    non_filing: NonFilingTexts | None
    signatures: tuple[SignatureLine, ...]
    defences: tuple[DefenceLine, ...]
    documents: tuple[Document, ...]
    deadlines: tuple[Deadline, ...]
    file_names: tuple[FileName, ...]
    handed_in: frozenset[str]

    def document(self, document_id: DocumentId) -> Document:
        return next(document for document in self.documents if document.id == document_id)

    def after(self, case: Case, *facts: CaseFact, made: tuple[Document, ...] = ()) -> Dossier:
        """The dossier once `facts`, which left `case`, are saved with the documents that they `made`.

        For facts that change nothing else that a dossier prints; after any other, read it again.
        """
        started = (deadline for fact in facts for deadline in fact.due)
        deadlines = sorted((*self.deadlines, *started), key=lambda deadline: (deadline.due_on, deadline.rule))
        return replace(self, case=case, deadlines=tuple(deadlines), documents=(*self.documents, *made))


async def lock(tx: Tx, case_id: CaseId) -> Dossier:
    """The case with everything on record about it, held until commit. Refusal NOT_FOUND as `cases.lock`."""
    return await _read(tx, case_id, for_update=True)


async def get(v: View | Tx, case_id: CaseId) -> Dossier:
    """The case with everything on record about it. Refusal NOT_FOUND as `cases.get`."""
    return await _read(v, case_id, for_update=False)


async def find_released(v: View, case_id: CaseId) -> KnownParty | None:
    """The party that was released last, while nobody else was found to be the party: it has to be told."""
    query = sa.select(tables.parties).where(
        tables.parties.c.case_id == case_id, tables.parties.c.released_at.is_not(None)
    )
    row = (await v.conn.execute(query)).mappings().one_or_none()
    return _party(v.secrets, row) if row is not None else None


async def list_covered(v: View | Tx, case_id: CaseId) -> tuple[ExhibitLine, ...]:
    """The captures of leads that were merged into this case after its report was signed: it refers to them alone."""
    shown, ended = tables.exhibits, tables.cases
    query = (
        sa.select(shown)
        .join(ended, ended.c.id == shown.c.case_id)
        .where(ended.c.same_act_as == case_id, ended.c.merged_at.is_not(None), shown.c.moved_to.is_(None))
        .order_by(shown.c.captured_at, shown.c.evidence_id)
    )
    return tuple(_exhibit(v.secrets, row) for row in (await v.conn.execute(query)).mappings())


async def _read(v: View | Tx, case_id: CaseId, *, for_update: bool) -> Dossier:
    own = await cases.row_of(v, tables.cases.c.id == case_id, case_id, for_update=for_update)
    parts = await cases.parts_of(v, own)
    reports = [row for row in await cases.rows_of(v, tables.reports, case_id) if row["round"] == own["round"]]
    codes = await cases.rows_of(v, tables.query_codes, case_id)
    told = await cases.rows_of(v, tables.educations, case_id, "document_id")
    ended = await cases.rows_of(v, tables.non_filings, case_id)
    made = await cases.rows_of(v, tables.documents, case_id, "made_at", "id")
    deadlines = await cases.rows_of(v, tables.deadlines, case_id, "due_on", "rule")
    secrets = v.secrets
    return Dossier(
        case_of(own, parts),
        year=own["year"],
        serial=own["serial"],
        exhibits=tuple(_exhibit(secrets, row) for row in parts.exhibits if row["set_aside_at"] is None),
        party=_party(secrets, parts.parties[0]) if parts.parties else None,
        report=unseal(secrets, tables.reports, reports[0], ReportTexts) if reports else None,
        query_code=code_of(secrets, codes[0]) if codes else None,
        education=unseal(secrets, tables.educations, told[-1], EducationTexts) if told else None,
        non_filing=unseal(secrets, tables.non_filings, ended[0], NonFilingTexts) if ended else None,
        signatures=tuple(_signature(row) for row in parts.signatures if row["round"] == own["round"]),
        defences=tuple(_defence(secrets, row) for row in parts.defences),
        documents=tuple(document_of(row) for row in made),
        deadlines=tuple(deadline_of(row) for row in deadlines),
        file_names=names_of(secrets, parts.files),
        handed_in=frozenset(await files.list_digests(v, case_id)),
    )


def _exhibit(secrets: Secrets, row: Row) -> ExhibitLine:
    shown = unseal(secrets, tables.exhibits, row, ExhibitTexts)
    return ExhibitLine(
        EvidenceId(row["evidence_id"]),
        DeviceId(row["device_id"]),
        row["device_code"],
        row["place"],
        shown.plate if shown else None,
        row["captured_at"],
        row["backed_up"],
        tuple(row["media"]),
        measurement_of(row),
    )


def _party(secrets: Secrets, row: Row) -> KnownParty:
    return KnownParty(party_of(row), unseal(secrets, tables.parties, row, PartyTexts))


def _signature(row: Row) -> SignatureLine:
    return SignatureLine(OfficerId(row["officer_id"]), row["signed_as"], row["certificate"])


def _defence(secrets: Secrets, row: Row) -> DefenceLine:
    texts = unseal(secrets, tables.defences, row, DefenceTexts)
    return DefenceLine(row["number"], row["adopted"], texts)
