"""The rows of deferrals, suspensions and executions that each fact adds or changes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Final, TypeAlias, assert_never

import sqlalchemy as sa

from case.domain.defence import DefenceSubmitted
from case.domain.demanding import (
    CaseDemanded,
    DemandObjected,
    DemandObjectionAnswered,
    DemandServed,
)
from case.domain.enforcing import CourtObjected, CourtRuled, EnforcementApplied
from case.domain.erasure import gone
from case.domain.executionends import EnforcementEnded, ExecutionRested, ExecutionTakenUp
from case.domain.procedure import Case, State
from case.domain.recusing import RecusalDecided, RecusalDecidedAbove
from case.domain.redating import DeadlineRedated
from case.domain.relief import ReliefApplied, ReliefGranted, ReliefRefused
from case.domain.reliefservice import ReliefAnswerServed, answered
from case.domain.reserving import ServiceDateProven
from case.domain.serving import ServiceFailed, ServiceOrdered
from case.domain.suspending import CaseResumed, CaseSuspended, SuspensionProposed
from case.store import tables
from case.store.executionrows import execution_columns, relief_columns
from case.store.executiontables import demand_objections, executions, reliefs, suspensions
from case.store.executiontexts import Papered, Said
from case.store.refundrows import refunds
from case.store.remedytables import remedies
from case.store.texts import Texts, given, seal, unseal
from common.door.uow import Tx, View
from common.values.ids import CaseId

EXECUTING: Final = (State.DEMANDED, State.ENFORCEMENT_APPLIED, State.ENFORCEMENT_RULED)
OfReliefFact: TypeAlias = ReliefApplied | ReliefGranted | ReliefRefused | ReliefAnswerServed
OfSuspensionFact: TypeAlias = SuspensionProposed | CaseSuspended | CaseResumed
OfExecutionFact: TypeAlias = (
    CaseDemanded
    | DemandServed
    | DemandObjected
    | DemandObjectionAnswered
    | EnforcementApplied
    | CourtRuled
    | CourtObjected
    | ExecutionRested
    | ExecutionTakenUp
    | EnforcementEnded
)


async def write_answer_service(tx: Tx, case: Case, fact: ServiceOrdered | ServiceFailed) -> None:
    """That the answer about paying later is on its way or was given up; nothing for another document."""
    relief = answered(case, fact.document_id)
    if relief is not None:
        key = {"case_id": case.id, "number": relief.number}
        await tx.set(fact, reliefs, key, {"service_ordered": relief.service_ordered})


async def write_relief(tx: Tx, case: Case, fact: OfReliefFact, texts: Texts | None) -> None:
    """The row of an application to pay later. `case` is the case after `fact`."""
    relief = next(each for each in case.reliefs if each.number == fact.number)
    row = {"case_id": case.id} | relief_columns(relief)
    match fact:
        case ReliefApplied():
            sealed = await seal(tx.secrets, reliefs, row, given(texts, Said))
            await tx.add(fact, reliefs, row | {"sealed": sealed})
        case ReliefGranted() | ReliefRefused():
            made = given(texts, Papered)
            await tx.add(fact, tables.documents, asdict(made.document))
            await _answer(tx, fact, reliefs, row, made.words)
        case ReliefAnswerServed():
            key = {"case_id": case.id, "number": fact.number}
            await tx.set(fact, reliefs, key, {"service_ordered": False, "served_at": fact.served_at})
        case _:
            assert_never(fact)


async def write_suspension(tx: Tx, case: Case, fact: OfSuspensionFact, texts: Texts | None) -> None:
    """The row of a rest of the procedure. A proposal takes the place of one that nobody approved."""
    rest = next(each for each in case.suspensions if each.number == fact.number)
    row = {"case_id": case.id} | asdict(rest)
    key = {"case_id": case.id, "number": fact.number}
    match fact:
        case SuspensionProposed():
            row |= {"sealed": await seal(tx.secrets, suspensions, row, given(texts, Said))}
            query = sa.select(suspensions.c.number).where(
                suspensions.c.case_id == case.id, suspensions.c.number == fact.number
            )
            if await tx.conn.scalar(query) is None:
                await tx.add(fact, suspensions, row)
            else:
                await tx.set(fact, suspensions, key, row | {"released_at": None})
        case CaseSuspended() | CaseResumed():
            await tx.add(fact, tables.documents, asdict(given(texts, Papered).document))
            changed = {"back_to": rest.back_to, "since": rest.since, "until": rest.until}
            await tx.set(fact, suspensions, key, changed)
        case _:
            assert_never(fact)


async def write_way_back(
    tx: Tx, case: Case, fact: DefenceSubmitted | RecusalDecided | RecusalDecidedAbove
) -> None:
    """The state to which a procedure that rests goes back: a statement or a withdrawal may change it."""
    if case.state is State.SUSPENDED:
        rest = case.suspensions[-1]
        key = {"case_id": case.id, "number": rest.number}
        await tx.set(fact, suspensions, key, {"back_to": rest.back_to})


async def write_execution(tx: Tx, case: Case, fact: OfExecutionFact, texts: Texts | None) -> None:
    """The rows of an execution. `case` is the case after `fact`."""
    assert case.execution is not None
    row = {"case_id": case.id} | execution_columns(case.execution)
    match fact:
        case CaseDemanded():
            await tx.add(fact, tables.documents, asdict(given(texts, Papered).document))
            await _put(tx, fact, row)
        case EnforcementApplied():
            await tx.add(fact, tables.documents, asdict(given(texts, Papered).document))
            await tx.set(fact, executions, {"case_id": case.id}, row)
        case DemandServed() | CourtRuled() | CourtObjected() | ExecutionRested() | ExecutionTakenUp():
            await tx.set(fact, executions, {"case_id": case.id}, row)
        case DemandObjected():
            said = case.execution.objections[-1]
            line = {"case_id": case.id} | asdict(said)
            sealed = await seal(tx.secrets, demand_objections, line, given(texts, Said))
            await tx.add(fact, demand_objections, line | {"sealed": sealed})
        case DemandObjectionAnswered():
            said = next(each for each in case.execution.objections if each.number == fact.number)
            line = {"case_id": case.id} | asdict(said)
            await _answer(tx, fact, demand_objections, line, given(texts, Said).words)
        case EnforcementEnded():
            await _end(tx, fact, row, texts)
        case _:
            assert_never(fact)


async def get_grounds(v: View, case_id: CaseId, number: int) -> Said:
    """The party's grounds of its application to pay later. Refusal CASE_ERASED once the case was erased."""
    query = sa.select(reliefs).where(reliefs.c.case_id == case_id, reliefs.c.number == number)
    row = (await v.conn.execute(query)).mappings().one()
    said = unseal(v.secrets, reliefs, row, Said)
    if said is None:
        raise gone(case_id)
    return said


