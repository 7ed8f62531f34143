"""Requests between agencies as wire models."""

from __future__ import annotations

from typing import Any, Final

from common.policy import Actor, Mandate
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId
from common.values.law import NJ_18_1
from data_exchange.contract.exchanges import (
    ClockStopView,
    ClockView,
    ExchangeSummary,
    ExchangeView,
    PaperView,
)
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Clock, Exchange, Pressure, Side
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store.papers import Paper, RequestTexts

_DUTY: Final = (
    "协助事项属于职权范围内的,应当予以协助(行政处罚法第二十六条、NJ 第十八条)。"
    " Within your competence you must assist (APL 26; NJ 18(1))."
)


def agency_of(mandate: Mandate) -> AgencyId:
    """The agency that acts. Refusal DX_NO_AGENCY for a caller without one."""
    if mandate.actor.agency_id is None:
        raise Refusal(RefusalKind.FORBIDDEN, "DX_NO_AGENCY", article=NJ_18_1)
    return mandate.actor.agency_id


def terms_of(runtime: DataExchangeRuntime) -> Terms:
    return Terms(runtime.profile, runtime.calendar)


def summary_view(exchange: Exchange) -> ExchangeSummary:
    return ExchangeSummary(**_head(exchange))


def exchange_view(exchange: Exchange, papers: list[Paper], actor: Actor) -> ExchangeView:
    """The exchange as `actor` sees it."""
    side = exchange.side_of(actor.agency_id)
    is_escalated = exchange.pressure is Pressure.ESCALATED
    return ExchangeView(
        **_head(exchange),
        side=side,
        duty=_DUTY if side is Side.RECEIVER else None,
        answered_at=exchange.answered_at,
        refusal_code=exchange.refusal_code,
        urgings=exchange.urgings,
        supplement=exchange.supplement,
        extension=exchange.extension,
        extension_days=exchange.extension_days,
        closed_at=exchange.closed_at,
        clocks=[clock_view(clock) for clock in exchange.clocks],
        # A supervisor sees what happened. The texts open once silence was escalated (NJ 17, 22).
        papers=[_paper(paper, shows_text=side is not None or is_escalated) for paper in papers],
    )


def _head(exchange: Exchange) -> dict[str, Any]:
    return {
        "exchange_id": exchange.id,
        "kind": exchange.kind,
        "number": exchange.number,
        "agency_id": exchange.agency_id,
        "to_agency_id": exchange.to_agency_id,
        "state": exchange.state,
        "pressure": exchange.pressure,
        "purpose": exchange.purpose,
        "case_id": exchange.case_id,
        "requested_at": exchange.requested_at,
        "due_on": min((clock.deadline.due_on for clock in exchange.running), default=None),
    }


def clock_view(clock: Clock) -> ClockView:
    deadline = clock.deadline
    return ClockView(
        rule=deadline.rule,
        law=deadline.law,
        n=deadline.n,
        unit=deadline.unit,
        holder=deadline.holder,
        trigger_on=deadline.trigger_on,
        raw_on=deadline.raw_on,
        rolled_by=deadline.rolled_by,
        due_on=deadline.due_on,
        due_at=deadline.due_at,
        alarm_on=deadline.alarm_on,
        calendar_version=deadline.calendar_version,
        provisional=deadline.provisional,
        stops=[
            ClockStopView(reason=stop.reason, from_on=stop.from_on, until_on=stop.until_on)
            for stop in clock.stops
        ],
        ended_at=clock.ended_at,
        missed=clock.missed,
    )


def _paper(paper: Paper, *, shows_text: bool) -> PaperView:
    texts = paper.texts if shows_text else None
    head: dict[str, Any] = {
        "n": paper.n,
        "kind": paper.kind,
        "agency_id": paper.agency_id,
        "made_at": paper.made_at,
    }
    if texts is None:
        return PaperView(**head, text=None)
    if isinstance(texts, RequestTexts):
        return PaperView(
            **head,
            subject=texts.subject,
            text=texts.reason,
            basis=[f"《{basis.name}》{basis.article}" for basis in texts.basis],
            items=list(texts.items),
            contact=texts.contact,
        )
    return PaperView(**head, text=texts.text, citation=texts.citation)
