"""An import as its sender sees it, and the words with which the sender says how to read a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import orjson

from common.door.uow import Tx, View
from common.values.errors import InputError, Kind, Refusal
from common.values.ids import ImportId
from common.values.refusals import fact
from common.web.pages import after, next_cursor
from common.web.telemetry import language
from device_registry.contract import (
    ImportRowPage,
    ImportRowView,
    ImportView,
    InputErrorView,
    ReadView,
)
from device_registry.domain.cells import InventoryRow
from device_registry.domain.columns import Column
from device_registry.domain.datum import Frame, frame_named
from device_registry.domain.inventory import Understood
from device_registry.domain.sheets import Choice, Skipped
from device_registry.inventories.carrying import counted
from device_registry.inventories.opening import Opened
from device_registry.store import campaigns, imports
from device_registry.store.imports import Import, RowAnswer

_MOST_SKIPPED: Final = 50
_READ: Final = re.compile(r"(?P<name>.{1,80}):(?P<field>[a-z_]{1,40})")


def chosen(read: Sequence[str], header: str, datum: str, sheet: str) -> Choice:
    """What the caller says of the file. Refusal IMP_CHOICE for a column or a datum that does not exist."""
    columns: list[tuple[str, Column | None]] = []
    for text in read:
        found = _READ.fullmatch(text)
        field = found["field"] if found else ""
        if found is None or (field != "none" and field not in Column.__members__.values()):
            raise Refusal(Kind.INVALID, "IMP_CHOICE", {"accepted": [*Column, "none"]}, wording="read")
        columns.append((found["name"], None if field == "none" else Column(field)))
    frame = frame_named(datum) if datum else None
    if datum and frame is None:
        raise Refusal(Kind.INVALID, "IMP_CHOICE", {"accepted": list(Frame)}, wording="datum")
    row = None if header == "auto" else 0 if header == "false" else int(header)
    return Choice(tuple(columns), row, sheet or None, frame)


def kept(opened: Opened, understood: Understood) -> str:
    """What a file was understood to say, as the import keeps it (JSON): words are added when it is shown."""
    first = next((row for row in understood.rows if isinstance(row, InventoryRow)), None)
    said = {
        "format": opened.format,
        "encoding": opened.encoding,
        "tables": [
            {
                "sheet": table.sheet,
                "header_row": table.header_row,
                "rows": len(table.rows),
                "datum": table.frame,
                "columns": [
                    {"position": c.position, "heading": c.heading[:80], "read_as": c.column, "why": c.why}
                    for c in table.columns
                ],
            }
            for table in understood.tables
        ],
        "first_row": {str(column): text for column, text in first.claims.items()} if first else {},
        "looks_wrong": [
            {
                "pointer": e.pointer,
                "code": e.code,
                "facts": {n: fact(v) for n, v in e.facts.items()},
                "wording": e.wording,
            }
            for e in understood.looks_wrong
        ],
        "skipped": [
            {"sheet": row.sheet, "row": row.number, "kind": row.kind, "text": row.text}
            for row in understood.skipped
            if row.kind is not Skipped.EMPTY
        ][:_MOST_SKIPPED],
        "skipped_by_kind": {str(kind): times for kind, times in understood.skipped_by_kind().items()},
        "sheets_not_read": list(understood.unread),
    }
    return orjson.dumps(said).decode()


def read_view(opened: Opened, understood: Understood) -> ReadView:
    """How the file was read."""
    return _read_view(kept(opened, understood))


def _read_view(kept_as: str) -> ReadView:
    row: dict[str, Any] = orjson.loads(kept_as)
    said = [InputError(e["pointer"], e["code"], e["facts"], e["wording"]) for e in row["looks_wrong"]]
    return ReadView.model_validate({**row, "looks_wrong": [_error_view(error) for error in said]})


def rehearsed(
    source: str, file_sha256: bytes, read: ReadView, given: Sequence[RowAnswer], *, most: int
) -> ImportView:
    """The answer to a dry run."""
    counts = counted(given)
    return ImportView(
        id=None,
        status="REHEARSED",
        dry_run=True,
        source=source,
        file_sha256=file_sha256.hex(),
        read=read,
        received_at=None,
        concluded_at=None,
        total=len(given),
        done=len(given),
        **vars(counts),
        findings=dict(Counter(finding for answer in given for finding in answer.findings)),
        rows=[row_view(answer) for answer in _first(given, most)],
    )


async def import_view(v: View | Tx, import_id: ImportId, *, most: int) -> ImportView:
    """The import as it stands: the first refused rows, then others, up to `most`."""
    known = await imports.get(v, import_id)
    refused = await imports.list_answers(v, import_id, outcome="REFUSED", limit=most)
    others = await imports.list_answers(v, import_id, limit=most)
    shown = _first([answer for _, answer in sorted(dict([*others, *refused]).items())], most)
    return ImportView(
        id=known.id,
        status="UNDER_WAY" if known.concluded_at is None else "DONE",
        dry_run=False,
        source=known.source,
        file_sha256=known.file_sha256.hex(),
        read=_read_view(known.understood),
        received_at=known.received_at,
        concluded_at=known.concluded_at,
        total=known.total,
        done=known.done,
        **vars(known.counts),
        findings={each.code: each.times for each in await imports.list_findings(v, import_id)},
        not_in_campaigns=await _not_in_campaigns(v, known),
        rows=[row_view(answer) for answer in shown],
    )


async def _not_in_campaigns(v: View | Tx, known: Import) -> list[InputErrorView]:
    """The clean-ups that the agency reports in and that do not have the new devices, each with the reason."""
    if not known.counts.imported:
        return []
    closed = await campaigns.list_frozen_before(v, known.agency_id, known.received_at)
    said = [
        InputError(f"/cleanup-campaigns/{c.id}", "IMP_AFTER_BASELINE", {"campaign": c.id, "as_of": c.as_of})
        for c in closed
    ]
    return [_error_view(each) for each in said]


def _first(given: Sequence[RowAnswer], most: int) -> list[RowAnswer]:
    """Up to `most` answers in the file's order: the refused ones are shown before others take their room."""
    refused = [answer for answer in given if answer.outcome == "REFUSED"][:most]
    others = [answer for answer in given if answer.outcome != "REFUSED"][: most - len(refused)]
    places = {id(answer): at for at, answer in enumerate(given)}
    return sorted([*refused, *others], key=lambda answer: places[id(answer)])


def row_view(answer: RowAnswer) -> ImportRowView:
    return ImportRowView(
        sheet=answer.sheet,
        row=answer.row,
        outcome=answer.outcome,
        device_id=answer.device_id,
        state=answer.state.value if answer.state else None,
        findings=list(answer.findings),
        fields=list(answer.fields),
        errors=[_error_view(error) for error in answer.errors],
        notes=[_error_view(note) for note in answer.notes],
        record_id=answer.record_id,
    )


def row_page(listed: Sequence[tuple[int, RowAnswer]], limit: int) -> ImportRowPage:
    """A page of rows; `listed` holds one more if there is another page."""
    return ImportRowPage(
        items=[row_view(answer) for _, answer in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda each: each[0]),
    )


def place_of(cursor: str) -> int:
    """The place of the last row of the page before; 0 for the first page."""
    return after(cursor, int) or 0


def _error_view(error: InputError) -> InputErrorView:
    return InputErrorView(pointer=error.pointer, code=error.code, message=error.said(language()))
