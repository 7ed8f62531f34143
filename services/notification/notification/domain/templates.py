"""The approved words of each class of messages, and what a class may not say.

A NOTICE informs: best effort, with proof of sending. A SERVICE is service of process (送达): it has legal effect and
its own rules (`service_of_process`). The law gives each document one of the two (Inv. 1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.law import NJ_15


class MessageKind(StrEnum):
    NOTICE = "NOTICE"
    SERVICE = "SERVICE"


@dataclass(frozen=True)
class Words:
    """What the party reads: a title of one line, and the text."""

    title: str
    text: str


@dataclass(frozen=True)
class Template:
    """The words of an approved class of messages. They are constants, so no variable can smuggle an amount in."""

    code: str
    kind: MessageKind
    document_kind: str
    title: str
    text: str

    @property
    def words(self) -> Words:
        return Words(self.title, self.text)


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
