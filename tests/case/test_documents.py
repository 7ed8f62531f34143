"""The three documents of the main path: what they say, and that the file is one that lasts."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from case.documents import DocumentKind, render
from common.documents.content import Content
from common.values.errors import Refusal
from common.values.law import APL_44, APL_59, METROLOGY_9, NJ_15
from tests.case.samples import AT
from tests.case.samples.mainpath import AGENCY, CAPTURE, DECISION, MEASURED, NOTICE, PARTY, PROMPT

ALL = [(DocumentKind.PROMPT, PROMPT), (DocumentKind.PRIOR_NOTICE, NOTICE), (DocumentKind.DECISION, DECISION)]
each_document = pytest.mark.parametrize(("kind", "content"), ALL, ids=[kind.name.lower() for kind, _ in ALL])


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text(kind: DocumentKind, content: Content) -> str:
    """The whole text with line ends and spaces taken out: a line may break anywhere in Chinese."""
    pages = read(render(kind, content, AT)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


@each_document
def test_a_document_declares_pdf_a_3a(kind: DocumentKind, content: Content) -> None:
    reader = read(render(kind, content, AT))

    assert reader.xmp_metadata is not None
    assert (reader.xmp_metadata.pdfaid_part, reader.xmp_metadata.pdfaid_conformance) == ("3", "A")


@each_document
def test_a_document_declares_pdf_ua_1_for_readers_who_do_not_see(
    kind: DocumentKind, content: Content
) -> None:
    reader = read(render(kind, content, AT))

    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()  # type: ignore[index]
    assert re.search(r"pdfuaid:part[>=\"]+1", metadata)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]


@each_document
def test_the_same_content_at_the_same_instant_gives_the_same_bytes(
    kind: DocumentKind, content: Content
) -> None:
    first = render(kind, content, AT)

    assert render(kind, content, AT) == first
    assert render(kind, content, AT + timedelta(days=1)) != first


@each_document
def test_a_document_carries_its_content_as_data(kind: DocumentKind, content: Content) -> None:
    attachments = read(render(kind, content, AT)).attachments

    data = json.loads(attachments["document.json"][0])
    assert (data["kind"], data["number"]) == (kind.value, content.number)  # type: ignore[attr-defined]
    assert data["made_at"] == "2025-04-10T10:00:00+08:00"


@each_document
def test_every_font_is_embedded(kind: DocumentKind, content: Content) -> None:
    for page in read(render(kind, content, AT)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            assert "/FontFile3" in font.get_object()["/DescendantFonts"][0]["/FontDescriptor"]


@pytest.mark.law(NJ_15)
def test_a_prompt_presumes_no_guilt_and_asks_for_no_money() -> None:
    printed = text(DocumentKind.PROMPT, PROMPT)

    mandatory = ["张*", "2025年3月6日9时05分07秒", PROMPT.place, "涉嫌", PROMPT.act, PROMPT.correct_by]
    mandatory += [PROMPT.query_code, "说明", AGENCY.phone, AGENCY.name, PROMPT.number, "本提示不收取任何费用"]
    assert [item for item in mandatory if item not in printed] == []
    assert [item for item in ("罚款", "人民币", "￥", "http", "缴款", "张伟") if item in printed] == []


@pytest.mark.law(APL_44)
def test_a_prior_notice_says_what_article_44_demands() -> None:
    printed = text(DocumentKind.PRIOR_NOTICE, NOTICE)

    mandatory = [
        PARTY.name,
        NOTICE.facts[0],
        NOTICE.reasons[0],
        *NOTICE.violated,
        *NOTICE.basis,
        "200.00元",
        "贰佰元整",
    ]
    mandatory += [
        "陈述和申辩",
        "5个工作日",
        NOTICE.defence_channel,
        NOTICE.query_code,
        "明A0001",
        "明A0002",
        "2025年4月10日",
    ]
    assert [item for item in mandatory if item not in printed] == []
    assert "听证" not in printed


def test_a_prior_notice_that_offers_a_hearing_says_it_costs_nothing() -> None:
    printed = text(DocumentKind.PRIOR_NOTICE, replace(NOTICE, hearing_days=5))

    assert "要求举行听证" in printed
    assert "不承担行政机关组织听证的费用" in printed


@pytest.mark.law(APL_59)
def test_a_decision_says_what_article_59_demands() -> None:
    printed = text(DocumentKind.DECISION, DECISION)

    mandatory = [PARTY.name, PARTY.address, PARTY.identity_number, DECISION.facts[0], DECISION.evidence[0]]
    mandatory += [
        *DECISION.violated,
        *DECISION.basis,
        "罚款：人民币200.00元（大写：贰佰元整）",
        "15日内",
        "明州银行",
    ]
    mandatory += ["明州市人民路8号", "百分之三", "明州市人民政府", "60日内", "明州市中区人民法院", "6个月内"]
    mandatory += [DECISION.collection.reference, "可以通过本机关提交行政复议申请"]
    mandatory += [AGENCY.name, "印章", "2025年4月10日", DECISION.number, DECISION.case_code]
    assert [item for item in mandatory if item not in printed] == []


def test_a_decision_from_device_records_names_devices_captures_and_the_answer_to_the_defence() -> None:
    printed = text(DocumentKind.DECISION, DECISION)

    mandatory = ["设置地点已经向社会公布", CAPTURE.device_code, "2025年2月1日", "合并作为同一违法行为处理"]
    mandatory += [capture.evidence_id for capture in DECISION.captures]
    mandatory += [
        "当时车厢已经盖好",
        "图像显示车厢未覆盖",
        "不予采纳",
        "demo.mingzheng.example/reconsideration",
    ]
    assert [item for item in mandatory if item not in printed] == []


@pytest.mark.law(METROLOGY_9)
def test_a_measured_offence_is_printed_with_the_limit_the_permissible_error_and_the_deducted_value() -> None:
    figures = "测得车速：92.5km/h；限值：60km/h；最大允许误差：4km/h；扣除最大允许误差后：88.5km/h，超过限值"

    notice = text(DocumentKind.PRIOR_NOTICE, replace(NOTICE, captures=MEASURED))
    decision = text(DocumentKind.DECISION, replace(DECISION, captures=MEASURED))

    assert (notice.count(figures), decision.count(figures)) == (1, 1)


def test_a_warning_alone_names_no_amount_and_nothing_to_pay() -> None:
    printed = text(DocumentKind.DECISION, replace(DECISION, penalty="警告", fine_fen=0))

    assert "警告。" in printed
    assert "无需缴纳款项" in printed
    assert [item for item in ("人民币", "零元", "百分之三") if item in printed] == []


def test_a_sentence_ends_with_one_full_stop_however_it_was_written() -> None:
    printed = text(
        DocumentKind.DECISION,
        replace(DECISION, facts=("未密闭运输", "装载过满。", "为何？"), evidence=("图像；",)),
    )

    assert all(words in printed for words in ("未密闭运输。", "装载过满。", "为何？", "图像。"))
    assert all(words not in printed for words in ("。。", "？。", "；。"))


def test_a_decision_says_when_no_defence_was_stated() -> None:
    assert "未提出陈述、申辩意见" in text(DocumentKind.DECISION, replace(DECISION, answers=()))


def test_a_decision_served_online_says_where_reconsideration_is_asked_for_online() -> None:
    with pytest.raises(Refusal) as refusal:
        replace(DECISION, reconsideration_url=None)

    assert refusal.value.code == "DOC_FIELD_MISSING"
    assert [error.pointer for error in refusal.value.errors] == ["/reconsideration_url"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("act", "未密闭，应罚款"),
        ("correction", "请缴纳２００元"),
        ("stating", "扫码说明"),
        ("query_channel", "￥200"),
        ("correction", "请登录http://jiaofa.example改正"),
        ("correction", "详见 jiao-fa.com"),
        ("place", "中山路，应缴200元"),
    ],
)
def test_a_prompt_cannot_be_made_to_speak_of_money(field: str, text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        replace(PROMPT, **{field: text})  # type: ignore[arg-type]

    assert (refusal.value.code, refusal.value.article) == ("NOTI_CONTENT_FORBIDDEN", NJ_15)


@pytest.mark.law(APL_44, APL_59)
def test_a_document_without_a_mandatory_field_names_the_article_that_demands_it() -> None:
    with pytest.raises(Refusal) as notice:
        replace(NOTICE, basis=())
    with pytest.raises(Refusal) as decision:
        replace(DECISION, penalty="")

    assert (notice.value.article, decision.value.article) == (APL_44, APL_59)


@pytest.mark.parametrize("name", ["张𠮷", "张\n伟", "张\u202e伟", "张\u200b伟"])
def test_a_character_without_a_glyph_is_refused_by_field_and_never_by_value(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        render(DocumentKind.DECISION, replace(DECISION, party=replace(PARTY, name=name)), AT)

    assert refusal.value.code == "DOC_CHARACTER_MISSING"
    assert [error.pointer for error in refusal.value.errors] == ["/party/name"]
    assert name not in refusal.value.message
    assert f"U+{ord(name[1]):04X}" in refusal.value.message
    assert "fonts-hanazono" in refusal.value.message


def test_markup_in_a_value_is_printed_and_not_obeyed() -> None:
    act = '#read("parts.typ") *a* $x$ <b>'

    assert "".join(act.split()) in text(DocumentKind.PROMPT, replace(PROMPT, act=act))
