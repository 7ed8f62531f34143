"""On which days a device rests on the law, by the catalogue's word and by its own papers. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.values.calendar import end_of
from common.values.citations import cited
from common.values.law import APL_41_1
from common.values.profile import BasisLevel
from device_registry.domain.basisending import Announced, ending_bases
from device_registry.domain.citedlaw import CitedLaw, KnownArticle, KnownSuccession, level_in_force
from tests.device_registry.domain.dossiers import COMPLETE, FUNCTION, LAW, NOON, PROFILE

EARLY, LATE = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
LAST = end_of(date(2026, 8, 13))  # the first instant of the last day, 2026-08-14
NEXT = end_of(date(2026, 8, 14))
OLD = cited("中华人民共和国大气污染防治法", "第53条第2款")
NEW = cited("生态环境法典", "第一千条")
AIR = KnownArticle(
    cited("大气污染防治法", "第五十三条"), BasisLevel.LAW, date(2018, 10, 26), date(2026, 8, 14), EARLY, None
)
CODE = KnownArticle(NEW, BasisLevel.LAW, date(2026, 8, 15), None, EARLY, None)
MAPPED = KnownSuccession(AIR.citation, NEW, date(2026, 8, 15), EARLY)


@pytest.mark.law(APL_41_1)
@pytest.mark.parametrize(
    ("law", "last", "following"),
    [
        (CitedLaw(), "LAW", "LAW"),
        (CitedLaw((AIR,)), "LAW", None),
        (CitedLaw((AIR, CODE), (MAPPED,)), "LAW", "LAW"),
        (CitedLaw((AIR, CODE), (replace(MAPPED, published_at=LATE),)), "LAW", None),
        (CitedLaw((AIR, CODE), (replace(MAPPED, from_day=date(2026, 8, 16)),)), "LAW", None),
        (CitedLaw((AIR, replace(CODE, published_at=LATE)), (MAPPED,)), "LAW", None),
        (CitedLaw((replace(AIR, published_at=LATE),)), "LAW", None),
        (CitedLaw((replace(AIR, level=BasisLevel.DEPARTMENT_RULE),)), "DEPARTMENT_RULE", None),
        (CitedLaw((AIR,), (KnownSuccession(AIR.citation, OLD, date(2026, 8, 15), EARLY),)), "LAW", None),
    ],
    ids=["unknown", "repealed", "mapped", "mapped-later", "mapped-from-a-later-day", "code-published-later",
         "repeal-published-later", "level-of-the-catalogue", "circle"],
)  # fmt: skip
def test_a_basis_lasts_to_the_end_of_its_last_day_and_goes_on_in_its_successor(
    law: CitedLaw, last: str | None, following: str | None
) -> None:
    assert level_in_force(OLD, own=BasisLevel.LAW, law=law, at=LAST) == last
    assert level_in_force(OLD, own=BasisLevel.LAW, law=law, at=NEXT) == following


def test_a_correction_that_speaks_for_the_device_heals_no_day_before_it_was_on_record() -> None:
    wrong = replace(AIR, until_day=date(2025, 12, 31), superseded_at=LATE)
    law = CitedLaw((wrong, replace(AIR, published_at=LATE, until_day=None)))

    healed = [level_in_force(OLD, own=BasisLevel.LAW, law=law, at=at) for at in (LAST, LATE)]

    assert healed == [None, "LAW"]


def test_a_paragraph_goes_before_its_article_and_an_inserted_article_is_another_one() -> None:
    ended = replace(AIR, citation=OLD, until_day=date(2025, 12, 31))
    inserted = replace(AIR, citation=cited("大气污染防治法", "第五十三条之一"), until_day=date(2025, 12, 31))

    assert level_in_force(OLD, own=BasisLevel.LAW, law=CitedLaw((AIR, ended)), at=LAST) is None
    assert level_in_force(OLD, own=BasisLevel.LAW, law=CitedLaw((AIR, inserted)), at=LAST) == "LAW"


@pytest.mark.parametrize(("ahead", "warned"), [(61, 0), (60, 1), (0, 1)])
def test_a_basis_that_ends_is_announced_sixty_days_ahead_once(ahead: int, warned: int) -> None:
    last = date.fromordinal(NOON.date().toordinal() + ahead)
    function = replace(FUNCTION, bases=(replace(LAW, until_day=last),))
    dossier = replace(COMPLETE, device=replace(COMPLETE.device, functions=(function,)))

    known = Announced(dossier.device.id, FUNCTION.code, last)
    endings = ending_bases(dossier, announced=frozenset(), rules=PROFILE.register, at=NOON)
    again = ending_bases(dossier, announced=frozenset({known}), rules=PROFILE.register, at=NOON)

    assert [ending.last_on for ending in endings] == [last] * warned
    assert again == ()


@pytest.mark.parametrize(
    ("written", "article"),
    [("第53条第2款", "第五十三条第二款"), (" 第 10 条 ", "第十条"), ("第1005条", "第一千零五条"),
     ("第110条", "第一百一十条"), ("第一百一十四条", "第一百一十四条")],
)  # fmt: skip
def test_an_article_is_cited_in_one_form(written: str, article: str) -> None:
    assert cited("《中华人民共和国示范法》", written) == cited("示范法", article)
