"""What a case holds of the collection of evidence (调查取证): records of two officers, and what is kept where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from common.values.ids import DocumentId, OfficerId


class RecordKind(StrEnum):
    """INQUIRY 询问笔录 (D-08), INSPECTION 勘验（检查）、现场笔录 (D-10), REQUEST 调取证据通知书 (D-09)."""

    INQUIRY = "INQUIRY"
    INSPECTION = "INSPECTION"
    REQUEST = "REQUEST"


@dataclass(frozen=True)
class FieldRecord:
    """One record of an act of the investigation, or one request for material.

    `first` wrote it. It is a document once the `second` officer, who was there too, signed it; until then it proves
    nothing (APL 42). `voided`: taken back, or fallen with an officer who withdrew or a party who was released.
    `with_party`: the party or its representative was there, and may read it.
    A request has `due_on`, the last day to provide the material; `is_whole` is None until something was provided.
    """

    number: int
    kind: RecordKind
    first: OfficerId
    began_at: datetime
    ended_at: datetime
    due_on: date | None
    second: OfficerId
    with_party: bool
    document_id: DocumentId | None = None
    voided: bool = False
    provided_at: datetime | None = None
    is_whole: bool | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the second officer."""
        return self.document_id is None and not self.voided

    @property
    def counts(self) -> bool:
        """Whether both officers signed it, and it was not taken back and did not fall."""
        return self.document_id is not None and not self.voided


class Handling(StrEnum):
    """What becomes of evidence that was registered and kept, within the seven days (APL 56)."""

    RETURN = "RETURN"
    RETURN_COPIED = "RETURN_COPIED"
    EXAMINE = "EXAMINE"
    HAND_OVER = "HAND_OVER"
    SEIZE = "SEIZE"


GOES_BACK: Final = (Handling.RETURN, Handling.RETURN_COPIED, Handling.EXAMINE)
"""What belongs to somebody and is held by no other measure: an examination ends, and it goes back then."""


@dataclass(frozen=True)
class Preservation:
    """Evidence that is registered and kept where it is (先行登记保存, APL 56).

    `settle_by` is the last day to decide what becomes of it. If nobody does, the measure ends by itself (`lapsed`), and
    what was kept goes back. `returned_at`: when it did.
    """

    number: int
    proposed_by: OfficerId
    ordered_at: datetime | None = None
    settle_by: date | None = None
    document_id: DocumentId | None = None
    handling: Handling | None = None
    handled_at: datetime | None = None
    handling_document_id: DocumentId | None = None
    lapsed: bool = False
    returned_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the measure is in force: ordered, neither decided about nor ended by itself."""
        return self.ordered_at is not None and self.handling is None and not self.lapsed

    @property
    def is_to_be_returned(self) -> bool:
        """Whether somebody waits for what belongs to them."""
        goes_back = self.lapsed or self.handling in GOES_BACK
        return goes_back and self.returned_at is None


def with_record(records: tuple[FieldRecord, ...], number: int, **values: Any) -> tuple[FieldRecord, ...]:
    """`records` with other values in the one of this number."""
    return tuple(replace(each, **values) if each.number == number else each for each in records)


def with_preservation(
    preservations: tuple[Preservation, ...], number: int, **values: Any
) -> tuple[Preservation, ...]:
    """`preservations` with other values in the one of this number."""
    return tuple(replace(each, **values) if each.number == number else each for each in preservations)
