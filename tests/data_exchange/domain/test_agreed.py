"""What an agreement lets a system have: never more than the register, never more than was agreed. No database."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.values.errors import Refusal
from common.values.ids import AgencyId, AgreementId, ApplicationId, PurposeId
from common.values.law import GDS_20, GDS_25, PIPL_6
from data_exchange.domain.agreed import (
    Grant,
    Source,
    clause_of,
    counterpart_objection,
    grant_ended,
    narrowed,
    objection,
    over_calls,
    over_subjects,
    require_level,
)
from data_exchange.domain.agreements import Agreement, Scope, Service
from data_exchange.domain.exchange import Purpose as PurposeCode
from data_exchange.domain.filtering import (
    FieldRule,
    FieldRules,
    RegionRule,
    Transform,
    filtered,
    leaves,
    value_at,
)
from data_exchange.domain.grants import State
from data_exchange.domain.purposes import Purpose
from tests.data_exchange.domain.test_filtering import AGREEMENTS, KEY, POINTERS, ROWS

NOON = datetime(2030, 3, 1, 4, tzinfo=UTC)
TODAY = date(2030, 3, 1)
OURS, THEIRS, OTHERS = (AgencyId.new(NOON) for _ in range(3))
SCOPE = Scope((Service.COMPARISONS,), (), (), 3, 10, 2, TODAY, TODAY)
AGREEMENT = Agreement(AgreementId.new(NOON), ApplicationId.new(NOON), OURS, THEIRS, State.ACTIVE, SCOPE)
PURPOSE = Purpose(
    PurposeId.new(NOON),
    AGREEMENT.id,
    OURS,
    THEIRS,
    PurposeCode.IDENTIFY_PARTY,
    "CG-1",
    "PARKING",
    5,
    State.ACTIVE,
)
GRANT = Grant(AGREEMENT, PURPOSE)
VEHICLES = Source("vehicles", THEIRS)

AGREED = st.lists(
    st.builds(
        lambda pointer, transform, step: FieldRule(
            pointer, transform, f"协议{pointer}", step if transform is Transform.BUCKET else None
        ),
        POINTERS,
        st.sampled_from(Transform),
        st.sampled_from([2, 7, 10]),
    ),
    max_size=6,
    unique_by=lambda field: field.pointer,
).map(tuple)
REGIONS = st.sampled_from([(), ("310100",), ("310101", "320000")])
DIVISIONS = st.sampled_from(["310101", "310115", "320583", "440300", None])


def agreement_of(fields: tuple[FieldRule, ...] = (), regions: tuple[str, ...] = ()) -> Agreement:
    return replace(AGREEMENT, scope=replace(SCOPE, fields=fields, regions=regions))


def _may_show(value: Any, form: Any, rule: FieldRule) -> bool:
    """Whether `form` of `value` is the form of `rule`, or says less than it."""
    match rule.transform:
        case Transform.PASS:
            return True
        case Transform.MASK:
            return form == "*" or form[0] == str(value)[0] and set(form[1:]) == {"*"}
        case Transform.HASH:
            return bool(form == hmac.digest(KEY, str(value).encode(), "sha256").hex())
        case Transform.BUCKET:
            low, high = (
                (int(end) for end in form.rsplit("-", 1)) if not form.startswith("-") else _negative(form)
            )
            assert rule.step is not None
            return low <= value < high and (high - low) % rule.step == 0 and low % rule.step == 0
        case Transform.DROP:
            return False


def _negative(form: str) -> tuple[int, int]:
    first, second = form[1:].split("-", 1)
    return -int(first), int(second)


def _holds(
    rows: list[dict[str, Any]], rules: FieldRules, fields: tuple[FieldRule, ...], regions: tuple[str, ...]
) -> None:
    agreement = agreement_of(fields, regions)
    own, agreed = ({rule.pointer: rule for rule in each} for each in (rules.fields, fields))

    result = filtered(rows, narrowed(rules, agreement, region="/division"), key=KEY)

    allowed = rules.allowed & {rule.pointer for rule in fields if rule.transform is not Transform.DROP}
    assert set(result.fields) <= allowed
    admitted = [row for row in rows if _is_admitted(row, rules, regions)]
    assert len(result.rows) == min(len(admitted), rules.max_rows)
    withheld = {each.pointer: each.clause for each in result.withheld}
    clauses = {rule.clause for rule in (*rules.fields, *fields)} | {rules.clause}
    clauses |= {clause_of(agreement, "fields"), clause_of(agreement, "regions")}
    assert set(withheld.values()) <= clauses | ({rules.rows.clause} if rules.rows else set())
    assert ("/*" in withheld) == (len(result.rows) < len(rows))
    for row, shown in zip(admitted, result.rows, strict=False):
        forms = dict(leaves(shown))
        assert dict(leaves(row)).keys() - forms.keys() <= withheld.keys()
        for pointer, form in forms.items():
            for rule in (own[pointer], agreed[pointer]):
                assert _may_show(value_at(row, pointer), form, rule), (row, pointer, form, rule)


def _is_admitted(row: Mapping[str, Any], rules: FieldRules, regions: tuple[str, ...]) -> bool:
    division = str(value_at(row, "/division"))
    in_region = not regions or any(
        division.startswith(code.rstrip("0") if code != "310100" else "3101") for code in regions
    )
    return in_region and (rules.rows is None or rules.rows.admits(row))


def _with_division(rows: list[dict[str, Any]], divisions: list[str | None]) -> list[dict[str, Any]]:
    return [row | ({"division": code} if code else {}) for row, code in zip(rows, divisions, strict=False)]


CASES = (
    st.builds(_with_division, ROWS, st.lists(DIVISIONS, min_size=4, max_size=4)),
    AGREEMENTS,
    AGREED,
    REGIONS,
)


@given(*CASES)
@settings(max_examples=200, deadline=None)
@pytest.mark.law(GDS_20)
def test_nothing_leaves_but_by_the_register_and_by_the_agreement(
    rows: list[dict[str, Any]], rules: FieldRules, fields: tuple[FieldRule, ...], regions: tuple[str, ...]
) -> None:
    _holds(rows, rules, fields, regions)


@pytest.mark.slow
@given(*CASES)
@settings(max_examples=10_000, deadline=None)
def test_nothing_leaves_but_by_both_in_ten_thousand_agreements(
    rows: list[dict[str, Any]], rules: FieldRules, fields: tuple[FieldRule, ...], regions: tuple[str, ...]
) -> None:
    _holds(rows, rules, fields, regions)


@pytest.mark.parametrize(
    "register, agreed, form",
    [
        ((Transform.PASS, None), (Transform.PASS, None), "1470"),
        ((Transform.PASS, None), (Transform.MASK, None), "1***"),
        ((Transform.MASK, None), (Transform.PASS, None), "1***"),
        ((Transform.BUCKET, 500), (Transform.BUCKET, 300), "0-1500"),
        ((Transform.MASK, None), (Transform.HASH, None), None),
        ((Transform.BUCKET, 500), (Transform.MASK, None), None),
        ((Transform.DROP, None), (Transform.PASS, None), None),
        ((Transform.PASS, None), (Transform.DROP, None), None),
        ((Transform.PASS, None), None, None),
    ],
)
def test_a_field_leaves_in_the_form_that_both_forms_give(
    register: tuple[Transform, int | None], agreed: tuple[Transform, int | None] | None, form: str | None
) -> None:
    rules = FieldRules((FieldRule("/x", register[0], "register", register[1]),), (), 1, "rest")
    fields = (FieldRule("/x", agreed[0], "agreed", agreed[1]),) if agreed else ()

    result = filtered([{"x": 1470}], narrowed(rules, agreement_of(fields), region=None), key=KEY)

    assert [str(row["x"]) for row in result.rows if "x" in row] == ([form] if form else [])
    clause = (
        "register"
        if register[0] is Transform.DROP
        else "agreed"
        if agreed
        else clause_of(AGREEMENT, "fields")
    )
    assert [each.clause for each in result.withheld] == ([] if form else [clause])


@pytest.mark.parametrize(
    "code, division, is_in",
    [
        ("310101", "310101", True),
        ("310101", "310115", False),
        ("310100", "310115", True),
        ("310000", "310115", True),
        ("310000", "320583", False),
        ("310101", None, False),
    ],
)
def test_a_code_takes_in_the_divisions_below_it(code: str, division: str | None, is_in: bool) -> None:
    assert RegionRule("/division", (code,), "regions").admits({"division": division}) is is_in


@pytest.mark.law(GDS_20)
@pytest.mark.law(GDS_25)
def test_a_call_outside_its_grant_is_refused_by_the_part_that_it_leaves() -> None:
    def code(
        grant: Grant = GRANT, source: Source = VEHICLES, purpose: PurposeCode = PURPOSE.code
    ) -> str | None:
        refusal = objection(grant, source, purpose=purpose, case_names=("cas_1", "A-1"))
        return refusal.code if refusal else None

    low = replace(AGREEMENT, scope=replace(SCOPE, level=2))
    local = agreement_of(regions=("310101",))
    assert code() is None
    assert code(replace(GRANT, case_name="A-1")) is code(replace(GRANT, case_name="cas_1")) is None
    assert code(replace(GRANT, case_name="A-2")) == "DX_CASE_NOT_OF_CALL"
    assert code(purpose=PurposeCode.VERIFY_FACT) == "DX_PURPOSE_NOT_AGREED"
    with pytest.raises(Refusal) as refused:
        require_level(replace(GRANT, agreement=low))
    assert refused.value.code == "DX_LEVEL_NOT_AGREED"
    require_level(GRANT)
    assert (
        code(source=Source("permits", OTHERS))
        == code(source=Source("permits", None))
        == "DX_SOURCE_NOT_AGREED"
    )
    assert code(replace(GRANT, agreement=local)) == "DX_REGION_NOT_GIVEN"
    assert code(replace(GRANT, agreement=local), Source("vehicles", THEIRS, "/division")) is None
    refusal = counterpart_objection(GRANT, OURS, OTHERS)
    assert refusal is not None
    assert (refusal.code, refusal.article) == ("DX_AGENCY_NOT_AGREED", GDS_20)
    assert counterpart_objection(GRANT, OURS, THEIRS) is counterpart_objection(None, OTHERS) is None


@pytest.mark.law(PIPL_6)
def test_a_number_is_used_up_after_its_last_one_and_the_day_ends_in_shanghai() -> None:
    over = over_subjects(AGREEMENT, 3, now=NOON)
    calls = over_calls(PURPOSE.id, 5, now=NOON)

    assert over_subjects(AGREEMENT, 2, now=NOON) is None
    assert over is not None
    assert (over.article, over.headers["retry-after"]) == (PIPL_6, str(12 * 3600))
    assert (calls.article, calls.facts) == (GDS_20, {"clause": f"{PURPOSE.id} daily_calls", "most": 5})


def test_a_grant_ends_with_the_agreement_or_the_purpose_or_the_last_day() -> None:
    stopped = replace(GRANT, agreement=replace(AGREEMENT, state=State.SUSPENDED))
    without = replace(GRANT, purpose=replace(PURPOSE, state=State.ARCHIVED))

    assert grant_ended(GRANT, today=TODAY) is None
    ended = [grant_ended(stopped, today=TODAY), grant_ended(without, today=TODAY)]
    ended.append(grant_ended(GRANT, today=date(2030, 3, 2)))
    assert [each.code if each else None for each in ended] == ["DX_GRANT_NOT_IN_FORCE"] * 3
