"""The public side of the register on the wire: the code on a sign, and the lists of past days."""

from __future__ import annotations

from datetime import date, datetime

from common.values.ids import DeviceId, PublicListId
from common.web.wire import Out, Page


class SignCodeView(Out):
    """What stands on the sign of a device: the QR code holds `address` alone, `lines` are printed beside it."""

    device_id: DeviceId
    address: str
    lines: list[str]


class PublicListView(Out):
    """The public list at the end of `day`: so many lines, the SHA-256 of the file, the root of its tree (RFC 6962).

    `stream` names the record in the ledger that holds these figures.
    """

    list_id: PublicListId
    day: date
    devices: int
    sha256: str
    root: str
    taken_at: datetime
    stream: str


class PublicListPage(Page[PublicListView]):
    """The lists of past days, the newest first."""


class PublicationProofView(Out):
    """The device stood on the list of that day: `line`, without its end, is the leaf `index` of the list's tree.

    `path` leads from the leaf to `root`, hashes in hex, the lowest first. `extract` is the address of the ledger's own
    proof for the record that holds `root`.
    """

    of: PublicListView
    device_id: DeviceId
    index: int
    line: str
    path: list[str]
    extract: str
