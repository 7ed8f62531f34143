"""When a report is VERIFIED, FORGED or neither."""

from __future__ import annotations

import pytest

from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Fault, Report


def test_a_report_without_a_check_is_not_verified() -> None:
    report = Report()
    assert report.verdict == NOT_VERIFIED

    report.step("签名 signatures")

    assert report.verdict == NOT_VERIFIED


def test_a_demanded_step_that_stays_open_holds_up_the_verdict_and_another_does_not() -> None:
    report = Report()
    report.step("签名 signatures").check(True, "")
    offered = report.step("见证 witnesses", demanded=False)
    offered.open.append("没有公钥")
    assert (offered.verdict, report.verdict) == (NOT_VERIFIED, VERIFIED)

    offered.demanded = True

    assert report.verdict == NOT_VERIFIED


def test_one_failure_is_forged_even_in_a_step_that_nobody_demanded() -> None:
    report = Report()
    report.step("签名 signatures").check(True, "")
    report.step("见证 witnesses", demanded=False).check(False, "不符")

    assert report.verdict == FORGED
    assert report.lines()[1] == " 不符:见证"


@pytest.mark.parametrize(
    "error, says",
    [
        (Fault("不是本条"), "第 1 条:不是本条"),
        (KeyError("seq"), "第 1 条:缺少 seq"),
        (TypeError("x"), "第 1 条:内容的格式不对(TypeError)"),
        (RecursionError("x"), "第 1 条:内容的格式不对(RecursionError)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_fault_of_form_is_a_failure_that_is_named_in_chinese(error: Exception, says: str) -> None:
    step = Report().step("条目 entries")

    with step.about("第 1 条"):
        raise error

    assert (step.count, step.forged) == (1, [says])
