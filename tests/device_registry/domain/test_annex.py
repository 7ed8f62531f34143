"""Annex 1: the rows, the total and the filling notes. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.values.law import PJ_ANNEX_1
from common.values.profile import BasisLevel
from device_registry.domain.annex import (
    INCOMPLETE,
    NO_BASIS,
    CleanupResult,
    DeviceLine,
    Header,
    Reason,
    cited,
    compose,
    faults,
)
from device_registry.domain.cleanup import Category
from device_registry.domain.device import Basis
from device_registry.domain.money import amount_in
from tests.device_registry.domain.dossiers import DEVICE, LAW

STOP, KEEP = CleanupResult.STOP_USE, CleanupResult.KEEP_USE
HEADER = Header("示范市城管局", "填报员", "12345", date(2025, 6, 2))
DOCUMENT = Basis(
    BasisLevel.NORMATIVE_DOCUMENT,
    "监控设置通知",
    "",
    date(2020, 1, 1),
    None,
    "示范市城管局",
    "示城管〔2020〕3号",
)
UNLAWFUL = Reason(Category.CU_1, "没有法律、行政法规依据")


def line(*reasons: Reason, result: CleanupResult = KEEP, **changes: Any) -> DeviceLine:
    known: dict[str, Any] = {"scenario": "情形甲", "bases": (LAW,), "fines_fen": 100, "remark": ""}
    given = known | changes
    return DeviceLine(
        DEVICE.id, given["scenario"], given["bases"], given["fines_fen"], reasons, result, given["remark"]
    )


def codes(*lines: DeviceLine, header: Header = HEADER) -> list[str]:
    return [fault.code for fault in faults(compose(lines), header)]


_REASONS = [Reason(category, text) for category in Category for text in ("子", "丑")]
LINES = st.lists(
    st.tuples(
        st.sampled_from("甲乙丙"),
        st.sampled_from([(), (LAW,), (DOCUMENT,), (LAW, DOCUMENT)]),
        st.integers(0, 10**12),
        st.sampled_from([(), *((reason,) for reason in _REASONS), tuple(_REASONS[:3])]),
        st.sampled_from(CleanupResult),
    ).map(lambda drawn: DeviceLine(DEVICE.id, *drawn)),
    max_size=15,
)


@pytest.mark.law(PJ_ANNEX_1)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES)
def test_PJ_A_6_the_total_is_the_sum_of_the_rows_and_every_device_is_stopped_or_kept(
    devices: list[DeviceLine],
) -> None:
    annex = compose(devices)
    total = annex.total

    assert total.devices == len(devices) == sum(row.devices for row in annex.rows)
    assert (
        total.fines_fen == sum(each.fines_fen for each in devices) == sum(row.fines_fen for row in annex.rows)
    )
    assert total.stopped + total.kept == total.devices
    assert total.stopped == sum(each.result is STOP for each in devices)
    assert [row.number for row in annex.rows] == list(range(1, len(annex.rows) + 1))
    keys = [(row.scenario, row.basis, row.needs_cleanup, row.result) for row in annex.rows]
    assert len(set(keys)) == len(keys)


def test_an_annex_in_order_has_no_fault() -> None:
    rectified = line(UNLAWFUL, remark="已整改,2025-06-01恢复使用")

    assert codes(line(), line(UNLAWFUL, result=STOP, bases=()), rectified) == []


@pytest.mark.parametrize(
    "lines, expected",
    [
        ((), ["ANX_NOTHING_DECLARED"]),
        ((line(result=STOP),), ["ANX_RESULT_VALUE"]),
        ((line(UNLAWFUL),), ["ANX_REASON_REQUIRED"]),
        ((line(bases=()),), ["ANX_REASON_REQUIRED"]),
    ],
)
def test_each_filling_note_has_its_fault(lines: tuple[DeviceLine, ...], expected: list[str]) -> None:
    assert codes(*lines) == expected


def test_a_changed_total_or_result_is_noticed() -> None:
    annex = compose([line()])
    row = annex.rows[0]

    assert [f.code for f in faults(replace(annex, total=replace(annex.total, devices=2)), HEADER)] == [
        "ANX_TOTAL_MISMATCH"
    ]
    retyped = replace(annex, rows=(replace(row, basis="见附件"),))
    assert [f.code for f in faults(retyped, HEADER)] == ["ANX_BASIS_FORMAT"]
    renamed = replace(annex, rows=(replace(row, result="暂停使用"),))
    assert "ANX_RESULT_VALUE" in [f.code for f in faults(renamed, HEADER)]
    assert [f.code for f in faults(annex, replace(HEADER, contact=" "))] == ["ANX_HEADER_INCOMPLETE"]


def test_a_basis_is_written_as_note_2_asks() -> None:
    assert cited(LAW) == "《中华人民共和国道路交通安全法》第一百一十四条"
    assert cited(DOCUMENT) == "《监控设置通知》(示范市城管局,示城管〔2020〕3号)"
    assert compose([line(bases=(replace(LAW, level=BasisLevel.NONE),))]).rows[0].basis == NO_BASIS


@pytest.mark.law(PJ_ANNEX_1)
@pytest.mark.parametrize(
    "basis, written",
    [
        (replace(LAW, article=""), "《中华人民共和国道路交通安全法》(条款未载明)"),
        (replace(LAW, article="见附件"), "《中华人民共和国道路交通安全法》(条款未载明)"),
        (
            replace(LAW, level=BasisLevel.UNKNOWN, title="某办法;某通知", article=""),
            "《某办法、某通知》(条款未载明)",
        ),
        (replace(DOCUMENT, organ="", number=""), "《监控设置通知》(发文机关未载明,文号未载明)"),
        (replace(DOCUMENT, number=""), "《监控设置通知》(示范市城管局,文号未载明)"),
    ],
)
def test_a_basis_that_lacks_a_part_says_so_and_does_not_keep_the_annex_from_being_handed_in(
    basis: Basis, written: str
) -> None:
    """A baseline is frozen, so an agency with an old inventory could never complete it."""
    [row] = compose([line(bases=(basis,))]).rows

    assert (row.basis, row.remark) == (written, INCOMPLETE)
    assert codes(line(bases=(basis,))) == []
    # The remark of the basis is no remark that says how the device was rectified.
    assert codes(line(UNLAWFUL, bases=(basis,))) == ["ANX_REASON_REQUIRED"]


@pytest.mark.parametrize(
    "basis, written",
    [
        (replace(LAW, article="第一百三十三条之一"), "《中华人民共和国道路交通安全法》第一百三十三条之一"),
        (
            replace(DOCUMENT, title="关于《条例》的通知", organ="示范市城管局(综合执法局)"),
            "《关于〈条例〉的通知》(示范市城管局(综合执法局),示城管〔2020〕3号)",
        ),
    ],
)
def test_an_unusual_citation_is_complete(basis: Basis, written: str) -> None:
    [row] = compose([line(bases=(basis,))]).rows

    assert (row.basis, row.remark, codes(line(bases=(basis,)))) == (written, "", [])


def test_reasons_name_each_item_once_and_count_their_devices() -> None:
    sign = Reason(Category.CU_7, "没有设置标志。")
    annex = compose([line(UNLAWFUL, sign, result=STOP), line(UNLAWFUL, result=STOP)])

    assert annex.rows[0].reason == "第1项:没有法律、行政法规依据(2台);第7项:没有设置标志"


@pytest.mark.parametrize(
    "fen, unit, amount", [(12345, "YUAN", "123.45"), (12_345_678, "WAN_YUAN", "12.35"), (0, "YUAN", "0.00")]
)
def test_an_amount_has_two_places_in_the_unit_of_the_profile(fen: int, unit: str, amount: str) -> None:
    assert f"{amount_in(fen, unit)}" == amount
