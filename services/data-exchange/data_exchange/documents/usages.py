"""What a person reads about a question: who asked what for which purpose, in plain words, and nobody else's data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from common.values.masking import masked_plate
from data_exchange.documents.wording import PURPOSE
from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.subjects import SubjectKind
from data_exchange.domain.usages import Usage, UsageAct


@dataclass(frozen=True)
class Words:
    """The same in Chinese and in English."""

    zh: str
    en: str


_ASKED: Final = {
    ComparisonKind.PLATE_OWNER: Words("查询车辆的所有人", "asked who owns the vehicle"),
    ComparisonKind.SHOP_LICENCE: Words("查询经营主体的登记", "asked for the registration of the business"),
    ComparisonKind.PERMIT: Words("查询许可", "asked for permits"),
    ComparisonKind.PRIOR_PENALTY: Words("查询既往处罚", "asked for earlier penalties"),
    ComparisonKind.PERSON_CONTACT: Words("查询联系方式", "asked how to reach the person"),
    ComparisonKind.VERIFY: Words(
        "核对一项信息是否属实,未复制数据", "asked whether one value is true; nothing was copied"
    ),
}
_SEALED: Final = Words(
    "查询依法封存的治安违法记录,结果封存",
    "asked for sealed records of public security; the result stays sealed",
)
_ACT: Final = {
    UsageAct.ANSWERED: Words("", ""),
    UsageAct.REFUSED: Words(";被拒绝,没有提供任何数据", "; refused, nothing was given"),
    UsageAct.READ_AGAIN: Words(";再次查看结果", "; looked at the result again"),
    UsageAct.IN_FILE: Words(";成批比对", "; in a file of several subjects"),
}
_PURPOSE: Final = {
    Purpose.IDENTIFY_PARTY: "to find out who the party is",
    Purpose.CONTACT_PARTY: "to reach the party",
    Purpose.CHECK_PERMIT: "to check a permit",
    Purpose.CHECK_PRIOR_PENALTY: "to check earlier penalties",
    Purpose.VERIFY_FACT: "to verify a fact of the case",
    Purpose.SERVE_DOCUMENT: "to serve a document",
    Purpose.ENFORCE: "to enforce a decision",
    Purpose.SUPERVISE: "for supervision",
    Purpose.STATISTICS: "for statistics",
}
_CATEGORY: Final = {
    "name": Words("姓名或名称", "name"),
    "id": Words("证件号码", "identity number"),
    "phone": Words("联系电话", "telephone"),
    "address": Words("地址", "address"),
    "plate": Words("号牌", "number plate"),
    "colour": Words("颜色", "colour"),
    "weight": Words("质量", "weight"),
    "photo": Words("照片", "photograph"),
    "licence": Words("许可", "licence"),
    "penalty": Words("处罚", "penalty"),
}
"""By the last part of a field. Any other field is shown as the register calls it."""


def action_of(usage: Usage) -> Words:
    """What was done."""
    asked, act = _SEALED if usage.is_sealed else _ASKED[usage.kind], _ACT[usage.act]
    return Words(asked.zh + act.zh, asked.en + act.en)


def purpose_of(purpose: Purpose) -> Words:
    """For which purpose."""
    return Words(PURPOSE[purpose], _PURPOSE[purpose])


def categories_of(usage: Usage) -> list[Words]:
    """What was given, each kind once."""
    words = [_CATEGORY.get(field.rpartition("/")[2], Words(field, field)) for field in usage.fields]
    return list(dict.fromkeys(words))


def masked_number(number: str) -> str:
    """A case number: of its serial only the last digit is shown, as in 示城管罚立〔2026〕***1号."""
    return re.sub(r"\d+(?=\D*$)", lambda match: "*" * (len(match[0]) - 1) + match[0][-1], number)


def masked_identifier(identifier: str) -> str:
    """The identifier of a line as the list shows it."""
    kind, value = identifier.split("\n")[:2]
    if kind == SubjectKind.PLATE:
        return masked_plate(value) or ""
    return value[:3] + "*" * (len(value) - 5) + value[-2:]
