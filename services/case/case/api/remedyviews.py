"""Remedies between the domain and the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from case.contract.remedies import OrganView, RemedyOptionView, RemedyTaskView, RemedyView, RemedyWordsView
from case.domain.deadlines import Terms
from case.domain.procedure import Case
from case.domain.reconsidering import is_through_agency
from case.domain.remedies import Forum, Late, Procedure, Remedy
from case.domain.remedying import due_duties
from case.store.remedytexts import RemedyTexts
from common.values.calendar import Deadline, legal_day
from common.values.law import ALL_67, ARL_32, ARL_48, ARL_54, ARL_70, ARR_58, Article
from common.values.profile import Office

_OPTIONS: Final = {Late.HANDLING: ["SELF_CORRECT", "FORWARD"], Late.ANSWER: ["ANSWER"], Late.ANEW: ["DECIDE"]}


def remedy_view(case: Case, remedy: Remedy) -> RemedyView:
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
        insisted_on=remedy.insisted_on,
        execution_halted=remedy.halt,
        ended_on=remedy.ended_on,
        result=remedy.result,
        flaw=remedy.flaw,
        anew_until=remedy.anew.until if remedy.anew else None,
        late=list(remedy.late),
        tasks=[_task(remedy, duty, until) for duty, until in due_duties(case, remedy)],
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
            ("RECONSIDERATION", _period_of(known), None, None),
            ("LITIGATION", "litigation", None, None),
        )
        if rule in known
    ]
    return [each for each in options if each.href is None or is_through_agency(case)]


def _period_of(known: Mapping[str, Deadline]) -> str:
    """The period of reconsideration that runs: after the agency's own correction, what is left of it."""
    return "reconsideration_left" if "reconsideration_left" in known else "reconsideration"


def organ_view(case: Case, remedy: Remedy, office: Office, terms: Terms, *, at: datetime) -> OrganView:
    """The organ that is named to who insists. Of a correction alone: others have their period in the case."""
    assert remedy.period_on is not None
    assert remedy.period_stop is not None
    left = terms.reconsideration_left(remedy.period_on, remedy.period_stop)
    return OrganView(
        organ=office.reconsideration_organ,
        organ_url=office.reconsideration_url,
        until=left.due_at,
        days_left=max(0, (left.due_on - legal_day(at)).days),
    )


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
    if duty is not Late.ANSWER:
        return ARL_32 if duty is Late.HANDLING else ARR_58
    if remedy.forum is Forum.LITIGATION:
        return ALL_67
    return ARL_54 if remedy.procedure is Procedure.SIMPLIFIED else ARL_48
