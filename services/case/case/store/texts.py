"""The contents that records only commit to: one dataclass for each fact that needs them, and how rows seal them.

What identifies or describes a person is encrypted in the column `sealed` of its row, under the secret of the case.
An erasure destroys the secret and empties the column; both read as None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar, get_args

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from case.domain.contents import Findings
from case.domain.incidents import Place
from case.store import deliberationtables, tables
from case.store.amendmenttables import amendments
from case.store.amendmenttexts import AmendmentTexts, Corrected, Opinion, PublicWords, SettlementReason
from case.store.collectiontables import field_records, preservations
from case.store.collectiontexts import Handled, KeptWords, RecordWords, Voided
from case.store.correctiontables import correction_orders
from case.store.correctiontexts import OrderedCorrection, OrderTexts
from case.store.crimetables import crimes
from case.store.crimetexts import Judged
from case.store.datarequesttables import data_requests
from case.store.deliberationtexts import Application, Letter, Placed, Voted, Worded, Words
from case.store.documents import Document
from case.store.executiontables import demand_objections, executions, reliefs, suspensions
from case.store.executiontexts import Papered, Said
from case.store.filetables import files
from case.store.filetexts import FileTexts
from case.store.invalidationtables import invalidations
from case.store.publicationtables import publications
from case.store.remedytables import remedies
from case.store.remedytexts import AnsweredRemedy, RemedyTexts
from common.documents.seal import SealStatement
from common.door.rows import name_of
from common.door.secrets import Erased, Secrets
from common.values.ids import CaseId


@dataclass(frozen=True)
class PartyTexts:
    """Who the party is. `note` says why one source sufficed. `phone` and `email` are where a notice may reach it."""

    name: str
    identity_kind: str
    identity_number: str
    address: str
    note: str | None
    phone: str | None = None
    email: str | None = None
    representative: str | None = None


@dataclass(frozen=True)
class PromptTexts:
    """What a prompt asks of the party, in the words of the officer who sent it."""

    correction: str


@dataclass(frozen=True)
class CodeTexts:
    """The query code of a case as documents print it."""

    code: str


@dataclass(frozen=True)
class SentPrompt:
    """A prompt that goes out: its document, its words, and the query code where the case had none."""

    document: Document
    texts: PromptTexts
    new_code: str | None


@dataclass(frozen=True)
class ReportTexts:
    """The report that both officers signed."""

    facts: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SignedReport:
    """A report, and the name of its signer as documents print it."""

    signed_as: str
    report: ReportTexts


@dataclass(frozen=True)
class DefenceTexts:
    """A statement of the party, and the reason of the answer once there is one."""

    statement: str
    reason: str | None = None


@dataclass(frozen=True)
class AnswerReasons:
    """The reasons of the answers, in the order of the statements."""

    reasons: tuple[str, ...]


@dataclass(frozen=True)
class EducationTexts:
    """What the party was told (APL 33(3)): why it is not to be punished, and the words of the education."""

    why: str
    text: str
    told_at: datetime


@dataclass(frozen=True)
class Educated:
    """An education: its document, and its words."""

    document: Document
    texts: EducationTexts


@dataclass(frozen=True)
class NonFilingTexts:
    """Why a lead is to become no case, in the words of the officer who proposed it."""

    ground: str
    signed_as: str
    proposed_at: datetime
    findings: Findings


@dataclass(frozen=True)
class ExhibitTexts:
    """What a capture shows of its vehicle."""

    plate: str | None


@dataclass(frozen=True)
class Shown:
    """What a capture shows beside its figures: the device, the place, and the plate."""

    device_code: str
    place: Place
    exhibit: ExhibitTexts


@dataclass(frozen=True)
class Opening:
    """The numbers of a new case, and what its first capture shows."""

    year: int
    serial: int
    shown: Shown


Texts: TypeAlias = (
    AmendmentTexts
    | SettlementReason
    | PublicWords
    | Opinion
    | Corrected
    | PartyTexts
    | SentPrompt
    | SignedReport
    | DefenceTexts
    | AnswerReasons
    | FileTexts
    | Educated
    | NonFilingTexts
    | OrderedCorrection
    | RemedyTexts
    | AnsweredRemedy
    | SealStatement
    | Said
    | Papered
    | Document
    | Words
    | Worded
    | Placed
    | Application
    | Letter
    | Voted
    | Shown
    | RecordWords
    | KeptWords
    | Voided
    | Handled
    | Judged
)

SEALED: Final = (
    invalidations,
    amendments,
    publications,
    tables.exhibits,
    tables.parties,
    tables.prompts,
    tables.query_codes,
    tables.reports,
    tables.defences,
    files,
    tables.educations,
    tables.non_filings,
    correction_orders,
    remedies,
    deliberationtables.investigation_returns,
    deliberationtables.legal_reviews,
    deliberationtables.heads_opinions,
    deliberationtables.recusals,
    reliefs,
    suspensions,
    executions,
    demand_objections,
    field_records,
    preservations,
    crimes,
    data_requests,
)
"""The tables with a column `sealed`."""

_Sealed: TypeAlias = (
    PartyTexts
    | PromptTexts
    | CodeTexts
    | ReportTexts
    | DefenceTexts
    | FileTexts
    | EducationTexts
    | NonFilingTexts
    | OrderTexts
    | RemedyTexts
    | ExhibitTexts
    | Words
    | Application
    | PublicWords
    | Said
    | RecordWords
    | KeptWords
)
_READERS: Final[Mapping[type[Any], TypeAdapter[Any]]] = {
    texts: TypeAdapter(texts) for texts in get_args(_Sealed)
}

_Text = TypeVar(
    "_Text",
    PartyTexts,
    PromptTexts,
    CodeTexts,
    ReportTexts,
    DefenceTexts,
    FileTexts,
    EducationTexts,
    NonFilingTexts,
    OrderTexts,
    RemedyTexts,
    ExhibitTexts,
    Words,
    Application,
    Said,
    PublicWords,
    RecordWords,
    KeptWords,
)
_Given = TypeVar(
    "_Given",
    PartyTexts,
    SentPrompt,
    SignedReport,
    DefenceTexts,
    AnswerReasons,
    FileTexts,
    Educated,
    NonFilingTexts,
    OrderedCorrection,
    RemedyTexts,
    AnsweredRemedy,
    SealStatement,
    Said,
    Papered,
    Document,
    Words,
    Worded,
    Placed,
    Application,
    Letter,
    Voted,
    Shown,
    RecordWords,
    KeptWords,
    Voided,
    Handled,
    Judged,
)


def given(texts: Texts | None, expected: type[_Given]) -> _Given:
    """`texts`, as the fact needs them. Raises TypeError if a caller passed others."""
    if not isinstance(texts, expected):
        raise TypeError(f"this fact is saved with {expected.__name__}, not with {type(texts).__name__}")
    return texts


async def seal(
    secrets: Secrets,
    table: sa.Table,
    row: Mapping[Any, Any],
    texts: _Sealed,
) -> bytes:
    """`texts` under the secret of the case of `row`, for the column `sealed` of that row. Raises Erased."""
    owner, name = CaseId(row["case_id"]).stream, _name(table, row)
    return await secrets.sealed(owner, name, orjson.dumps(asdict(texts)))


def unseal(secrets: Secrets, table: sa.Table, row: Mapping[Any, Any], texts: type[_Text]) -> _Text | None:
    """The texts that `row` seals; None once its case was erased."""
    if row["sealed"] is None:
        return None
    try:
        plain = secrets.open(CaseId(row["case_id"]).stream, _name(table, row), row["sealed"])
    except Erased:
        return None
    opened: _Text = _READERS[texts].validate_json(plain)
    return opened


def _name(table: sa.Table, row: Mapping[Any, Any]) -> str:
    return name_of(table, row)
