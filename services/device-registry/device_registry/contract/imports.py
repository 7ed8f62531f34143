"""The answer to an inventory."""

from __future__ import annotations

from typing import Literal

from common.values.ids import DeviceId, ImportId
from common.web.wire import Out
from device_registry.contract.words import StateName


class InputErrorView(Out):
    pointer: str
    code: str
    message: str


class ImportRowView(Out):
    """One row of the file: `row` is its line. A refused row names in `errors` the cell and the accepted values."""

    row: int
    outcome: Literal["IMPORTED", "UNCHANGED", "REFUSED"]
    device_id: DeviceId | None = None
    state: StateName | None = None
    findings: list[str] = []
    errors: list[InputErrorView] = []
    record_id: str | None = None


class ImportView(Out):
    """The answer to a whole file: every row is in `rows`, in the file's order.

    `id` is null where nothing was imported: a rehearsal, or a file that was imported before.
    """

    id: ImportId | None
    source: str
    file_sha256: str
    dry_run: bool
    total: int
    imported: int
    unchanged: int
    refused: int
    findings: dict[str, int]
    rows: list[ImportRowView]
