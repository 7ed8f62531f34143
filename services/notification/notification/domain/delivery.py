"""The life of a message.

    CREATED --deliver--> DELIVERED --view--> VIEWED (final)
       |
       +--fail--> FAILED (final)

A NOTICE informs: best effort, with proof of sending. A SERVICE is service of process (送达): it has
legal effect and its own rules (`service_of_process`). The law gives each document one of the two, and no
message changes from one to the other (Inv. 1). The message after each fact is in `facts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import CaseId, ConsentId, DocumentId, MessageId, PartyId
from common.values.law import CPL_90, NJ_15, PIPL_47


class MessageKind(StrEnum):
    NOTICE = "NOTICE"
    SERVICE = "SERVICE"


class State(StrEnum):
    CREATED = "CREATED"
    DELIVERED = "DELIVERED"
    VIEWED = "VIEWED"
    FAILED = "FAILED"


class Failure(StrEnum):
    """Why a message was not delivered."""

    CONSENT_REQUIRED = "NOTI_CONSENT_REQUIRED"
    DOCUMENT_DIFFERS = "NOTI_DOCUMENT_DIFFERS"


@dataclass(frozen=True)
class Template:
    """The words of an approved class of messages. They are constants, so no variable can smuggle an amount in."""

    code: str
    kind: MessageKind
    document_kind: str
    title: str
    text: str


TEMPLATES: Final = {
    template.document_kind: template
    for template in (
        Template(
            "N-01",
            MessageKind.NOTICE,
            "D-02",
            "涉嫌违法行为告知提示",
            "您或您的车辆涉嫌存在违法行为，请查看所附告知提示，了解时间、地点和行为，按提示的方式和时限改正；"
            "对记录有不同意见的，可以按提示中的方式提出。本提示不收取任何费用。",
        ),
        Template(
            "N-06",
            MessageKind.SERVICE,
            "D-14",
            "行政处罚事先告知书",
            "现以电子方式向您送达行政处罚事先告知书，请查看文书。您有权在文书载明的期限内陈述、申辩；"
            "您可以要求取得纸质文书。",
        ),
        Template(
            "N-09",
            MessageKind.SERVICE,
            "D-20a",
            "行政处罚决定书",
            "现以电子方式向您送达行政处罚决定书，请查看文书。文书载明履行的方式和期限，以及申请行政复议、"
            "提起行政诉讼的途径和期限；您可以要求取得纸质文书。",
        ),
    )
}

MESSAGE_LENGTH: Final = 300
"""Characters that a message may have: a text message carries no more."""

_AMOUNT: Final = re.compile(
    r"[0-9０-９一二三四五六七八九十百千万]\s*(?:元|块钱|圆|人民币|RMB)|[¥￥$]\s*[0-9]|罚款|人民币",
    re.IGNORECASE,
)
_PAYMENT: Final = re.compile(r"缴款|缴费|缴纳|支付|付款|转账|汇款|扫码|二维码|银行卡|pay\b", re.IGNORECASE)
_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s，。；、）)]*|[a-z0-9-]+\.(?:com|cn|net|top|xyz)\b", re.IGNORECASE
)
_FREE: Final = "本提示不收取任何费用"


@dataclass(frozen=True)
class Message:
    """A message as it stands. `served_on` is the legal day of a SERVICE, else None."""

    id: MessageId
    seq: int
    party_id: PartyId
    case_id: CaseId
    kind: MessageKind
    code: str
    title: str
    text: str
    document_id: DocumentId
    document_kind: str
    document_sha256: str
    cause: str
    state: State
    created_at: datetime
    delivered_at: datetime | None = None
    viewed_at: datetime | None = None
    served_on: date | None = None
    consent_id: ConsentId | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Order:
    """The message that a recorded act demands. `kind` follows from the act; `cause` is the id of its record."""

    kind: MessageKind
    party_id: PartyId
    case_id: CaseId
    document_id: DocumentId
    document_kind: str
    document_sha256: str
    cause: str


@dataclass(frozen=True)
class MessageCreated(Fact):
    """`cause` is the id of the record that asked for this message."""

    type: ClassVar[str] = "message.created"

    party_id: PartyId
    case_id: CaseId
    kind: MessageKind
    code: str
    document_id: DocumentId
    document_kind: str
    document_sha256: str
    cause: str

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class MessageDelivered(Fact):
    """The message arrived in the party's inbox."""

    type: ClassVar[str] = "message.delivered"

    party_id: PartyId
    case_id: CaseId
    document_id: DocumentId
    channel: str


