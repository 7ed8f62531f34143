"""The orders of the people of the story on a case: one body for each act, used by the demo and by the tests."""

from __future__ import annotations

from typing import Any, Final

ATTRIBUTES: Final = {"true": True, "clear": True, "complete": True, "accurate": True}

PROMPT: Final = {"correction": "请立即将车辆移至停车泊位"}

FINDINGS: Final = {"minor": False, "promptly_corrected": False, "harmless": False}

REPORT: Final[dict[str, Any]] = {
    "no_conflict": True,
    "findings": FINDINGS,
    "fine_fen": 10_000,
    "facts": ["该车于人行道停放,两张图片间隔六十秒车辆未移动。"],
    "reasons": ["违反停车规定,且经提示未改正。"],
    "circumstances": {"PRIOR_VIOLATIONS": "NONE", "OBSTRUCTION": "PEDESTRIANS"},
}
"""Signed by each officer with `signed_as`."""

ELECTRONIC: Final = {"manner": "ELECTRONIC"}

DEFENCE: Final = {"statement": "当时下车搬运货物,停留时间很短,请求从轻处理。", "final": True}

ANSWERS: Final = {
    "answers": [{"number": 1, "adopted": False, "reason": "图片显示停放时间已超过允许的临时停留。"}]
}

DECISION: Final[dict[str, Any]] = {
    "kind": "FINE",
    "fine_fen": REPORT["fine_fen"],
    "surcharge_stated": True,
    "correction": {"content": "停止在人行道上停放机动车", "days": 0},
}


def party(party_id: str) -> dict[str, Any]:
    return {
        "party_id": party_id,
        "kind": "PERSON",
        "age_group": "ADULT",
        "name": "张示民",
        "identity_kind": "居民身份证",
        "identity_number": "310101199001010018",
        "address": "示范市黄浦区示范路1号",
        "sources": ["VEHICLE_REGISTER", "POPULATION_REGISTER"],
    }


def filing_application(second_officer_id: str) -> dict[str, Any]:
    reason = "提示后未在期限内改正,占用人行道影响通行。"
    return {"second_officer_id": second_officer_id, "findings": FINDINGS, "reason": reason}


def consent(statement: dict[str, Any]) -> dict[str, Any]:
    """The consent to what `statement` (GET /v1/e-service-statement) offers, as it offers it."""
    return {
        "documents": statement["documents"],
        "channel": statement["channels"][0],
        "address": "inbox",
        "text_version": statement["text_version"],
    }
