"""A message is a notice or a service, never both; a prompt has no amount, no way to pay and no verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.values.errors import Refusal
from common.values.ids import AgencyId, CaseId, DocumentId, MessageId, PartyId
from common.values.law import CPL_90, NJ_15
from notification.domain.content import require_permitted_content, require_variables
from notification.domain.facts import after, begun
from notification.domain.message import (
    Failure,
    Message,
    Order,
    State,
    create,
    deliver,
    erase,
    fail,
)
from notification.domain.templates import CLASSES, MessageKind, Words, template_for

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
DOMAIN = "demo.mingzheng.example"
PROMPT = Order(
    kind=MessageKind.NOTICE,
    agency_id=AgencyId.new(NOON),
    party_id=PartyId.new(NOON),
    case_id=CaseId.new(NOON),
    document_id=DocumentId.new(NOON),
    document_kind="D-02",
    document_sha256="ab" * 32,
    cause="0195a1b2-0000-7000-8000-000000000001",
)
FREE = "您涉嫌违法停放，请于18时前改正。本提示不收取任何费用。"


def made(order: Order = PROMPT) -> Message:
    return begun(
        create(MessageId.new(NOON), order, official_domain=DOMAIN),
        words=Words("标题", "正文"),
        at=NOON,
    )


def delivered(order: Order = PROMPT) -> Message:
    message = made(order)
    return after(message, deliver(message), at=NOON)


def test_a_message_is_created_and_delivered() -> None:
    message = delivered()

    assert (message.state, message.delivered_at) == (State.DELIVERED, NOON)
    with pytest.raises(Refusal) as refusal:
        deliver(message)
    assert refusal.value.code == "NOTI_TRANSITION_NOT_ALLOWED"


def test_an_erasure_leaves_the_message_and_takes_its_document() -> None:
    message = delivered()

    fact = erase(message)

    erased = after(message, fact, at=NOON + timedelta(days=1))
    assert (erased.is_gone, replace(erased, erased_at=None)) == (True, message)
    assert (fact.case_id, fact.document_sha256) == (message.case_id, message.document_sha256)


def test_a_message_that_failed_is_never_delivered() -> None:
    message = made()

    failed = after(message, fail(message, Failure.DOCUMENT_DIFFERS), at=NOON)

    assert (failed.state, failed.delivered_at) == (State.FAILED, None)
    with pytest.raises(Refusal):
        deliver(failed)


@pytest.mark.law(CPL_90)
@pytest.mark.parametrize(
    ("document_kind", "kind"),
    [("D-02", MessageKind.SERVICE), ("D-14", MessageKind.NOTICE), ("D-20a", MessageKind.NOTICE)],
)
def test_a_prompt_is_never_served_and_a_decision_is_never_a_mere_notice(
    document_kind: str, kind: MessageKind
) -> None:
    with pytest.raises(Refusal) as refusal:
        made(replace(PROMPT, document_kind=document_kind, kind=kind))

    assert (refusal.value.code, refusal.value.article) == ("NOTI_KIND_MIXED", CPL_90)


def test_a_document_without_an_approved_class_of_message_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        template_for("D-99")

    assert refusal.value.code == "NOTI_TEMPLATE_NOT_APPROVED"


@pytest.mark.parametrize("template", CLASSES.values(), ids=lambda template: template.code)
def test_every_approved_template_passes_its_own_rule(template) -> None:  # type: ignore[no-untyped-def]
    for words in template.templates.values():
        require_permitted_content(template.code, words.text, official_domain=DOMAIN)
        require_variables(template.code, words.text, template.needs)


def test_a_prompt_may_link_to_the_official_domain_alone() -> None:
    require_permitted_content("N-01", FREE + f"https://{DOMAIN}/notice", official_domain=DOMAIN)
    require_permitted_content("N-01", FREE + f"https://portal.{DOMAIN}", official_domain=DOMAIN)


@pytest.mark.law(NJ_15)
@pytest.mark.parametrize(
    "text",
    [
        FREE + "应缴200元。",
        FREE + "罚款将另行决定。",
        FREE + "￥ 200",
        FREE + "二百元",
        FREE + "请扫码处理。",
        FREE + "可转账办理。",
        FREE + "https://evil.example/x",
        FREE + f"https://{DOMAIN}.evil.example/",
        FREE + f"https://evil.example/{DOMAIN}",
        FREE + "登录 mingzheng-pay.com 查看",
        FREE.replace("涉嫌", ""),
        FREE.replace("本提示不收取任何费用", ""),
        FREE + "长" * 300,
    ],
    ids=range(13),
)
def test_a_prompt_with_forbidden_content_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        require_permitted_content("N-01", text, official_domain=DOMAIN)

    assert (refusal.value.code, refusal.value.article) == ("NOTI_CONTENT_FORBIDDEN", NJ_15)


def test_the_message_of_a_decision_may_speak_of_performance_but_links_nowhere_else() -> None:
    require_permitted_content("N-09", "文书载明缴纳罚款的期限。", official_domain=DOMAIN)

    with pytest.raises(Refusal):
        require_permitted_content("N-09", "http://evil.example", official_domain=DOMAIN)
