"""A masked copy says what was done, and not who saw it: witnesses, keepers and agents are covered too."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

import pytest
from pypdf import PdfReader

from case.documents import TEMPLATES, DocumentKind
from case.documents.collectcontent import Question
from case.documents.masked import masked_copy
from common.documents.content import Content
from common.documents.render import render
from common.values.clock import BEIJING
from common.values.law import NJ_17, PIPL_6
from tests.case.samples.collecting import INQUIRY, INSPECTION, PRESERVATION, REQUEST

MADE = datetime(2025, 3, 18, 10, 0, tzinfo=BEIJING)
WITNESSED = replace(
    INQUIRY,
    role="证人",
    person="刘旁观",
    identity="本院护士，出示工作证",
    asked=(Question("你看到了什么？", "我刘旁观下夜班时看到的。"),),
    signing="被询问人拒绝签字、盖章，执法人员注明：刘旁观担心报复",
)
INSPECTED = replace(
    INSPECTION,
    present=("见证人刘旁观",),
    findings=("刘旁观指认的位置与记录一致",),
    signing="当事人不在场，由见证人签字：见证人：刘旁观",
)


def copy_of(kind: DocumentKind, content: Content, words: dict[str, str]) -> str:
    pdf = masked_copy(kind, render(TEMPLATES[kind], content, MADE), words)
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.law(NJ_17, PIPL_6)
@pytest.mark.parametrize(
    ("kind", "content", "hidden", "shown"),
    [
        (DocumentKind.INQUIRY, WITNESSED, ("刘旁观", "护士", "夜班", "报复"), "刘**"),
        (DocumentKind.INSPECTION, INSPECTED, ("刘旁观",), "篷布"),
        (DocumentKind.PRESERVATION, replace(PRESERVATION, keeper="刘旁观"), ("刘旁观",), "刘**"),
        (DocumentKind.MATERIAL, replace(REQUEST, recipient="刘旁观"), ("刘旁观",), "刘**"),
    ],
)
def test_a_masked_copy_covers_who_was_there_and_is_not_the_party(
    kind: DocumentKind, content: Content, hidden: tuple[str, ...], shown: str
) -> None:
    text = copy_of(kind, content, {})

    assert "脱敏副本" in text
    assert shown in text
    for word in hidden:
        assert word not in text, word


def test_what_the_party_itself_answered_is_covered_word_by_word() -> None:
    text = copy_of(DocumentKind.INQUIRY, INQUIRY, {"张示范": "张**"})

    assert "篷布破损" in text
    assert "张示范" not in text
