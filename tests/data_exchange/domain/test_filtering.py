"""The field filter: whatever an agreement says, no other field leaves. No database, no clock."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_exchange.domain.filtering import (
    FieldRule,
    FieldRules,
    Filtered,
    RowRule,
    Transform,
    Withheld,
    filtered,
    leaves,
)

KEY = bytes(32)
NAMES = st.sampled_from(["a", "b", "c", "a/b", "a~b", "姓名", ""])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2),
    st.just([{"secret": "x"}]),
)  # fmt: skip
ROWS = st.lists(
    st.dictionaries(NAMES, st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=2)), max_size=3),
    max_size=4,
)
POINTERS = st.lists(
    st.sampled_from(["a", "b", "c", "a~1b", "a~0b", "姓名", "secret", ""]), min_size=1, max_size=2
).map(lambda parts: "/" + "/".join(parts))
FIELDS = st.builds(
    lambda pointer, transform: FieldRule(
        pointer, transform, "第一条", 10 if transform is Transform.BUCKET else None
    ),
    POINTERS,
    st.sampled_from(Transform),
)
AGREEMENTS = st.builds(
    FieldRules,
    fields=st.lists(FIELDS, max_size=5, unique_by=lambda field: field.pointer).map(tuple),
    testable=st.just(()),
    max_rows=st.integers(1, 3),
    clause=st.just("第二条"),
    rows=st.none() | st.builds(RowRule, POINTERS, st.just(("1", "x")), st.just("第三条")),
)


def _holds(rows: list[dict[str, Any]], rules: FieldRules) -> None:
    result = filtered(rows, rules, key=KEY)

    assert set(result.fields) <= rules.allowed
    assert len(result.rows) <= rules.max_rows
    withheld = {each.pointer for each in result.withheld}
    for row, shown in zip(rows, result.rows, strict=False):
        if rules.rows is None:
            missing = {pointer for pointer, _ in leaves(row)} - {pointer for pointer, _ in leaves(shown)}
            assert missing <= withheld


@given(ROWS, AGREEMENTS)
@settings(max_examples=100, deadline=None)
def test_the_fields_of_an_answer_are_among_those_agreed(
    rows: list[dict[str, Any]], rules: FieldRules
) -> None:
    _holds(rows, rules)


@pytest.mark.slow
@given(ROWS, AGREEMENTS)
@settings(max_examples=10_000, deadline=None)
def test_the_fields_of_an_answer_are_among_those_of_ten_thousand_agreements(
    rows: list[dict[str, Any]], rules: FieldRules
) -> None:
    _holds(rows, rules)


def _one(transform: Transform, value: Any, step: int | None = None) -> Filtered:
    rules = FieldRules((FieldRule("/x", transform, "第一条", step),), (), 1, "第二条")
    return filtered([{"x": value}], rules, key=KEY)


@pytest.mark.parametrize(
    "transform, value, step, form",
    [
        (Transform.PASS, "张三", None, "张三"),
        (Transform.MASK, "张三", None, "张*"),
        (Transform.MASK, "张", None, "*"),
        (Transform.BUCKET, 49, 10, "40-50"),
        (Transform.BUCKET, -1, 10, "-10-0"),
    ],
)
def test_a_field_leaves_in_the_form_that_was_agreed(
    transform: Transform, value: Any, step: int | None, form: str
) -> None:
    assert _one(transform, value, step).rows == ({"x": form},)


@pytest.mark.parametrize(
    "transform, value, step",
    [
        (Transform.DROP, "张三", None),
        (Transform.BUCKET, "张三", 10),
        (Transform.BUCKET, True, 10),
        (Transform.PASS, [{"id": 1}], None),
    ],
    ids=["drop", "no-number", "no-number-either", "a-list-with-fields-that-nobody-named"],
)
def test_what_has_no_agreed_form_stays_here(transform: Transform, value: Any, step: int | None) -> None:
    result = _one(transform, value, step)

    assert result.rows == ({},)
    assert result.withheld == (Withheld("/x", "第一条"),)


def test_a_hash_is_equal_for_equal_values_under_one_key_alone() -> None:
    rules = FieldRules((FieldRule("/x", Transform.HASH, "第一条"),), (), 2, "第二条")

    first, second = filtered([{"x": "1"}, {"x": "1"}], rules, key=KEY).rows
    (other,) = filtered([{"x": "1"}], rules, key=b"\x01" * 32).rows

    assert first == second != other


@pytest.mark.parametrize(
    "fields, max_rows",
    [
        ((FieldRule("/x", Transform.PASS, "一"), FieldRule("/x", Transform.MASK, "一")), 1),
        ((FieldRule("x", Transform.PASS, "一"),), 1),
        ((FieldRule("/x", Transform.BUCKET, "一"),), 1),
        ((), 0),
    ],
    ids=["twice", "no-pointer", "no-width", "no-row"],
)
def test_rules_that_contradict_themselves_are_refused(fields: tuple[FieldRule, ...], max_rows: int) -> None:
    with pytest.raises(ValueError):
        FieldRules(fields, (), max_rows, "第二条")
