"""Remedies between the domain and the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from case.contract.remedies import RemedyOptionView, RemedyTaskView, RemedyView, RemedyWordsView
from case.domain.procedure import Case
from case.domain.reconsidering import is_through_agency
from case.domain.remedies import Forum, Late, Procedure, Remedy
from case.domain.remedying import due_duties
from case.store.remedytexts import RemedyTexts
from common.values.calendar import Deadline
from common.values.law import ALL_67, ARL_32, ARL_48, ARL_54, ARL_70, Article

_OPTIONS: Final = {Late.HANDLING: ["SELF_CORRECT", "FORWARD"], Late.ANSWER: ["ANSWER"]}


def remedy_view(remedy: Remedy) -> RemedyView:
    return RemedyView(
        number=remedy.number,
        forum=remedy.forum,
        through_agency=remedy.is_through_agency,
        stage=remedy.stage,
        is_open=remedy.is_open,
        filed_on=remedy.filed_on,
        in_time=remedy.in_time,
        handle_until=remedy.handle_until,
        procedure=remedy.procedure,
        accepted_on=remedy.accepted_on,
        answer_until=remedy.answer_until,
        answer_document_id=remedy.answer_document_id,
        told_on=remedy.told_on,
        execution_halted=remedy.halt,
        ended_on=remedy.ended_on,
        late=list(remedy.late),
        tasks=[_task(remedy, duty, until) for duty, until in due_duties(remedy)],
    )


def options_of(case: Case, deadlines: Sequence[Deadline]) -> list[RemedyOptionView]:
    """The remedies that are open against the decision; none while one of them is under way."""
    if case.decision is None or case.served_at is None or any(each.is_open for each in case.remedies):
        return []
    known = {deadline.rule: deadline for deadline in deadlines}
    options = [
        RemedyOptionView(way=way, until=known[rule].due_at, law=law or known[rule].law, href=href)
        for way, rule, law, href in (
            ("THROUGH_AGENCY", "reconsideration", ARL_32.cite, f"/v1/cases/{case.id}/remedies"),
            ("RECONSIDERATION", "reconsideration", None, None),
            ("LITIGATION", "litigation", None, None),
        )
        if rule in known
    ]
    return [each for each in options if each.href is None or is_through_agency(case)]


def words_view(number: int, texts: RemedyTexts | None) -> RemedyWordsView:
    return RemedyWordsView(number=number, **asdict(texts or RemedyTexts()))


def _task(remedy: Remedy, duty: Late, until: datetime) -> RemedyTaskView:
    return RemedyTaskView(
        task=duty,
        options=_OPTIONS[duty],
        until=until,
        law=_law(remedy, duty).cite,
        is_late=duty in remedy.late,
        consequence=_no_answer() if duty is Late.ANSWER else None,
    )


def _no_answer() -> str:
    return (
        f"不按规定提出书面答复、提交作出决定的证据和依据的,视为该决定没有证据、依据({ARL_70.zh})。"
        f" Without a written answer with its evidence in time the decision is held to have none ({ARL_70})."
    )


def _law(remedy: Remedy, duty: Late) -> Article:
    if duty is Late.HANDLING:
        return ARL_32
    if remedy.forum is Forum.LITIGATION:
        return ALL_67
    return ARL_54 if remedy.procedure is Procedure.SIMPLIFIED else ARL_48
