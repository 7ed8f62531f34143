"""The next rows of a file, compared with its register."""

from __future__ import annotations

from dataclasses import dataclass

from data_exchange.connectors import look_up
from data_exchange.connectors.findings import Fault
from data_exchange.domain import batches as rules
from data_exchange.domain.agreed import narrowed
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.batches import Batch, BatchRowsCompared
from data_exchange.domain.batchfiles import result_line, rows_in
from data_exchange.domain.comparing import verdict_of
from data_exchange.domain.comparison import Verdict
from data_exchange.domain.filtering import Filtered, filtered
from data_exchange.domain.registers import Register
from data_exchange.domain.subjects import Subject, subject_of
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import subjects
from data_exchange.store.batches import ResultTexts


@dataclass(frozen=True)
class Compared:
    """The verdicts of some rows, their lines, and the subjects that were asked about."""

    fact: BatchRowsCompared
    texts: ResultTexts
    subjects: tuple[Subject, ...]


async def compared(
    runtime: DataExchangeRuntime, batch: Batch, register: Register, agreement: Agreement | None
) -> Compared | None:
    """The next rows of `batch`, compared; None if the register does not answer.

    `agreement` is the one under which a system sent the file.
    """
    stream = batch.id.stream
    content = b"".join([await runtime.sealed.get(part.sha256, of=stream) for part in batch.parts])
    texts = (rows_in(content, batch.media_type) or [])[batch.done : batch.done + register.at_once]
    asked = [subject_of(batch.subject_kind, text) for text in texts]
    sound = [subject for subject in asked if subject is not None]
    said = await look_up(runtime, register, batch.comparison.kind, sound)
    if isinstance(said, Fault):
        return None
    key = await subjects.hash_key(runtime.db.secrets, register.name, agreement.id if agreement else None)
    rules_of = narrowed(register.rules, agreement, region=register.region) if agreement else register.rules
    shown = iter([filtered(rows, rules_of, key=key) for rows in said.rows])
    results: list[Filtered | None] = [next(shown) if subject is not None else None for subject in asked]
    verdicts = [_verdict(batch, result) for result in results]
    lines = tuple(
        result_line(batch.done + n, text, verdict, result)
        for n, (text, verdict, result) in enumerate(zip(texts, verdicts, results, strict=True))
    )
    fact = rules.compare_rows(
        batch,
        verdicts,
        abouts=await subjects.marks(runtime.db.secrets, batch.id, sound),
        fields=[pointer for result in results if result is not None for pointer in result.fields],
        latency_ms=said.latency_ms,
    )
    return Compared(fact, ResultTexts(lines), tuple(sound))


def _verdict(batch: Batch, result: Filtered | None) -> Verdict:
    return Verdict.INVALID if result is None else verdict_of(batch.comparison.kind, len(result.rows))
