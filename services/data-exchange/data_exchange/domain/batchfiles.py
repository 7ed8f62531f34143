"""The rows of a file of subjects: CSV with a column `subject`, or NDJSON with a field `subject` in each object."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from data_exchange.domain.comparison import Verdict
from data_exchange.domain.filtering import Filtered
from data_exchange.domain.subjects import harmless

CSV: Final = "text/csv"
NDJSON: Final = "application/x-ndjson"
COLUMN: Final = "subject"


def rows_in(content: bytes, media_type: str) -> list[str] | None:
    """The text of each row; an empty text for a row without one. None for what is no such file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if media_type == NDJSON:
        return [_subject_in(line) for line in text.splitlines() if line.strip()]
    table = csv.DictReader(io.StringIO(text, newline=""))
    if COLUMN not in (table.fieldnames or ()):
        return None
    return [str(row[COLUMN] or "") for row in table]


def result_line(row: int, text: str, verdict: Verdict, shown: Filtered | None) -> str:
    """One row of the result as NDJSON. What the caller wrote can be opened in a spreadsheet without harm."""
    line: dict[str, object] = {"row": row, "subject": harmless(text), "verdict": verdict}
    if shown is not None:
        line["rows"] = list(shown.rows)
        line["withheld"] = [{"pointer": each.pointer, "clause": each.clause} for each in shown.withheld]
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def count_of(verdicts: Sequence[Verdict], verdict: Verdict) -> int:
    return sum(each is verdict for each in verdicts)


def _subject_in(line: str) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return ""
    subject = value.get(COLUMN) if isinstance(value, dict) else None
    return subject if isinstance(subject, str) else ""
