"""Classes of messages and their words as wire models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from notification.contract.templates import MessageClassView, TemplatePreview, TemplateView
from notification.domain.content import segments
from notification.domain.drafting import CityTemplate
from notification.domain.templates import Language, MessageClass, class_of, worded

EXAMPLES: Final[Mapping[str, str]] = {
    "agency": "示范市城市管理行政执法局",
    "phone": "021-00000000",
    "address": "示范市示范大道1号",
    "portal": "",
    "party": "张**",
    "vehicle": "的车辆沪A·1**45",
    "time": "2026年3月2日9时30分",
    "place": "示范路1号门前",
    "act": "机动车违法停放人行道",
    "correction": "请立即将车辆移至停车泊位",
    "deadline": "2026年3月2日10时00分",
    "query_code": "1234567890",
    "pay_by": "2026年3月17日",
    "step": "已经收到",
    "incident": "示例事件",
    "measures": "示例措施",
}
"""What a preview shows for a variable without a value. `portal` is the city's own address."""


def template_view(template: CityTemplate) -> TemplateView:
    return TemplateView(
        template_id=template.id,
        agency_id=template.agency_id,
        code=template.scope.code,
        language=template.scope.language,
        channel=template.scope.channel,
        version=template.version,
        title=template.title,
        text=template.text,
        state=template.state,
        drafted_by=template.drafted_by,
        drafted_at=template.drafted_at,
        approved_by=list(template.approved_by),
        in_force_at=template.in_force_at,
        withdrawn_at=template.withdrawn_at,
    )


def previewed(template: CityTemplate, values: Mapping[str, str], *, official_domain: str) -> TemplatePreview:
    shown = {**EXAMPLES, "portal": f"https://{official_domain}", **values}
    words = worded(class_of(template.scope.code), template.template, shown, official_domain=official_domain)
    return TemplatePreview(
        title=words.title, text=words.text, characters=len(words.text), segments=segments(words.text)
    )


def class_view(of: MessageClass) -> MessageClassView:
    zh, en = of.templates[Language.ZH], of.templates[Language.EN]
    return MessageClassView(
        code=of.code,
        kind=of.kind,
        category=of.category,
        document_kind=of.document_kind,
        needs=list(of.needs),
        title=zh.title,
        text=zh.text,
        title_en=en.title,
        text_en=en.text,
    )
