"""Work without a caller: it places accepted captures in cases, notes backups and services, destroys erased cases."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from case.catalogue.matters import load_published
from case.domain.deadlines import Terms
from case.domain.demanding import is_demand, note_demand_served
from case.domain.doubting import doubt, serve_anew, settle
from case.domain.facts import CaseFact
from case.domain.filing import deny_prompt, note_prompt, prompt_failed
from case.domain.incidents import Place
from case.domain.opening import is_pursued, note_backup
from case.domain.performance import take_effect
from case.domain.procedure import Case
from case.domain.redating import redate
from case.domain.refunding import settle_money
from case.domain.reserving import note_arrival, prove_date
from case.domain.serving import fall_through
from case.domain.territory import is_inside
from case.inquiry import exhibit_of, standing_of
from case.jobs.placing import Arrival, place_capture
from case.jobs.watching import note_invalidated
from case.runtime import CaseRuntime
from case.store import cases
from case.store.texts import ExhibitTexts, Shown
from common.door import erasure
from common.door.erasure import SealedFiles
from common.door.feed import LedgerEntry, follow
from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import Deadline, legal_day
from common.values.ids import AgencyId, CaseId, DocumentId, EvidenceId
from common.values.manner import Manner
from evidence.contract import Evidence

log = logging.getLogger(__name__)

ACCEPTED = "evidence.accepted"
BACKED_UP = "evidence.backed_up"
INVALIDATED = "evidence.invalidated"
SERVED = "document.served"
ARRIVED = "service.arrived"
DATE_PROVEN = "service.date_proven"
ABANDONED = "service.abandoned"
DENIED = "service.arrival_denied"
UPHELD = "service.arrival_upheld"
DELIVERED = "message.delivered"
PROMPT_DENIED = "message.arrival_denied"
FAILED = "message.failed"
EVIDENCE_TYPES = dict.fromkeys((ACCEPTED, BACKED_UP, INVALIDATED), "evidence")
SERVICE_TYPES = dict.fromkeys((DELIVERED, PROMPT_DENIED, FAILED), "message") | dict.fromkeys(
    (SERVED, ARRIVED, DATE_PROVEN, ABANDONED, DENIED, UPHELD), "service"
)


async def follow_evidence(runtime: CaseRuntime) -> None:
    """Place every accepted capture in a case, and note every backup of a capture of ours and every mark against one."""

    async def handle(entry: LedgerEntry) -> None:
        evidence_id = EvidenceId(entry.record["stream"].partition("/")[2])
        match entry.record["type"]:
            case "evidence.accepted":
                await _place(runtime, evidence_id)
            case "evidence.backed_up":
                await _note_backup(runtime, evidence_id)
            case "evidence.invalidated":
                await note_invalidated(runtime, evidence_id, entry.record["data"])

    while await follow(runtime.db, runtime.feed, "evidence", EVIDENCE_TYPES, handle):
        continue


async def follow_service(runtime: CaseRuntime) -> None:
    """Note the fate of every document of ours: a prompt was delivered or not, a document served, its service given up.

    A manner that failed is no fate yet: notification goes on with the next one.
    """

    async def handle(entry: LedgerEntry) -> None:
        await _note(runtime, entry)

    while await follow(runtime.db, runtime.feed, "service", SERVICE_TYPES, handle):
        continue


async def destroy_erased(runtime: CaseRuntime) -> None:
    """Destroy the documents and secrets that approved erasures name."""
    await erasure.carry_out(runtime.db, SealedFiles([runtime.sealed], ["documents"]))


async def begin(runtime: CaseRuntime) -> None:
    """Before the first request: every erasure on record is due again, because its secret may have come back with a
    backup, and the published matters are known.
    """
    await erasure.look_again(runtime.db)
    await load_published(runtime)


async def redate_deadlines(runtime: CaseRuntime) -> None:
    """Date every provisional deadline again whose year has its notice now, each with a record of its own (HOL 2)."""
    async with view(runtime.db, _mandate(Action.CASE_REDATE)) as v:
        case_ids = await cases.list_with_provisional(v)
    calendar = runtime.calendar
    for case_id in case_ids:
        async with change(runtime.db, _mandate(Action.CASE_REDATE)) as tx:
            case = await cases.lock(tx, case_id)
            permit = tx.permit(cases.resource(case))
            # Read under the lock: another process may have dated them again, or archived the case, meanwhile.
            for deadline in await cases.list_provisional(tx, case):
                fact = redate(case, deadline, calendar)
                if fact is not None:
                    case = await cases.save(tx, permit, case, fact)
            settled = settle_money(case, terms=Terms(runtime.profile, calendar), at=tx.now)
            await cases.save(tx, permit, case, *settled)


async def _place(runtime: CaseRuntime, evidence_id: EvidenceId) -> None:
    """Ask what the capture shows, and place it in a case. A capture that a case holds stays there."""
    mandate = _mandate(Action.CASE_OPEN)
    async with view(runtime.db, mandate) as v:
        if await cases.find_by_evidence(v, evidence_id) is not None:
            return
    capture = await Evidence(runtime.peers).capture(evidence_id)
    code = capture.violation_code or ""
    if not is_pursued(code, runtime.profile, on=legal_day(capture.captured_at)):
        log.warning("no case on %s: its matter was not in the published list", evidence_id)
        return
    standing = await standing_of(runtime, capture)
    if not is_inside(standing.division, runtime.profile):
        log.warning("no case on %s: its place is outside the territory", evidence_id)
        return
    where = Place(standing.place, _degrees(standing.longitude), _degrees(standing.latitude))
    shown = Shown(capture.device_code, where, ExhibitTexts(capture.plate))
    exhibit = exhibit_of(capture, device_lawful=standing.allows(code))
    arrival = Arrival(AgencyId(capture.agency_id), standing.division, code, exhibit, shown)
    async with change(runtime.db, mandate) as tx:
        await place_capture(tx, arrival, Terms(runtime.profile, runtime.calendar))


def _degrees(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


async def _note_backup(runtime: CaseRuntime, evidence_id: EvidenceId) -> None:
    async with change(runtime.db, _mandate(Action.CASE_NOTE_BACKUP)) as tx:
        case_id = await cases.find_by_evidence(tx, evidence_id)
        if case_id is None:
            return
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = note_backup(case, evidence_id)
        if fact is not None:
            await cases.save(tx, permit, case, fact)


async def _note(runtime: CaseRuntime, entry: LedgerEntry) -> None:
    """Note the fate of one document. The rule for this kind of record says what follows, often nothing."""
    async with change(runtime.db, _mandate(Action.CASE_NOTE_SERVICE)) as tx:
        case = await cases.lock(tx, CaseId(entry.record["data"]["case_id"]))
        permit = tx.permit(cases.resource(case))
        deadlines = await cases.list_deadlines(tx, case)
        terms = Terms(runtime.profile, runtime.calendar)
        facts = _FOLLOWS[entry.record["type"]](Noting(case, deadlines, terms), entry.record)
        if facts:
            case = await cases.save(tx, permit, case, *facts)
            # A later day of service may leave no surcharge owing, and a settled doubt says what is owed.
            await cases.save(tx, permit, case, *settle_money(case, terms=terms, at=tx.now))


@dataclass(frozen=True)
class Noting:
    """The case whose document had a fate, with its deadlines and the terms."""

    case: Case
    deadlines: Sequence[Deadline]
    terms: Terms


def _served(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    data = record["data"]
    document_id = DocumentId(data["document_id"])
    if is_demand(noting.case, document_id) and noting.case.doubt_about(document_id) is None:
        return note_demand_served(
            noting.case,
            document_id=document_id,
            manner=Manner(data["manner"]),
            served_at=datetime.fromisoformat(data["served_at"]),
            terms=noting.terms,
        )
    if noting.case.doubt_about(document_id) is not None:
        return serve_anew(
            noting.case,
            noting.deadlines,
            document_id=document_id,
            step=data["step"],
            served_at=datetime.fromisoformat(data["served_at"]),
            terms=noting.terms,
        )
    return take_effect(
        noting.case,
        document_id=document_id,
        manner=Manner(data["manner"]),
        served_at=datetime.fromisoformat(data["served_at"]),
        arrived_at=_instant(data["arrived_at"]),
        terms=noting.terms,
    )


def _arrived(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    return note_arrival(
        noting.case,
        noting.deadlines,
        document_id=DocumentId(record["data"]["document_id"]),
        arrived_at=datetime.fromisoformat(record["data"]["arrived_at"]),
        terms=noting.terms,
    )


def _date_proven(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    data = record["data"]
    document_id = DocumentId(data["document_id"])
    moved = prove_date(
        noting.case,
        noting.deadlines,
        document_id=document_id,
        served_at=datetime.fromisoformat(data["served_at"]),
        arrived_at=datetime.fromisoformat(data["arrived_at"]),
        terms=noting.terms,
    )
    return (*moved, *settle(noting.case, document_id=document_id))


def _denied(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    data = record["data"]
    return doubt(noting.case, document_id=DocumentId(data["document_id"]), step=data["n"])


def _upheld(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    return settle(noting.case, document_id=DocumentId(record["data"]["document_id"]))


def _delivered(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    if record["data"]["document_id"] is None:
        return ()  # a notice without a document is none of ours
    document_id, at = DocumentId(record["data"]["document_id"]), datetime.fromisoformat(record["at"])
    fact = note_prompt(noting.case, document_id=document_id, delivered_at=at, terms=noting.terms)
    return (fact,) if fact else ()


def _prompt_denied(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    if record["data"]["document_id"] is None:
        return ()
    case, document_id = noting.case, DocumentId(record["data"]["document_id"])
    fact = deny_prompt(case, document_id=document_id)
    if fact is None and case.prompt_document_id == document_id and case.prompt_delivered_at is not None:
        log.warning("the arrival of the prompt of %s was denied when it was %s", case.id, case.state)
    return (fact,) if fact else ()


def _failed(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    if record["data"]["document_id"] is None:
        return ()
    document_id, reason = DocumentId(record["data"]["document_id"]), record["data"]["reason"]
    fact = prompt_failed(noting.case, document_id=document_id, reason=reason)
    return (fact,) if fact else ()


def _abandoned(noting: Noting, record: dict[str, Any]) -> tuple[CaseFact, ...]:
    data = record["data"]
    fact = fall_through(
        noting.case,
        document_id=DocumentId(data["document_id"]),
        cause=data["cause"],
        reason=data["reason"],
    )
    return (fact,) if fact else ()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_FOLLOWS: Final[dict[str, Callable[[Noting, dict[str, Any]], tuple[CaseFact, ...]]]] = {
    SERVED: _served,
    ARRIVED: _arrived,
    DATE_PROVEN: _date_proven,
    DELIVERED: _delivered,
    PROMPT_DENIED: _prompt_denied,
    FAILED: _failed,
    ABANDONED: _abandoned,
    DENIED: _denied,
    UPHELD: _upheld,
}


def _mandate(action: Action) -> Mandate:
    return authorize(service_actor("case"), action)
