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
    """Something that happened, in the law's words. `owner` is the object whose stream it enters.

    `begins` says of a kind of fact that its object is made by it, so that its stream has no record before it. The door
    believes this, and asks the database where it is not so.
    """

    type: ClassVar[str]
    v: ClassVar[int] = 1
    begins: ClassVar[bool] = False

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
        return {name: plain(getattr(self, name)) for name in _names(type(self)) if name != "owner"}


def _names(of: type[Any]) -> tuple[str, ...]:
    names = _NAMES.get(of)
    if names is None:
        names = _NAMES[of] = tuple(field.name for field in fields(of))
    return names


_NAMES: dict[type[Any], tuple[str, ...]] = {}


_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def plain(value: Any) -> Any:
    """`value` as the JSON of a record. Raises TypeError for a float or an unknown type."""
    if type(value) in _AS_THEY_ARE:
        return value
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
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    raise TypeError(f"a record cannot hold a {type(value).__name__}")
