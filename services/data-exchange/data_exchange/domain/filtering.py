"""The field filter: an agreement says which fields of a register's rows an agency may have, and in which form.

    rows of the register ─ row rules, most rows ─▶ rows ─ each leaf by its pointer ─▶ pass | mask | hash | bucket | drop

A field is named by its JSON pointer (RFC 6901). A field that no rule names is dropped. The filter runs after the query
and before the answer is hashed, and the answer says what was withheld and by which clause.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Leaf: TypeAlias = tuple[str, Any]

_MARK: Final = "*"
LEAST_STEP: Final = 2
"""The least width of a bucket: one of width 1 would show the value."""


class Transform(StrEnum):
    """In which form a field leaves."""

    PASS = "PASS"
    MASK = "MASK"
    HASH = "HASH"
    BUCKET = "BUCKET"
    DROP = "DROP"


@dataclass(frozen=True)
class FieldRule:
    """One field of an agreement: its pointer, its form, the clause that says so. `step` is the width of a bucket."""

    pointer: str
    transform: Transform
    clause: str
    step: int | None = None


@dataclass(frozen=True)
class RowRule:
    """Only rows whose field at `pointer` is one of `one_of` belong to the agreement, for example one district."""

    pointer: str
    one_of: tuple[str, ...]
    clause: str

    def admits(self, row: Row) -> bool:
        return str(value_at(row, self.pointer)) in self.one_of


@dataclass(frozen=True)
class RegionRule:
    """Only rows of these divisions belong to the agreement. `codes` are those of GB/T 2260.

    A code that ends in `00` is that of a city or a province and takes in the divisions below it.
    """

    pointer: str
    codes: tuple[str, ...]
    clause: str

    def admits(self, row: Row) -> bool:
        division = str(value_at(row, self.pointer))
        return any(division.startswith(_stem(code)) for code in self.codes)


@dataclass(frozen=True)
class FieldRules:
    """What one agreement lets through. `testable` are the fields that may be compared without being shown.

    `clause` is the clause by which everything else is withheld. Raises ValueError for rules that contradict each other.
    """

    fields: tuple[FieldRule, ...]
    testable: tuple[str, ...]
    max_rows: int
    clause: str
    rows: RowRule | None = None
    regions: RegionRule | None = None

    def __post_init__(self) -> None:
        pointers = [field.pointer for field in self.fields]
        if len(set(pointers)) != len(pointers):
            raise ValueError("a field has one rule")
        if self.max_rows < 1:
            raise ValueError("an agreement lets at least one row through")
        for field in self.fields:
            if not field.pointer.startswith("/"):
                raise ValueError("a field is named by its JSON pointer")
            if (field.transform is Transform.BUCKET) != (field.step is not None and field.step >= LEAST_STEP):
                raise ValueError("a bucket has a width of two or more, and nothing else has")

    @property
    def allowed(self) -> frozenset[str]:
        """The pointers that may appear in an answer."""
        return frozenset(field.pointer for field in self.fields if field.transform is not Transform.DROP)

    @property
    def row_rules(self) -> tuple[RowRule | RegionRule, ...]:
        """The rules that a row must meet to belong to the agreement."""
        return tuple(rule for rule in (self.rows, self.regions) if rule is not None)

    def admits(self, row: Row) -> bool:
        """Whether the row belongs to the agreement."""
        return all(rule.admits(row) for rule in self.row_rules)


@dataclass(frozen=True)
class Withheld:
    """A field, or `/*` for whole rows, that the agreement keeps back."""

    pointer: str
    clause: str


@dataclass(frozen=True)
class Filtered:
    """Rows as they may leave, and what was withheld from them."""

    rows: tuple[Row, ...]
    withheld: tuple[Withheld, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The pointers of every field that the rows hold."""
        return tuple(sorted({pointer for row in self.rows for pointer, _ in leaves(row)}))


def filtered(rows: Sequence[Row], rules: FieldRules, *, key: bytes) -> Filtered:
    """What of `rows` may leave. `key` makes hashed values comparable within one agreement and useless outside it."""
    withheld: dict[Withheld, None] = {}
    own = [row for row in rows if rules.admits(row)]
    for rule in rules.row_rules:
        if not all(rule.admits(row) for row in rows):
            withheld[Withheld("/*", rule.clause)] = None
    if len(own) > rules.max_rows:
        withheld[Withheld("/*", rules.clause)] = None
    by_pointer = {field.pointer: field for field in rules.fields}
    kept_rows = []
    for row in own[: rules.max_rows]:
        shown: dict[str, Any] = {}
        for pointer, value in leaves(row):
            field = by_pointer.get(pointer)
            form = _formed(field, value, key) if field is not None else None
            if form is None:
                withheld[Withheld(pointer, field.clause if field is not None else rules.clause)] = None
            else:
                _put(shown, pointer, form)
        kept_rows.append(shown)
    ordered = sorted(withheld, key=lambda each: (each.pointer, each.clause))
    return Filtered(tuple(kept_rows), tuple(ordered))


def leaves(row: Row, above: str = "") -> Iterator[Leaf]:
    """Each field of `row` with its pointer. A list is one field: a pointer cannot name a field of each of its items."""
    for name, value in row.items():
        pointer = f"{above}/{_escaped(str(name))}"
        if isinstance(value, Mapping):
            yield from leaves(value, pointer)
        else:
            yield pointer, value


def value_at(row: Row, pointer: str) -> Any:
    """The field of `row` that `pointer` names; None where there is none."""
    return next((value for name, value in leaves(row) if name == pointer), None)


def _formed(field: FieldRule, value: Any, key: bytes) -> Any:
    """`value` in the form that its rule demands; None where nothing of it may leave."""
    if isinstance(value, list) and not all(isinstance(item, str | int | bool) for item in value):
        return None  # the items hold fields that no pointer names
    match field.transform:
        case Transform.PASS:
            return value
        case Transform.MASK:
            return _masked(str(value))
        case Transform.HASH:
            return hmac.digest(key, str(value).encode(), "sha256").hex()
        case Transform.BUCKET:
            return _bucket(value, field.step)
        case Transform.DROP:
            return None


def _masked(text: str) -> str:
    """The first character alone; a single character is masked too."""
    return text[0] + _MARK * (len(text) - 1) if len(text) > 1 else _MARK


def _bucket(value: Any, step: int | None) -> str | None:
    """The half-open interval in which an integer lies, `40-50`; anything else has no interval."""
    if step is None or not isinstance(value, int) or isinstance(value, bool):
        return None
    low = value // step * step
    return f"{low}-{low + step}"


def _stem(code: str) -> str:
    """The digits that a code of GB/T 2260 shares with the divisions below it."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _put(row: dict[str, Any], pointer: str, value: Any) -> None:
    *path, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    for part in path:
        row = row.setdefault(part, {})
    row[last] = value
