"""The named deadlines of a case: each on its article, in its unit, rolled only for the party."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from case.domain.deadlines import Terms
from case.domain.disclosure import Reading, disclose
from common.values.calendar import Deadline, Holder
from common.values.law import (
    AES_22_1,
    ALL_46,
    APL_36,
    APL_45,
    APL_60,
    APL_61,
    APL_67,
    ARL_20,
    CITY_PERIOD,
    NJ_15,
    Article,
)
from tests.case.domain import walk

# Friday 26 September 2025, 10 o'clock in Shanghai: the National Day holidays lie ahead.
FRIDAY = datetime(2025, 9, 26, 2, 0, tzinfo=UTC)

NAMED: dict[str, tuple[Callable[[Terms, datetime], Deadline], Article, str, str]] = {
    "identify_party": (Terms.identify_party, CITY_PERIOD, "AGENCY", "2025-09-29"),
    "prompt": (Terms.prompt, NJ_15, "AGENCY", "2025-09-28"),
    "file": (Terms.file, CITY_PERIOD, "AGENCY", "2025-10-11"),
    "decide": (Terms.decide, APL_60, "AGENCY", "2025-12-25"),
    "defence": (Terms.defence, APL_45, "PARTY", "2025-10-10"),
    "review_defence": (Terms.review_defence, CITY_PERIOD, "AGENCY", "2025-10-10"),
    "serve_decision": (Terms.serve_decision, APL_61, "AGENCY", "2025-10-13"),
    "pay": (Terms.pay, APL_67, "PARTY", "2025-10-11"),
    "reconsideration": (Terms.reconsideration, ARL_20, "PARTY", "2025-11-25"),
    "litigation": (Terms.litigation, ALL_46, "PARTY", "2026-03-26"),
    "limitation": (Terms.limitation, APL_36, "EFFECT", "2027-09-26"),
    "oversight_reply": (Terms.oversight_reply, AES_22_1, "AGENCY", "2025-10-16"),
    "close": (Terms.close, CITY_PERIOD, "AGENCY", "2025-10-11"),
    "archive": (Terms.archive, CITY_PERIOD, "AGENCY", "2025-10-26"),
}


@pytest.mark.law(APL_36, APL_45, APL_60, APL_61, APL_67, ARL_20, ALL_46, CITY_PERIOD, NJ_15)
@pytest.mark.parametrize("rule", list(NAMED))
def test_each_deadline_rests_on_its_article_and_falls_on_its_day(rule: str) -> None:
    named, law, holder, day = NAMED[rule]

    found = named(walk.TERMS, FRIDAY)

    assert (found.rule, found.law, found.holder) == (rule, law.cite, Holder(holder))
    assert found.due_on.isoformat() == day
    assert found.provisional is False


def test_a_service_late_in_the_evening_counts_for_that_day() -> None:
    late = datetime(2025, 9, 26, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2025, 9, 26, 16, 0, tzinfo=UTC)

    assert walk.TERMS.defence(late).trigger_on.isoformat() == "2025-09-26"
    assert walk.TERMS.defence(after_midnight).trigger_on.isoformat() == "2025-09-27"


@pytest.mark.parametrize(
    ("reader", "reading"),
    [("party", Reading.OWN_CASE), ("officer", Reading.CASE_HANDLING), ("svc", Reading.SERVICE)],
)
def test_every_reading_of_a_document_says_what_for(reader: str, reading: Reading) -> None:
    case = walk.opened()

    fact = disclose(case.id, walk.NOTICE, sha256=walk.SHA, reader=reader)

    assert (fact.reading, fact.stream, fact.subject) == (
        reading,
        f"case/{case.id}",
        f"document/{walk.NOTICE}",
    )
