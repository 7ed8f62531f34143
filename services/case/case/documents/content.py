"""The content that each document of a case must have.

    D-02   Prompt        涉嫌违法行为告知提示      no amount, no payment link, presumes no guilt
    D-14   PriorNotice   行政处罚事先告知书        APL 44; with the right to a hearing where it is offered (APL 63)
    D-20a  Decision      行政处罚决定书            APL 59

A field without a default is mandatory (`common.documents.content`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from common.documents.content import Content, is_empty
from common.values.errors import Kind, Refusal
from common.values.law import APL_44, APL_59, ARL_22_2, NJ_15

_MONEY: Final = re.compile(
    r"[0-9０-９一二三四五六七八九十百千万]\s*(?:元|块钱|圆)|[¥￥$]\s*[0-9０-９]|人民币|罚款|罚金|缴款|缴费|缴纳|支付|付款|转账|汇款|扫码|二维码|银行卡"
)
_LINK: Final = re.compile(r"https?:|www\.|[a-z0-9-]+\.(?:com|cn|net|org|top|xyz|cc|vip)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Officer(Content):
    """One of the two who handle the case, with the number of the enforcement certificate (APL 42)."""

    name: str
    certificate: str


@dataclass(frozen=True)
class Party(Content):
    """The party as APL 59(1) wants it. `identity_kind` names the number: 居民身份证, 统一社会信用代码."""

    name: str
    identity_kind: str
    identity_number: str
    address: str
    representative: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class MeasurementLine(Content):
    """A measured offence with the figures that the party can check, each with its unit; `quantity` in Chinese words.

    The value less the maximum permissible error is the deducted value, which is above the limit (Metrology 9).
    """

    quantity: str
    value: str
    limit: str
    error: str
    deducted: str


@dataclass(frozen=True)
class CaptureLine(Content):
    """One capture that the document covers, so that the party sees which acts are settled by it."""

    evidence_id: str
    captured_at: datetime
    place: str
    device_code: str
    sha256: str
    measurement: MeasurementLine | None = None


@dataclass(frozen=True)
class DeviceLine(Content):
    """A device whose record is evidence, and where its location is published (APL 41)."""

    device_code: str
    place: str
    published_on: date
    published_where: str


@dataclass(frozen=True)
class Answer(Content):
    """A statement of the party and the answer to it (APL 45: every point is answered)."""

    claim: str
    finding: str
    adopted: bool


@dataclass(frozen=True)
class Agency(Content):
    """The organ in whose name the document is made, with its address and phone."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True)
class Prompt(Content):
    """D-02. `party` is masked; there is no field for an amount or a payment, so none can be printed."""

    article = NJ_15

    number: str
    case_code: str
    agency: Agency
    party: str
    happened_at: datetime
    place: str
    act: str
    correction: str
    correct_by: str
    query_channel: str
    query_code: str
    query_factor: str
    stating: str
    plate: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        texts = (self.place, self.act, self.correction, self.correct_by, self.query_channel, self.stating)
        links = (self.place, self.act, self.correction)  # the channels are the city's own and may be links
        if any(_MONEY.search(text) for text in texts) or any(_LINK.search(text) for text in links):
            # Fraudsters imitate this document. A prompt that never speaks of money gives them nothing to imitate.
            raise Refusal(Kind.INVALID, "NOTI_CONTENT_FORBIDDEN", wording="prompt", article=self.article)


@dataclass(frozen=True)
class PriorNotice(Content):
    """D-14, the proposal as notified; the decision may not be heavier (APL 44, 45)."""

    article = APL_44

    number: str
    case_code: str
    agency: Agency
    party: Party
    facts: tuple[str, ...]
    captures: tuple[CaptureLine, ...]
    reasons: tuple[str, ...]
    violated: tuple[str, ...]
    basis: tuple[str, ...]
    penalty: str
    fine_fen: int
    defence_days: int
    defence_channel: str
    query_channel: str
    query_code: str
    query_factor: str
    officers: tuple[Officer, Officer]
    began_at: datetime
    ended_at: datetime
    hearing_days: int | None = None


@dataclass(frozen=True)
class Remedies(Content):
    """Where and until when the party may go against the decision (APL 59(5), ARL 20, ALL 46).

    Against a decision that rests on device records the party may also apply through the deciding agency (ARL 32);
    the template says so.
    """

    reconsideration_organ: str
    reconsideration_days: int
    court: str
    litigation_months: int


@dataclass(frozen=True)
class Collection(Content):
    """The bank, the reference, the days to pay and the price of lateness (APL 67, 72; FS 7).

    `surcharge` is a sentence that either claims the surcharge with its standard or says that there is none,
    because a surcharge that the decision does not state cannot be claimed later. `qr` holds the reference as the
    modules of a QR code, for the counter and for an app.
    """

    institution: str
    address: str
    reference: str
    qr: tuple[str, ...]
    days: int
    surcharge: str


@dataclass(frozen=True)
class Decision(Content):
    """D-20a. `hearing` says that one was held or waived, and names the record on which the decision rests (APL 65).

    No answers means that the party stated no defence in time, and the document says so.

    `began_at` and `ended_at` are the first and the last capture of the act. `covered` are captures of the same act that
    are no evidence here: the decision settles them too.
    """

    article = APL_59

    number: str
    case_code: str
    agency: Agency
    party: Party
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    captures: tuple[CaptureLine, ...]
    devices: tuple[DeviceLine, ...]
    notice_number: str
    notice_served_on: date
    discretion: tuple[str, ...]
    violated: tuple[str, ...]
    basis: tuple[str, ...]
    penalty: str
    fine_fen: int
    correction: tuple[str, ...]
    collection: Collection
    remedies: Remedies
    officers: tuple[Officer, Officer]
    served_online: bool
    began_at: datetime
    ended_at: datetime
    covered: tuple[CaptureLine, ...] = ()
    answers: tuple[Answer, ...] = ()
    reconsideration_url: str | None = None
    hearing: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.served_online and is_empty(self.reconsideration_url):
            # Served online, it says where reconsideration is asked for online.
            self.refuse(["reconsideration_url"], by=ARL_22_2)
