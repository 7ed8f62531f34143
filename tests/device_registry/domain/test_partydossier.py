"""The papers that a party is given are those of the second of capture (APL 41(1), (3))."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common.values.calendar import end_of, legal_day
from common.values.law import APL_41_1
from device_registry.domain.device import Dossier
from device_registry.domain.partydossier import papers_at
from tests.device_registry.domain.dossiers import CERTIFICATE, COMPLETE, DAY, FUNCTION, NOON


def certificates(dossier: Dossier, at: datetime) -> list[str]:
    return [each.certificate_no for each in papers_at(dossier, at).certificates[FUNCTION.code]]


@pytest.mark.law(APL_41_1)
def test_a_certificate_counts_to_the_end_of_its_last_day() -> None:
    over = end_of(CERTIFICATE.valid_until)

    assert certificates(COMPLETE, over - timedelta(microseconds=1)) == [CERTIFICATE.certificate_no]
    assert certificates(COMPLETE, over) == []


def test_what_was_recorded_later_is_no_paper_of_that_second() -> None:
    papers = papers_at(COMPLETE, NOON)
    before = papers_at(COMPLETE, NOON - 400 * DAY)

    assert papers.legal_review is not None
    assert papers.technical_review is not None
    assert papers.publication is not None
    assert papers.sign_from is not None
    assert papers.sign_from <= legal_day(NOON)
    assert papers.standards
    assert (before.legal_review, before.publication, before.sign_from, before.standards) == (
        None,
        None,
        None,
        (),
    )


def test_a_sign_that_was_reported_gone_stands_no_more() -> None:
    sign = COMPLETE.signs[0]
    gone = replace(sign, until_day=legal_day(NOON - DAY), recorded_at=NOON + DAY)

    assert papers_at(replace(COMPLETE, signs=(sign, gone)), NOON).sign_from is None
    assert papers_at(replace(COMPLETE, signs=(sign, gone)), NOON - 2 * DAY).sign_from == sign.from_day
