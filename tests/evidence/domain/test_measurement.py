"""What is deducted from a measured value, on the figures where the permissible error changes its form."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from common.values.errors import Refusal
from common.values.law import METROLOGY_9
from evidence.domain.checks import Code, Result, Standing, check
from evidence.domain.measurement import (
    Measured,
    Measurement,
    PermissibleError,
    Quantity,
    Requirement,
    measure,
)
from evidence.domain.review import propose_acceptance
from tests.evidence.domain.test_checks import CAPTURE, LAWFUL, ONE
from tests.evidence.domain.test_review import ALL, TAKEN, WANG
from tests.evidence.domain.test_review import NOON as REVIEWED

# A radar whose certificate states 4 km/h below 100 km/h and 4 % from there on.
RADAR = PermissibleError(Decimal(4), Decimal(4), Decimal(100))
LIMIT = Requirement("CM-0107", Quantity.SPEED, "km/h", Decimal(60), RADAR)
SCALES = Requirement(
    "CM-0107", Quantity.WEIGHT, "kg", Decimal(49000), PermissibleError(percent=Decimal("2.5"))
)


def speed(value: str) -> Measured:
    return Measured(Quantity.SPEED, Decimal(value), "km/h")


@pytest.mark.law(METROLOGY_9)
@pytest.mark.parametrize(
    ("value", "error", "deducted", "exceeds"),
    [
        ("64", "4", "60", False),  # at the limit is within it
        ("64.01", "4", "60.01", True),
        ("99.99", "4", "95.99", True),
        ("100", "4.00", "96.00", True),
        ("133.33", "5.34", "127.99", True),  # 5.3332: what is rounded away would not be deducted
        ("3", "4", "-1", False),
    ],
)
def test_the_error_is_deducted_in_the_partys_favour(
    value: str, error: str, deducted: str, exceeds: bool
) -> None:
    held = measure(speed(value), LIMIT)

    assert (held.error, held.deducted, held.exceeds) == (Decimal(error), Decimal(deducted), exceeds)
    assert held.limit == 60


def test_a_percentage_alone_is_of_the_value() -> None:
    held = measure(Measured(Quantity.WEIGHT, Decimal("50256.42"), "kg"), SCALES)

    assert (held.error, held.deducted, held.exceeds) == (Decimal("1256.42"), Decimal("49000.00"), False)


def test_a_value_of_another_quantity_or_unit_is_no_value() -> None:
    for other in (None, Measured(Quantity.WEIGHT, Decimal(70), "kg"), replace(speed("70"), unit="mph")):
        held = measure(other, LIMIT)
        assert (held.value, held.deducted, held.exceeds) == (None, None, False)


@pytest.mark.law(METROLOGY_9)
@pytest.mark.parametrize(
    ("measured", "codes"),
    [("64.01", ()), ("64", (Code.WITHIN_LIMIT,)), (None, (Code.NO_VIOLATION,))],
    ids=["above", "at the limit", "no value"],
)
def test_a_machine_refuses_a_value_that_shows_no_violation(
    measured: str | None, codes: tuple[Code, ...]
) -> None:
    standing = replace(LAWFUL, requirements=(LIMIT,))
    capture = replace(CAPTURE, measured=speed(measured) if measured else None)

    fact = check(capture, standing, media=ONE, ruleset=None)

    assert fact.codes == codes
    assert fact.result is (Result.FAILED if codes else Result.PASSED)
    assert [held.limit for held in fact.measurements] == [60]


def test_a_rule_set_of_measured_values_refuses_a_function_that_measures_none() -> None:
    fact = check(CAPTURE, LAWFUL, media=ONE, ruleset="CITY@1", measured=True)

    assert fact.codes == (Code.NO_VIOLATION,)


def test_of_several_violations_one_that_the_value_shows_or_that_needs_none_suffices() -> None:
    unnamed = replace(CAPTURE, violation_code=None, measured=speed("70"))
    heavier = replace(LIMIT, violation_code="CM-0302", limit=Decimal(90))
    two = replace(LAWFUL, violation_codes=("CM-0107", "CM-0302"), requirements=(LIMIT, heavier))
    picture = replace(two, violation_codes=("CM-0302", "CM-0109"), requirements=(heavier,))

    def codes(value: str, standing: Standing) -> tuple[Code, ...]:
        return check(replace(unnamed, measured=speed(value)), standing, media=ONE, ruleset=None).codes

    assert codes("70", two) == ()
    assert codes("64", two) == (Code.WITHIN_LIMIT,)
    assert codes("70", picture) == ()


@pytest.mark.law(METROLOGY_9)
def test_no_officer_names_a_violation_that_the_value_does_not_show() -> None:
    held: Measurement = measure(speed("64"), LIMIT)

    with pytest.raises(Refusal) as refusal:
        propose_acceptance(
            replace(TAKEN, measurements=(held,)), WANG, ALL, violation_code="CM-0107", at=REVIEWED
        )

    assert (refusal.value.code, refusal.value.article) == ("EVD_LIMIT_NOT_EXCEEDED", METROLOGY_9)
    assert [v.code for v in refusal.value.violations] == ["E-FAC-03"]
