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
