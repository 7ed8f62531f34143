"""What happened in a case, in the order it happened: every line is a fact of the API with its time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Event:
    """Something that happened at `at` (RFC 3339). `what` is a word of `desk.event`; `about` names it nearer."""

    at: str
    what: str
    about: str = ""
    document_id: str = ""
    officer_id: str = ""


_MOMENTS: Final = (
    ("opened_at", "opened"),
    ("prompt_delivered_at", "prompt_delivered"),
    ("filed_at", "filed"),
    ("served_at", "decision_served"),
)


def events_of(case: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]) -> list[Event]:
    """The events of a case with its documents, the oldest first."""
    return sorted([*_of_case(case), *_of_documents(documents)], key=lambda event: event.at)


def _of_case(case: Mapping[str, Any]) -> Iterator[Event]:
    for exhibit in case["exhibits"]:
        yield Event(exhibit["captured_at"], "captured", exhibit["place"])
    for name, what in _MOMENTS:
        if case[name]:
            yield Event(case[name], what)
    for notice in case["notices"]:
        if notice["served_at"]:
            yield Event(notice["served_at"], "notice_served")
    for stated in case["defences"]:
        yield Event(stated["submitted_at"], "defended", str(stated["number"]))
    decision, payment = case["decision"], case["payment"]
    if decision:
        yield Event(decision["decided_at"], "decided", officer_id=decision["decided_by"])
    for part in payment["parts"] if payment else ():
        yield Event(part["paid_at"], "paid")
    if payment and payment["paid_at"]:
        yield Event(payment["paid_at"], "covered")


def _of_documents(documents: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    for document in documents:
        yield Event(document["made_at"], "document", document["kind"], document_id=document["id"])