@dataclass(frozen=True)
class MessageFailed(Fact):
    """The message was not delivered, and why. Another manner of service has to be chosen."""

    type: ClassVar[str] = "message.failed"

    case_id: CaseId
    document_id: DocumentId
    reason: Failure

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class MessageViewed(Fact):
    """The party opened the message with the document of this digest."""

    type: ClassVar[str] = "message.viewed"

    party_id: PartyId
    document_sha256: str


@dataclass(frozen=True)
class MessageErased(Fact):
    """The message's case was erased: the document of this digest that came with it cannot be read any more."""

    type: ClassVar[str] = "message.erased"

    case_id: CaseId
    document_sha256: str

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


def template_for(document_kind: str) -> Template:
    """The approved template of `document_kind`. Raises Refusal NOTI_TEMPLATE_NOT_APPROVED without one."""
    if document_kind not in TEMPLATES:
        raise Refusal(
            Kind.INVALID,
            "NOTI_TEMPLATE_NOT_APPROVED",
            {"document_kind": document_kind, "approved": sorted(TEMPLATES)},
        )
    return TEMPLATES[document_kind]


def require_permitted_content(code: str, text: str, *, official_domain: str) -> None:
    """Refuse a text that its class may not say (NJ 15).

    Fraudsters imitate prompts. Therefore a prompt has no amount, no way to pay, no link but to the official domain,
    "涉嫌" and never a verdict, and the sentence that it costs nothing. The refusal names each fault by its kind and
    never quotes it.
    """
    faults = [f"more than {MESSAGE_LENGTH} characters"] if len(text) > MESSAGE_LENGTH else []
    if any(not _is_official(link.group(), official_domain) for link in _LINK.finditer(text)):
        faults.append("FOREIGN_LINK")
    if code == "N-01":
        faults += ["AMOUNT"] if _AMOUNT.search(text) else []
        faults += ["WAY_TO_PAY"] if _PAYMENT.search(text) else []
        faults += ["no 涉嫌"] if "涉嫌" not in text else []
        faults += [f"no {_FREE}"] if _FREE not in text else []
    if faults:
        raise Refusal(
            Kind.INVALID,
            "NOTI_CONTENT_FORBIDDEN",
            {"class": code, "forbidden": faults},
            article=NJ_15,
        )


def _is_official(link: str, domain: str) -> bool:
    host = re.sub(r"^https?://", "", link, flags=re.IGNORECASE).split("/")[0].split("?")[0].lower()
    return host == domain or host.endswith("." + domain)


def create(message_id: MessageId, order: Order, *, official_domain: str) -> MessageCreated:
    """Make the message that a recorded act ordered.

    A prompt is information and a decision is served: an order that says otherwise is refused, because a
    served prompt would start periods that no law knows, and a mere notice of a decision would start none.
    """
    template = template_for(order.document_kind)
    if order.kind is not template.kind:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_KIND_MIXED",
            {"document_kind": order.document_kind, "kind": template.kind, "ordered": order.kind},
            article=CPL_90,
        )
    require_permitted_content(template.code, template.text, official_domain=official_domain)
    return MessageCreated(
        owner=message_id,
        party_id=order.party_id,
        case_id=order.case_id,
        kind=template.kind,
        code=template.code,
        document_id=order.document_id,
        document_kind=order.document_kind,
        document_sha256=order.document_sha256,
        cause=order.cause,
    )


def deliver(message: Message) -> MessageDelivered:
    """The message is in the inbox: it arrives when it is there to be opened, not when it is opened."""
    _require(message, State.CREATED, "delivered")
    return MessageDelivered(message.id, message.party_id, message.case_id, message.document_id, "INBOX")


def fail(message: Message, reason: Failure) -> MessageFailed:
    """The message is not delivered. Nobody is served by a message that failed."""
    _require(message, State.CREATED, "given up")
    return MessageFailed(message.id, message.case_id, message.document_id, reason)


def view(message: Message) -> MessageViewed:
    """The party confirms having opened the message. Proof, without legal effect of its own (Inv. 3)."""
    _require(message, State.DELIVERED, "viewed")
    return MessageViewed(message.id, message.party_id, message.document_sha256)


def erase(message: Message) -> MessageErased:
    """No copy of a document of the case may stay when the case's file may not (PIPL 47).

    Title and text stay, because every message of the class has the same.
    """
    return MessageErased(message.id, message.case_id, message.document_sha256)


def gone(message: Message) -> Refusal:
    """The refusal of a document whose case was erased."""
    return Refusal(Kind.GONE, "NOTI_ERASED", {"message": message.id}, article=PIPL_47)


def _require(message: Message, state: State, act: str) -> None:
    if message.state is not state:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_TRANSITION_NOT_ALLOWED",
            {"message": message.id, "state": message.state, "state_2": state, "act": act},
        )
