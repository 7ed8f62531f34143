"""What a party states, and the files that it hands in with it (APL 41(3), 45)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from common.files.declared import PART_BYTES
from common.web.wire import Digest, In, LongText, Out, Text


class DefenceOrder(In):
    """What the party states. `final` says expressly that nothing more will follow. `files` are numbers of files that it
    handed in before, each for one statement.
    """

    statement: LongText
    final: bool = False
    files: list[Annotated[int, Field(ge=1, le=10_000, strict=True)]] = Field(
        default_factory=list, max_length=1_000
    )


class UploadOrder(In):
    """A file that is to come: its name, its size in bytes, its SHA-256 in hex. Its type is what its bytes show."""

    name: Text
    size: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
    sha256: Digest


class PartView(Out):
    """One part that came."""

    n: int
    size: int
    sha256: str


class UploadView(Out):
    """A file on its way. Parts have up to `part_bytes` bytes each; `parts` are those that are here already, so that a
    broken upload goes on with the others. `is_whole`: the file is in the case, under the same number.
    """

    number: int
    name: str
    size: int
    sha256: str
    part_bytes: int = PART_BYTES
    parts: list[PartView]
    is_whole: bool


class CompletionOrder(In):
    """Every part was sent."""


class FileView(Out):
    """A file of the party in the case. `name` is null in the view of a case, and once the case was erased.

    `scan` is CLEAN, INFECTED or NOT_SCANNED: no scanner looked at it, be careful. `opens` is false for what is infected
    and for what is no PDF, JPEG, PNG, MP4 or text: it is kept as a record, and handed in again in another form.
    `statement` is the number of the statement that names it.
    """

    number: int
    name: str | None
    media_type: str
    size: int
    sha256: str
    scan: str
    opens: bool
    handed_in_at: datetime
    at_counter: bool
    statement: int | None


class StatementView(Out):
    """What the party stated, in its words; null once the case was erased. `adopted` is null until it is answered."""

    number: int
    submitted_at: datetime
    statement: str | None
    final: bool
    answered: bool
    adopted: bool | None
    files: list[FileView]


class StatementList(Out):
    """The statements of a case, in the order in which they came."""

    items: list[StatementView]


class FileList(Out):
    """The files of a case, in the order of their numbers."""

    items: list[FileView]
