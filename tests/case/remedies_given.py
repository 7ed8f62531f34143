"""What tests of remedies call, and in which order."""

from __future__ import annotations

from typing import Any

APPLICATION = {"request": "请求撤销处罚决定。", "reasons": "当时送病人就医,\n属于紧急情况。"}
OPINION = {"opinion": "事实清楚,证据确凿,维持原处罚决定。"}


def summons(day: str, **changes: Any) -> dict[str, Any]:
    """What the organ told on `day`, all of it on that day."""
    order = {
        "number": None,
        "forum": "RECONSIDERATION",
        "procedure": "ORDINARY",
        "organ": "示范市人民政府",
        "reference": "示复〔2025〕1号",
        "filed_on": day,
        "accepted_on": day,
        "copy_on": day,
    }
    return order | changes


def result(day: str, what: str, document_sha256: str, **changes: Any) -> dict[str, Any]:
    """The end of a remedy, decided and effective on `day`."""
    return {
        "result": what,
        "decided_on": day,
        "effective_on": day,
        "document_sha256": document_sha256,
    } | changes


def calls(case: str) -> list[tuple[str, str, str, Any]]:
    """Every act about the remedies of the case at the path `case`: role, method, path, order."""
    day, remedy = "2025-04-01", f"{case}/remedies/1"
    order = {"ordered_on": day, "order": "通知停止执行。"}
    told = {"applicant_told_at": f"{day}T04:00:00Z", "organ_told_at": f"{day}T04:00:00Z"}
    return [
        ("CASE_OFFICER", "POST", f"{case}/remedies", APPLICATION),
        ("CASE_OFFICER", "GET", f"{case}/remedies", None),
        ("AGENCY_HEAD", "POST", f"{remedy}/forwarding", OPINION),
        ("CASE_OFFICER", "POST", f"{case}/remedy-summons", summons(day)),
        ("AGENCY_HEAD", "POST", f"{remedy}/answer", {"reasons": ["证据确凿。"], "signed_as": "吴示甲"}),
        ("CASE_OFFICER", "POST", f"{remedy}/execution-halt", order | {"ground": "ORGAN"}),
        ("CASE_OFFICER", "POST", f"{remedy}/execution-resumption", order),
        ("CASE_OFFICER", "GET", f"{remedy}/bundle", None),
        ("AGENCY_HEAD", "POST", f"{remedy}/self-correction", told),
        ("CASE_OFFICER", "POST", f"{remedy}/insistence", {}),
        ("CASE_OFFICER", "POST", f"{remedy}/result", result(day, "UPHELD", "ab" * 32)),
    ]
