"""Noting who asked about whom, in the change that records the question: on the lines, or held by a deferral."""

from __future__ import annotations

from collections.abc import Sequence

from common.door.uow import Tx
from common.policy import Permit
from common.values.ids import UsageLineId
from data_exchange.domain.comparison import (
    Comparison,
    ComparisonAnswered,
    ComparisonRead,
    ComparisonRefused,
    ComparisonState,
)
from data_exchange.domain.deferrals import Deferral, DeferralState, hold
from data_exchange.domain.subjects import Subject
from data_exchange.domain.usages import Usage, identifier_of, note, usage_again, usage_of
from data_exchange.store import deferrals, usages


async def note_question(
    tx: Tx, permit: Permit, fact: ComparisonAnswered | ComparisonRefused, subject: Subject | None
) -> None:
    """Note a question about one subject, the refused one too; nothing where the text was no subject."""
    if subject is not None:
        await note_about(tx, permit, [subject], usage_of(fact, at=tx.now))


async def note_reading(tx: Tx, permit: Permit, comparison: Comparison, fact: ComparisonRead) -> None:
    """Note that somebody looked at the answer about one subject again."""
    if comparison.state is not ComparisonState.ANSWERED:
        return  # nothing was given, or a file: its result is fetched whole, and the fetching is on record
    lines = await usages.list_lines_of(tx, comparison.id)
    await _note(tx, permit, lines, usage_again(comparison, fact, at=tx.now))


async def note_about(tx: Tx, permit: Permit, subjects: Sequence[Subject], usage: Usage) -> None:
    """Note `usage` once for each of the subjects."""
    identifiers = {identifier_of(subject, usage.case_id) for subject in subjects} - {None}
    lines = await usages.lines_of(tx.secrets, sorted(text for text in identifiers if text is not None))
    await _note(tx, permit, sorted(line.id for line in lines), usage)


async def _note(tx: Tx, permit: Permit, line_ids: list[UsageLineId], usage: Usage) -> None:
    if not line_ids:
        return
    deferral = await _in_force(tx, usage)
    if deferral is not None:
        await usages.hold(tx, permit, hold(deferral, len(line_ids)), line_ids, usage)
        return
    numbers = await usages.next_numbers(tx, line_ids)
    await usages.add(
        tx, permit, *(note(line_id, usage, nth=nth) for line_id, nth in zip(line_ids, numbers, strict=True))
    )


async def _in_force(tx: Tx, usage: Usage) -> Deferral | None:
    """The deferral that binds this usage. One whose last day is over binds nothing, even before its end is recorded."""
    if usage.case_id is None:
        return None
    standing = await deferrals.find_standing(tx, usage.case_id)
    is_in_force = standing is not None and standing.state is DeferralState.IN_FORCE
    return standing if standing is not None and is_in_force and not standing.is_over(tx.now) else None
