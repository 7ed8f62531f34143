"""Every refusal speaks Chinese and English, and gives the facts that its words name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest

from common.values.errors import Kind, Refusal
from common.values.refusals import Language, catalogue, sentence
from common.web.telemetry import preferred
from data_exchange.domain import (
    agreements,
    applications,
    comparison,
    datarequests,
    disputes,
    exchange,
    grants,
    partners,
    subjects,
    transfers,
    uses,
    webhooks,
)
from data_exchange.domain import (
    catalogue as items,
)
from mz import ROOT
from mz.build import lawbook
from tests.architecture import refusals

_SPOKEN = ("case", "notification", "data-exchange")
_STATES = (
    agreements.Service, applications.State, comparison.ComparisonKind, comparison.ComparisonState, items.Assessment,
    items.CitationLevel, items.ItemState, items.Manner, datarequests.Answer, datarequests.RequestState,
    disputes.DisputeState, disputes.Level, exchange.Extension, exchange.Pressure, exchange.Purpose, exchange.Side,
    exchange.State, grants.State, partners.State, subjects.SubjectKind, transfers.Enclosure, uses.Access,
    uses.Disposal, webhooks.State,
)  # fmt: skip
"""The lists of which a refusal of the exchange may print a member."""
_PROTOCOL = (
    "services/data-exchange/data_exchange/wire/calling.py",
    "services/data-exchange/data_exchange/wire/signatures.py",
    "libs/common/common/calls/dpop.py",
    "gateway/gateway/partners.py",
)


def test_every_refusal_has_its_words_in_both_languages() -> None:
    assert refusals.faults_of(catalogue(), refusals.uses(lawbook.code_files(ROOT))) == []


def test_every_chinese_sentence_is_chinese_and_every_english_one_is_not() -> None:
    def is_chinese(text: str) -> bool:
        return any("\u4e00" <= char <= "\u9fff" for char in text)

    wrong = [
        code
        for code, entry in catalogue().items()
        if code != "words"
        for words in (entry, *(value for value in entry.values() if isinstance(value, dict)))
        if "zh" in words and not (is_chinese(words["zh"]) and not is_chinese(words["en"]))
    ]

    assert wrong == []


def test_an_act_or_a_state_among_the_facts_is_said_in_chinese_too() -> None:
    acts = {
        text
        for path in lawbook.code_files(ROOT)
        for text in refusals.texts_given(path, names={"act", "other"})
        if any(path.is_relative_to(ROOT / "services" / service) for service in _SPOKEN)
    }

    assert len(acts) > 20
    assert acts - set(catalogue()["words"]) == set()


@pytest.mark.parametrize("states", _STATES, ids=lambda states: f"{states.__module__}.{states.__name__}")
def test_every_state_that_the_exchange_names_has_its_chinese_word(states: type[StrEnum]) -> None:
    assert {str(state) for state in states} - set(catalogue()["words"]) == set()


def test_what_a_fault_of_the_protocol_expected_is_said_in_chinese_too() -> None:
    phrases = {
        text
        for path in _PROTOCOL
        for text in refusals.texts_passed(ROOT / path, calls={"_fault", "_refused", "_input"})
        if re.fullmatch(r"[a-z]+( [\w,:.-]+)+", text)
    }

    assert len(phrases) > 20
    assert phrases - set(catalogue()["words"]) == set()


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('Refusal(Kind.CONFLICT, "PLANTED")', "PLANTED has no words"),
        ('Refusal(Kind.CONFLICT, "CASE_TIME_BARRED", {"case": case.id})', "does not give ended_on"),
        ('Refusal(Kind.CONFLICT, "NOT_FOUND", wording="planted")', "has no wording 'planted'"),
        ('Violation("CASE_TIME_BARRED", "APL 36", wording="decision")', "does not give ended_on"),
    ],
)
def test_a_planted_refusal_without_words_or_facts_is_named(tmp_path: Path, source: str, fault: str) -> None:
    (tmp_path / "planted.py").write_text(source)

    [found] = refusals.faults_of({**catalogue()}, refusals.uses([tmp_path / "planted.py"]))

    assert found.startswith("planted.py:1: ")
    assert fault in found


def test_an_entry_in_one_language_is_named() -> None:
    planted = {
        "A": {"zh": "甲"},
        "B": {"zh": "{x}", "en": "{y}"},
        "C": {"zh": "丙", "en": "c", "d": {"en": "d"}},
    }

    assert refusals.faults_of(planted, []) == [
        "A is said in zh alone",
        "B names other facts in zh than in en",
        "C.d is said in en alone",
    ]


def test_the_facts_are_said_in_the_language_of_the_reader() -> None:
    at = datetime(2025, 4, 3, 1, 41, tzinfo=UTC)
    refusal = Refusal(
        Kind.CONFLICT,
        "CASE_TRANSITION_NOT_ALLOWED",
        {"case": "cas_1", "state": "FILED", "act": "the decision", "wanted": ["SERVED", "PERFORMING"]},
    )

    assert refusal.said(Language.ZH) == "案件 cas_1 的状态是已立案;决定须在已送达、履行中状态进行。"
    assert refusal.said(Language.EN) == "Case cas_1 is FILED; the decision needs SERVED, PERFORMING."
    assert str(refusal) == refusal.message == refusal.said(Language.EN)
    window = sentence("CASE_CORRECTION_WINDOW_RUNNING", "", {"case": "c", "until": at}, Language.ZH)
    assert "2025-04-03 09:41:00" in window
    assert "2025-04-03" in sentence(
        "CASE_TIME_BARRED", "", {"case": "c", "ended_on": date(2025, 4, 3)}, Language.EN
    )


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("*", "zh"),
        ("en;q=0.5, zh;q=0.4", "en"), ("fr", "zh"), ("en;q=0", "zh"), ("EN-us", "en"), ("en;q=x", "en"), (";,;", "zh"),
    ],
)  # fmt: skip
def test_the_better_liked_language_answers_and_chinese_by_default(accept: str, language: str) -> None:
    assert preferred(accept) == language
