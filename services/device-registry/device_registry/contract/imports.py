"""The answer to an inventory."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.values.ids import DeviceId, ImportId
from common.web.wire import Out, Page
from device_registry.contract.words import StateName

OutcomeName = Literal["IMPORTED", "UPDATED", "UNCHANGED", "REFUSED"]


class InputErrorView(Out):
    pointer: str
    code: str
    message: str


class ColumnReadView(Out):
    """One column of the file. `read_as` is null for a column that was not read, and `why` then says the reason.

    UNKNOWN: no heading that we know; name it with `read=HEADING:FIELD`. CHOSEN: another column has this meaning and
    tells the devices apart better. SEQUENCE: running numbers. EXCLUDED: the caller said so.
    """

    position: str
    heading: str
    read_as: str | None
    why: Literal["", "UNKNOWN", "CHOSEN", "SEQUENCE", "EXCLUDED"] = ""


class TableReadView(Out):
    """One table of the file. `header_row` is null where the caller said that there is none."""

    sheet: str | None
    header_row: int | None
    rows: int
    datum: str | None
    columns: list[ColumnReadView]


class SkippedRowView(Out):
    """A row that is no device, and what it was taken for."""

    sheet: str | None
    row: int
    kind: Literal["TITLE", "HEADING", "SUM", "NOTE", "EMPTY"]
    text: str


class ReadView(Out):
    """What the file was understood to say, before anything else: look here first.

    `first_row` is the first device as it was read. `skipped` holds the first fifty rows that are no devices and are not
    empty; `skipped_by_kind` counts them all.
    """

    format: Literal["CSV", "TSV", "WORKBOOK"]
    encoding: str | None
    tables: list[TableReadView]
    first_row: dict[str, str]
    looks_wrong: list[InputErrorView]
    skipped: list[SkippedRowView]
    skipped_by_kind: dict[str, int]
    sheets_not_read: list[str]


class ImportRowView(Out):
    """One row of the file. A refused row names in `errors` the cell and the accepted values.

    `notes` say what was left open or put right. `fields` are the columns that an UPDATED row changed.
    """

    sheet: str | None = None
    row: int
    outcome: OutcomeName
    device_id: DeviceId | None = None
    state: StateName | None = None
    findings: list[str] = []
    fields: list[str] = []
    errors: list[InputErrorView] = []
    notes: list[InputErrorView] = []
    record_id: str | None = None


class ImportRowPage(Page[ImportRowView]):
    """Rows of an import in the file's order."""


class ImportView(Out):
    """The answer to a whole file: how it was read, then its rows by outcome.

    `status`: REHEARSED for a dry run, UNDER_WAY while `done` is less than `total`, else DONE. `rows` are the first 200
    of them, the refused ones before the others; all are under `/rows`, and in the file that `/file` returns.
    `not_in_campaigns` says of each clean-up whose baseline was frozen before that the new devices are not in it.
    """

    id: ImportId | None
    status: Literal["REHEARSED", "UNDER_WAY", "DONE"]
    dry_run: bool
    source: str
    file_sha256: str
    read: ReadView
    received_at: datetime | None
    concluded_at: datetime | None
    total: int
    done: int
    imported: int
    updated: int
    unchanged: int
    refused: int
    findings: dict[str, int]
    not_in_campaigns: list[InputErrorView] = []
    rows: list[ImportRowView]
