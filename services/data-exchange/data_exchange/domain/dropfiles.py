"""The rows of a file that a register dropped: CSV, UTF-8, one column of subjects, the same columns in every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from data_exchange.domain.filtering import Row
from data_exchange.domain.subjects import Subject, subject_of

LONGEST: Final = 64 << 20


def fault_of(content: bytes, key: str) -> str | None:
    """Why the file is no file of a register with the subject in column `key`; None if it is one."""
    if len(content) > LONGEST:
        return "TOO_LONG"
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if key not in (table.fieldnames or ()):
            return "NO_SUBJECT_COLUMN"
        # DictReader puts surplus cells under None, and None into the cells that are missing.
        if any(None in row or None in row.values() for row in table):
            return "ROWS_DIFFER"
    except UnicodeDecodeError:
        return "NOT_UTF_8"
    except csv.Error:
        return "NOT_CSV"
    return None


def rows_of(content: bytes, key: str, subjects: Sequence[Subject]) -> tuple[tuple[Row, ...], ...]:
    """The rows about each of `subjects`, in their order. `content` has no fault."""
    rows: dict[Subject, list[Row]] = {subject: [] for subject in subjects}
    kinds = {subject.kind for subject in subjects}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        for kind in kinds:
            subject = subject_of(kind, row[key])
            if subject in rows:
                rows[subject].append(row)
    return tuple(tuple(rows[subject]) for subject in subjects)


def count_of_rows(content: bytes) -> int:
    """How many rows a file without fault has."""
    return sum(1 for _ in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
