"""The rows of the way from the reviewed defence to the decision. What a fact ends stays on record as void."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, assert_never

import sqlalchemy as sa

from case.domain.discussing import DiscussionConcluded, DiscussionConvened, HeadSpoke
from case.domain.erasure import gone
from case.domain.hearing import HearingNoticeServed, HearingOrdered, HearingRequested
from case.domain.hearingheld import HearingHeld, HearingReported
from case.domain.hearingwithdrawn import HearingRequestWithdrawn
from case.domain.legalreview import LegallyReviewed
from case.domain.procedure import Case, OfCase
from case.domain.recusing import RecusalApplied, RecusalDecided, RecusalDecidedAbove, RecusalVoted
from case.domain.reserving import ServiceDateProven
from case.domain.returning import InvestigationReturned, OfDeliberation
from case.store import collecting
from case.store import deliberationtables as tables
from case.store.deliberationrows import DeliberationRows, discussion_columns, hearing_columns, recusal_columns
from case.store.deliberationtexts import Application, Letter, Placed, Voted, Worded, Words
from case.store.documents import Document
from case.store.tables import documents
from case.store.texts import Texts, given, seal, unseal
from common.door.uow import Tx, View
from common.values.ids import CaseId, OfficerId

DeliberationFact: TypeAlias = (
    InvestigationReturned
    | LegallyReviewed
    | HearingRequested
    | HearingRequestWithdrawn
    | HearingOrdered
    | HearingNoticeServed
    | HearingHeld
    | HearingReported
    | DiscussionConvened
    | HeadSpoke
    | DiscussionConcluded
    | RecusalApplied
    | RecusalVoted
    | RecusalDecided
    | RecusalDecidedAbove
)
"""The facts that these tables hold."""


@dataclass(frozen=True)
class Return:
    """An investigation that was sent back. `reason` and `signed_as` are None once the case was erased."""

    round: int
    returned_by: OfficerId
    returned_at: datetime
    reason: str | None
    signed_as: str | None


async def read(v: View | Tx, row: Mapping[Any, Any]) -> DeliberationRows:
    """What the case of `row`, its own row, has of that way."""
    if not row["has_deliberation"]:
        return DeliberationRows()
    case_id = CaseId(row["id"])
    return DeliberationRows(
        await rows_of(v, tables.hearings, case_id, "number"),
        await rows_of(v, tables.legal_reviews, case_id, "number"),
        await rows_of(v, tables.discussions, case_id, "number"),
        await rows_of(v, tables.heads_opinions, case_id, "number", "given_at"),
        await rows_of(v, tables.recusals, case_id, "number"),
    )


async def rows_of(v: View | Tx, table: sa.Table, case_id: CaseId, *order: str) -> Sequence[Mapping[Any, Any]]:
    """The rows of `table` that belong to the case, but for those about a party that was released."""
    query = sa.select(table).where(table.c.case_id == case_id).order_by(*(table.c[name] for name in order))
    if "released_at" in table.c:
        query = query.where(table.c.released_at.is_(None))
    return (await v.conn.execute(query)).mappings().all()


async def write(tx: Tx, case: Case, fact: DeliberationFact, texts: Texts | None) -> None:
    """Write what `fact` adds or changes, and mark what it ended. `case` is the case after `fact`."""
    match fact:
        case InvestigationReturned():
            row = {"case_id": case.id, "round": case.round}
            row |= {"returned_by": fact.by, "returned_at": fact.returned_at}
            await _add_sealed(tx, fact, tables.investigation_returns, row, given(texts, Words))
        case LegallyReviewed():
            worded = given(texts, Worded)
            await _add_document(tx, fact, worded.document)
            await _add_sealed(tx, fact, tables.legal_reviews, _review_row(case, fact), worded.words)
        case HearingRequested():
            await tx.add(fact, tables.hearings, _hearing_row(case))
        case HearingRequestWithdrawn():
            key = {"case_id": case.id, "number": case.past_hearings[-1].number}
            taken_back = {"is_void": True, "withdrawn_at": fact.withdrawn_at}
            await tx.set(fact, tables.hearings, key, taken_back)
        case HearingOrdered():
            place = given(texts, Placed)
            await _add_document(tx, fact, place.document)
            await _order_hearing(tx, fact, _hearing_row(case) | {"place": place.place})
        case HearingNoticeServed():
            await _set_hearing(tx, case, fact, "served_at")
        case HearingHeld():
            await _add_document(tx, fact, given(texts, Document))
            await _set_hearing(tx, case, fact, "presence", "held_at", "record_id", "examined")
        case HearingReported():
            await _add_document(tx, fact, given(texts, Document))
            await _set_hearing(tx, case, fact, "opinion", "report_id", "reported_at")
        case DiscussionConvened():
            await tx.add(fact, tables.discussions, _discussion_row(case) | {"is_void": False})
        case HeadSpoke():
            assert case.discussion is not None
            row = {"case_id": case.id, "number": case.discussion.number, "officer_id": fact.by}
            row |= {"agrees": fact.agrees, "given_at": fact.given_at}
            await _add_sealed(tx, fact, tables.heads_opinions, row, given(texts, Words))
        case DiscussionConcluded():
            await _add_document(tx, fact, given(texts, Document))
            row = _discussion_row(case)
            key = {"case_id": row.pop("case_id"), "number": row.pop("number")}
            await tx.set(fact, tables.discussions, key, row)
        case RecusalApplied():
            row = {"case_id": case.id} | recusal_columns(case.recusals[-1])
            said = given(texts, Application)
            sealed = await seal(tx.secrets, tables.recusals, row, said)
            await tx.add(fact, tables.recusals, row | {"sealed": sealed})
        case RecusalVoted():
            await _vote(tx, case, fact, given(texts, Voted))
        case RecusalDecided():
            await _add_document(tx, fact, given(texts, Document))
            await _decide_recusal(tx, case, fact, recusal_columns(case.recusals[fact.number - 1]))
        case RecusalDecidedAbove():
            letter, row = given(texts, Letter), recusal_columns(case.recusals[fact.number - 1])
            said = await get_application(tx, case.id, fact.number)
            key = {"case_id": case.id, "number": fact.number}
            row["sealed"] = await seal(tx.secrets, tables.recusals, key, replace(said, letter=letter))
            await _decide_recusal(tx, case, fact, row)
        case _:
            assert_never(fact)
    await void_ended(tx, case, fact)
    await collecting.write_fallen(tx, case, fact)


async def void_ended(tx: Tx, case: Case, fact: OfCase) -> None:
    """Mark as void each hearing, legal review and discussion that `fact` ended. `case` is the case after it."""
    await _void(tx, fact, tables.hearings, case.hearing.number if case.hearing else None)
    await _void(tx, fact, tables.legal_reviews, case.legal_review.number if case.legal_review else None)
    await _void(tx, fact, tables.discussions, case.discussion.number if case.discussion else None)


async def list_opinions(v: View, case_id: CaseId, number: int) -> list[Words]:
    """What the heads said in the discussion `number`, in the order in which they spoke. Refusal CASE_ERASED."""
    table = tables.heads_opinions
    found = []
    for row in await rows_of(v, table, case_id, "given_at"):
        words = unseal(v.secrets, table, row, Words)
        if words is None:
            raise gone(case_id)
        found += [words] if row["number"] == number else []
    return found


def _hearing_row(case: Case) -> dict[str, Any]:
    assert case.hearing is not None
    return {"case_id": case.id, "is_void": False} | hearing_columns(case.hearing)


def _discussion_row(case: Case) -> dict[str, Any]:
    assert case.discussion is not None
    return {"case_id": case.id} | discussion_columns(case.discussion)


async def _order_hearing(tx: Tx, fact: OfDeliberation, row: dict[str, Any]) -> None:
    """The row of a hearing that was ordered: one of the agency's own motion had none."""
    table, key = tables.hearings, {"case_id": row["case_id"], "number": row["number"]}
    query = sa.select(table.c.number).where(
        table.c.case_id == row["case_id"], table.c.number == row["number"]
    )
    if await tx.conn.scalar(query) is None:
        await tx.add(fact, table, row)
    else:
        await tx.set(fact, table, key, {name: value for name, value in row.items() if name not in key})