async def list_after_decision(v: View, *, after_id: str, limit: int) -> list[CaseId]:
    """Visible cases in which money or an execution may be due, after `after_id` in their order."""
    table = tables.cases
    due = (State.PERFORMING, State.PERFORMED, *EXECUTING, State.ENFORCED, State.ENFORCEMENT_ENDED)
    refunded = sa.exists().where(
        refunds.c.case_id == table.c.id, refunds.c.refunded_at.is_(None), ~refunds.c.withdrawn
    )
    query = (
        sa.select(table.c.id)
        .where(table.c.id > after_id, sa.or_(table.c.state.in_(due), refunded))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


async def list_lapsing(v: View, today: date) -> list[CaseId]:
    """Cases that were not performed, and for which the last day to ask the court has passed.

    A remedy that ended may have moved that day to before the recorded one, so its cases are asked too.
    """
    deadlines = tables.deadlines
    has_ended_remedy = sa.exists().where(
        remedies.c.case_id == deadlines.c.case_id, remedies.c.ended_on.is_not(None)
    )
    query = (
        sa.select(deadlines.c.case_id)
        .join(tables.cases, tables.cases.c.id == deadlines.c.case_id)
        .where(
            deadlines.c.rule == "apply_court",
            sa.or_(deadlines.c.due_on < today, has_ended_remedy),
            tables.cases.c.state.in_((State.PERFORMING, State.DEMANDED)),
        )
        .order_by(deadlines.c.case_id)
    )
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


async def write_moved(tx: Tx, case: Case, fact: DeadlineRedated | ServiceDateProven) -> None:
    """The days of the demand, where another day of its service moved them."""
    demand = case.execution.demand if case.execution else None
    if demand is None:
        return
    if isinstance(fact, DeadlineRedated):
        if fact.deadline.rule == "answer_demand":
            await tx.set(fact, executions, {"case_id": case.id}, {"answer_until": demand.answer_until})
    elif fact.document_id == demand.document_id:
        await tx.set(fact, executions, {"case_id": case.id}, {"demand_served_at": demand.served_at})


async def _end(tx: Tx, fact: EnforcementEnded, row: dict[str, Any], texts: Texts | None) -> None:
    if fact.document_id is not None:
        made = given(texts, Papered)
        await tx.add(fact, tables.documents, asdict(made.document))
        row |= {"sealed": await seal(tx.secrets, executions, row, Said(made.words or ""))}
    await _put(tx, fact, row)


async def _put(tx: Tx, fact: CaseDemanded | EnforcementEnded, row: dict[str, Any]) -> None:
    """The one row of the execution: a second demand, after a change of the decision, takes the place of the first."""
    query = sa.select(executions.c.case_id).where(executions.c.case_id == fact.owner)
    if await tx.conn.scalar(query) is None:
        await tx.add(fact, executions, row)
    else:
        await tx.set(fact, executions, {"case_id": fact.owner}, row)


async def _answer(
    tx: Tx,
    fact: ReliefGranted | ReliefRefused | DemandObjectionAnswered,
    table: sa.Table,
    row: dict[str, Any],
    answer: str | None,
) -> None:
    """The answer joins the words of the party: both are sealed together, because one column holds them."""
    key = {"case_id": row["case_id"], "number": row["number"]}
    query = sa.select(table).where(table.c.case_id == row["case_id"], table.c.number == row["number"])
    before = (await tx.conn.execute(query)).mappings().one()
    said = unseal(tx.secrets, table, before, Said)
    if said is None:
        raise ValueError(f"the words of {table.name} {row['number']} of {row['case_id']} cannot be read")
    sealed = await seal(tx.secrets, table, row, Said(said.words, answer))
    await tx.set(fact, table, key, row | {"sealed": sealed})
