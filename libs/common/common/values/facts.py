"""Facts: the events of the law, in its words.

A rule in some `domain/` returns a Fact; the door (`common.door.uow`) puts it into a record, signs it and
keeps it beside the row it explains. A fact holds ids, codes, digests, counts, times: never free text,
never a float, never personal data. A text enters as a `Commitment` whose salt the service keeps.

`ledger.canonical` gives the bytes of a fact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

from common.values.ids import Id
from ledger.canonical import instant


@dataclass(frozen=True)
class Commitment:
    """A digest of a value that is kept elsewhere: SHA-256(16-byte salt || JCS([field, value])).

    Deleting salt and value erases the person and leaves every proof standing.
    """

    digest: bytes


@dataclass(frozen=True)
class Fact:
    """Something that happened, in the law's words. `owner` is the object whose stream it enters."""

    type: ClassVar[str]
    v: ClassVar[int] = 1

    owner: Id

    @property
    def stream(self) -> str:
        return self.owner.stream

    @property
    def subject(self) -> str | None:
        """The related object that the record names, for example the device of a capture."""
        return None

    def body(self) -> dict[str, Any]:
        """The record's `data`: every field but the owner, in the bytes' own types."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name != "owner"}


def plain(value: Any) -> Any:
    """`value` as the JSON of a record. Raises TypeError for a float or an unknown type."""
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value)
        case int() | str():
            return str(value) if isinstance(value, str) else value
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes():
            return value.hex()
        case Commitment():
            return {"c": value.digest.hex()}
        case tuple() | list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"a record cannot hold a {type(value).__name__}")