async def _set_hearing(tx: Tx, case: Case, fact: OfDeliberation, *names: str) -> None:
    row = _hearing_row(case)
    key = {"case_id": case.id, "number": row["number"]}
    await tx.set(fact, tables.hearings, key, {name: row[name] for name in names})


async def _vote(tx: Tx, case: Case, fact: RecusalVoted, voted: Voted) -> None:
    """The first head's word joins the application: both are sealed together, because one column holds them."""
    key = {"case_id": case.id, "number": fact.number}
    said = await get_application(tx, case.id, fact.number)
    sealed = await seal(tx.secrets, tables.recusals, key, replace(said, first_vote_by=voted.signed_as))
    changed = {"voted_by": fact.by, "vote": fact.granted, "sealed": sealed}
    await tx.set(fact, tables.recusals, key, changed)


async def _decide_recusal(
    tx: Tx, case: Case, fact: RecusalDecided | RecusalDecidedAbove, row: dict[str, Any]
) -> None:
    """The row of an application that is decided, and that of a hearing whose chair withdrew: as it was asked for."""
    del row["number"]
    await tx.set(fact, tables.recusals, {"case_id": case.id, "number": fact.number}, row)
    if case.hearing is None:
        return
    row = _hearing_row(case)
    key = {"case_id": row.pop("case_id"), "number": row.pop("number")}
    await tx.set(fact, tables.hearings, key, row)


