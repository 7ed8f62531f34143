"""Between the row of a party's file and its value in the domain. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from case.domain.files import File
from case.store.filetables import files
from case.store.filetexts import FileTexts
from case.store.texts import unseal
from common.door.secrets import Secrets
from common.files.scanned import Scan
from common.values.ids import OfficerId, PartyId


def file_of(row: Mapping[Any, Any]) -> File:
    """The file that `row` holds."""
    return File(
        row["number"],
        row["sha256"],
        row["size"],
        row["media_type"],
        Scan(row["scan"]),
        row["handed_in_at"],
        PartyId(row["party_id"]),
        OfficerId(row["taken_by"]) if row["taken_by"] else None,
        row["statement"],
    )


@dataclass(frozen=True)
class FileName:
    """The name under which the file with this number was sent; None once its case was erased."""

    number: int
    name: str | None


def names_of(secrets: Secrets, rows: Sequence[Mapping[Any, Any]]) -> tuple[FileName, ...]:
    """The names of the files in `rows`."""
    known = ((row["number"], unseal(secrets, files, row, FileTexts)) for row in rows)
    return tuple(FileName(number, texts.name if texts else None) for number, texts in known)


def name_in(names: Sequence[FileName], number: int) -> str | None:
    """The name of the file with this number."""
    return next((each.name for each in names if each.number == number), None)
