"""When an agency is warned that a certificate runs out (Metrology 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from common.values.law import METROLOGY_9
from device_registry.domain.expiry import Warned, due_warnings, endings
from tests.device_registry.domain.dossiers import CERTIFICATE, COMPLETE, NOON, PROFILE

TODAY = date(2025, 6, 2)


@pytest.mark.law(METROLOGY_9)
@pytest.mark.parametrize(
    "left, threshold", [(61, None), (60, 60), (31, 60), (30, 30), (7, 7), (0, 7), (-1, None)]
)
def test_the_nearest_threshold_is_warned_of_from_its_day_on(left: int, threshold: int | None) -> None:
    ending = replace(CERTIFICATE, valid_until=TODAY + timedelta(days=left))
    dossier = replace(COMPLETE, certificates=(ending,))

    facts = due_warnings(dossier, warned=frozenset(), rules=PROFILE.watch, at=NOON)

    assert [fact.days for fact in facts] == ([] if threshold is None else [threshold])


def test_a_warning_is_given_once_and_not_again_by_the_threshold_before_it() -> None:
    given = Warned(COMPLETE.device.id, CERTIFICATE.certificate_no, CERTIFICATE.valid_until, 30)

    assert due_warnings(COMPLETE, warned=frozenset({given}), rules=PROFILE.watch, at=NOON) == ()


def test_a_certificate_that_lasts_longer_relieves_the_one_that_ends() -> None:
    longer = replace(CERTIFICATE, certificate_no="JL-2", valid_until=date(2026, 6, 1))

    assert [
        e.certificate_no for e in endings(replace(COMPLETE, certificates=(CERTIFICATE, longer)), at=NOON)
    ] == ["JL-2"]
