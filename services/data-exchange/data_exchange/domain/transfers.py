"""A case transfer (移送), its package, and its states beside those of its exchange (NJ 19; CrimT 5 to 13).

    prepare ─▶ DRAFT ─submit (manifest)─▶ DRAFT ─approve (the head)─▶ DRAFT ─dispatch─▶ SENT ─receive (receipt)─▶
    ACKNOWLEDGED ─accept: filed─▶ ACCEPTED ─result─▶ FULFILLED ─close─▶ CLOSED
                 ├ accept: not filed ─▶ FULFILLED ─(suspected crime) reconsideration─▶ ACKNOWLEDGED ─decision─▶ …
                 ├ return: not competent ─▶ RETURNED ─close─▶ CLOSED
                 └ (suspected crime) forward ─▶ the service passes it on ─▶ SENT to the competent agency

A draft can be seen by its sender alone. From the submission on nobody changes the package: both sides read the same
files, so the sender's copy is read-only until the result arrives and after it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId, EvidenceId, ExchangeId, OfficerId
from common.values.law import NJ_19, Article
from data_exchange.domain.exchange import Changing, Exchange, Kind

TRANSFERS = (Kind.TRANSFER, Kind.CRIMINAL_TRANSFER)


class Enclosure(StrEnum):
    """The five enclosures of a transfer (CrimT 6)."""

    TRANSFER_LETTER = "TRANSFER_LETTER"  # 移送书
    INVESTIGATION_REPORT = "INVESTIGATION_REPORT"  # 调查报告
    GOODS_LIST = "GOODS_LIST"  # 涉案物品清单
    EXPERT_REPORT = "EXPERT_REPORT"  # 检验报告或者鉴定结论
    OTHER = "OTHER"  # 其他材料


class Filing(StrEnum):
    """The receiver's decision on the case that it accepted."""

    FILED = "FILED"
    NOT_FILED = "NOT_FILED"


class Outcome(StrEnum):
    """The result that the receiver tells. NOT_PROSECUTED calls for a transfer in the other direction (CrimT 13)."""

    PENALISED = "PENALISED"
    NOT_PENALISED = "NOT_PENALISED"
    PROSECUTED = "PROSECUTED"
    NOT_PROSECUTED = "NOT_PROSECUTED"


@dataclass(frozen=True)
class FileEntry:
    """One file of the package. `sha256` is hex, `size` bytes, `level` 1 to 4.

    A file that evidence gave names the capture and the number of the picture in it.
    """

    n: int
    enclosure: Enclosure
    sha256: str
    size: int
    media_type: str
    level: int
    evidence_id: EvidenceId | None = None
    picture: int | None = None


@dataclass(frozen=True)
class Transfer:
    """One transfer. `is_late`: it was dispatched after its period. `dispatched_at` is when it went to the
    receiver that it has now. `forward_to` is set until the service passed a forwarded case on.

    `examined`: an inspection or expert report exists, so the package needs it. The pictures of `evidence_ids` enter the
    package when it is submitted.
    """

    exchange: Exchange
    prepared_by: OfficerId
    recognised_at: datetime
    examined: bool
    limitation_on: date | None
    reverse_of: ExchangeId | None
    evidence_ids: tuple[EvidenceId, ...] = ()
    files: tuple[FileEntry, ...] = ()
    submitted_by: OfficerId | None = None
    manifest_sha256: str | None = None
    approved_by: OfficerId | None = None
    approved_at: datetime | None = None
    dispatched_at: datetime | None = None
    is_late: bool | None = None
    received_by: OfficerId | None = None
    receipt_sha256: str | None = None
    filing: Filing | None = None
    filed_at: datetime | None = None
    competent_agency_id: AgencyId | None = None
    forward_to: AgencyId | None = None
    reconsidered_at: datetime | None = None
    goods_handed_at: datetime | None = None
    outcome: Outcome | None = None
    result_is_late: bool | None = None

    @property
    def id(self) -> ExchangeId:
        return self.exchange.id

    @property
    def is_criminal(self) -> bool:
        return self.exchange.kind is Kind.CRIMINAL_TRANSFER

    @property
    def is_reconsidered(self) -> bool:
        """Whether the receiver is reconsidering its decision not to file."""
        return self.reconsidered_at is not None and self.filing is None


@dataclass(frozen=True)
class TransferFact(Changing):
    """A fact that changes a transfer: its exchange by `applied`, its own fields by `noted`."""

    @abstractmethod
    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        """`transfer` with the fields that are not the exchange's."""


def transferred(transfer: Transfer, fact: TransferFact, exchange: Exchange, *, at: datetime) -> Transfer:
    """The transfer as `fact`, recorded at `at`, leaves it; `exchange` is as the fact left that."""
    return replace(fact.noted(transfer, at=at), exchange=exchange)


def require_criminal(transfer: Transfer, article: Article, *, act: str) -> None:
    """Raises Refusal DX_NOT_CRIMINAL: the act exists for suspected crimes alone."""
    if not transfer.is_criminal:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_NOT_CRIMINAL", {"exchange": transfer.id, "act": act}, article=article
        )


def refused(transfer: Transfer, code: str, article: Article = NJ_19, **facts: object) -> Refusal:
    """A CONFLICT that names the transfer."""
    return Refusal(RefusalKind.CONFLICT, code, {"exchange": transfer.id, **facts}, article=article)