async def get_application(v: View | Tx, case_id: CaseId, number: int) -> Application:
    """The words of an application that an officer withdraw. Refusal CASE_ERASED."""
    table = tables.recusals
    query = sa.select(table).where(table.c.case_id == case_id, table.c.number == number)
    said = unseal(v.secrets, table, (await v.conn.execute(query)).mappings().one(), Application)
    if said is None:
        raise gone(case_id)
    return said


async def list_returns(v: View, case_id: CaseId) -> list[Return]:
    """Every return of the investigation, the oldest first; without its words once the case was erased."""
    table = tables.investigation_returns
    found = []
    for row in await rows_of(v, table, case_id, "round"):
        words = unseal(v.secrets, table, row, Words)
        reason, name = (words.text, words.signed_as) if words else (None, None)
        by = OfficerId(row["returned_by"])
        found.append(Return(row["round"], by, row["returned_at"], reason, name))
    return found


async def redate(tx: Tx, case: Case, fact: ServiceDateProven) -> None:
    """The row of a hearing whose notice was served at another time than was counted from."""
    hearing = case.hearing
    if hearing is not None and hearing.document_id == fact.document_id:
        key = {"case_id": case.id, "number": hearing.number}
        await tx.set(fact, tables.hearings, key, {"served_at": fact.served_at})


def _review_row(case: Case, fact: LegallyReviewed) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "number": case.reviews,
        "is_void": False,
        "verdict": fact.verdict,
        "reviewed_by": fact.by,
        "reviewed_at": fact.reviewed_at,
        "document_id": fact.document_id,
        "triggers": list(fact.triggers),
        "faults": list(fact.faults),
        "qualification": fact.qualification,
        "statements": fact.statements,
        "wants_discussion": fact.wants_discussion,
        "has_late_note": fact.late_note is not None,
        "distinct_acts": list(fact.distinct),
        "names_new_ground": fact.new_ground is not None,
    }


async def _add_document(tx: Tx, fact: OfDeliberation, document: Document) -> None:
    await tx.add(fact, documents, asdict(document))


async def _add_sealed(
    tx: Tx, fact: OfDeliberation, table: sa.Table, row: dict[str, Any], words: Words
) -> None:
    await tx.add(fact, table, row | {"sealed": await seal(tx.secrets, table, row, words)})


async def _void(tx: Tx, fact: OfCase, table: sa.Table, current: int | None) -> None:
    """Mark every row of `table` but the current one."""
    query = sa.select(table.c.number).where(table.c.case_id == fact.owner, sa.not_(table.c.is_void))
    for number in (await tx.conn.execute(query)).scalars().all():
        if number != current:
            await tx.set(fact, table, {"case_id": fact.owner, "number": number}, {"is_void": True})
