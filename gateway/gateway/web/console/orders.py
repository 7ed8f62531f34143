"""Forms made from the contract: the model of an act's order in the OpenAPI document becomes the fields of a page.

    order's schema ─ fields_of ─▶ fields ─ page ─▶ what was typed ─ body_of ─▶ the order
                                                    fault_names  ◀─ JSON pointers of a refusal

The contract says which fields there are, which are required and what they may hold; the API judges what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from common.values.clock import BEIJING

Typed = Mapping[str, Sequence[str]]
"""What a form brought: each field's texts by its name."""

_LONG: Final = 300
_MOST_ROWS: Final = 100
_DIGITS: Final = re.compile(r"[0-9]{1,15}")
_AMOUNT: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")


class Kind(Enum):
    """How a field is shown and read."""

    TEXT = "text"
    AREA = "area"
    LINES = "lines"
    YES_NO = "yes_no"
    CHOICE = "choice"
    MANY = "many"
    NUMBER = "number"
    MONEY = "money"
    INSTANT = "instant"
    DAY = "day"
    OFFICER = "officer"
    OFFICERS = "officers"
    CAPTURES = "captures"
    PROOF = "proof"
    PROOFS = "proofs"
    MAP = "map"
    GROUP = "group"
    ROWS = "rows"


@dataclass(frozen=True)
class Field:
    """One field. `name` is where it stands in the order, `findings.minor`; `key` its last word.

    The parts of a group or of a row are `fields`; a row's names have a `*` for its number until it is numbered.
    """

    name: str
    key: str
    kind: Kind
    required: bool
    options: tuple[str, ...] = ()
    default: str = ""
    least: int = 0
    fields: tuple[Field, ...] = ()

    def numbered(self, n: int) -> tuple[Field, ...]:
        """The fields of the row `n` of ROWS, the first being 0."""
        return tuple(_renamed(field, f"{self.name}.*", f"{self.name}.{n}") for field in self.fields)


def _renamed(field: Field, old: str, new: str) -> Field:
    name = new + field.name.removeprefix(old)
    return replace(field, name=name, fields=tuple(_renamed(each, old, new) for each in field.fields))


def fields_of(document: Mapping[str, Any], path: str) -> tuple[Field, ...] | None:
    """The fields of what is posted to the template `path`; None where there is no such act with a JSON order."""
    operation = document["paths"].get(path, {}).get("post")
    content = (operation or {}).get("requestBody", {}).get("content", {})
    if operation is None or (content and "application/json" not in content):
        return None
    if not content:
        return ()
    return tuple(_parts(document, content["application/json"]["schema"], ""))


def _parts(document: Mapping[str, Any], schema: Mapping[str, Any], before: str) -> Iterator[Field]:
    model = _resolved(document, schema)
    required = model.get("required", ())
    for key, part in model.get("properties", {}).items():
        yield _field(document, part, f"{before}{key}", key, required=key in required)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _field(
    document: Mapping[str, Any], schema: Mapping[str, Any], name: str, key: str, *, required: bool
) -> Field:
    default = schema.get("default")
    schema = _resolved(document, schema)
    variants = [_resolved(document, each) for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    required = required and len(variants) == len(schema.get("anyOf", ()))
    options = tuple(code for each in variants or [schema] for code in _codes(each))
    if variants:
        schema = variants[0]
    field = Field(name, key, Kind.TEXT, required, options, _default(default), schema.get("minItems", 0))
    kind = schema.get("type")
    if options:
        return replace(field, kind=Kind.CHOICE)
    if kind == "boolean":
        return replace(field, kind=Kind.YES_NO)
    if kind == "integer":
        return replace(field, kind=Kind.MONEY if key.endswith("_fen") else Kind.NUMBER)
    if kind == "array":
        return _list(document, field, _resolved(document, schema["items"]))
    if kind == "object":
        if "properties" not in schema:
            return replace(field, kind=Kind.MAP)
        parts = tuple(_parts(document, schema, f"{name}."))
        return replace(field, kind=Kind.GROUP, fields=parts if required else _optional(parts))
    return replace(field, kind=_text_kind(schema))


def _list(document: Mapping[str, Any], field: Field, item: Mapping[str, Any]) -> Field:
    codes = tuple(_codes(item))
    if codes:
        return replace(field, kind=Kind.MANY, options=codes)
    if "properties" in item:
        parts = tuple(_parts(document, item, f"{field.name}.*."))
        return replace(field, kind=Kind.ROWS, fields=parts if field.least else _optional(parts))
    of_items = {Kind.OFFICER: Kind.OFFICERS, Kind.CAPTURES: Kind.CAPTURES, Kind.PROOF: Kind.PROOFS}
    return replace(field, kind=of_items.get(_text_kind(item), Kind.LINES))


def _optional(parts: Sequence[Field]) -> tuple[Field, ...]:
    """Parts of what may be left out: an empty form of them is no fault."""
    return tuple(replace(part, required=False, fields=_optional(part.fields)) for part in parts)


def _codes(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]


def _text_kind(schema: Mapping[str, Any]) -> Kind:
    pattern, form = schema.get("pattern", ""), schema.get("format")
    if form in ("date-time", "date"):
        return Kind.INSTANT if form == "date-time" else Kind.DAY
    for start, kind in (("^off_", Kind.OFFICER), ("^evd_", Kind.CAPTURES), ("^[0-9a-f]{64}", Kind.PROOF)):
        if pattern.startswith(start):
            return kind
    return Kind.AREA if schema.get("maxLength", 0) > _LONG else Kind.TEXT


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None or isinstance(value, list | dict) else str(value)


def rows_of(field: Field, typed: Typed) -> int:
    """How many rows of ROWS were typed, and at least those that the contract wants."""
    start = f"{field.name}."
    numbers = [
        int(head) + 1
        for name in typed
        if name.startswith(start) and _DIGITS.fullmatch(head := name.removeprefix(start).split(".")[0])
    ]
    # A name says which row it is, and names come from whoever sends the form.
    return min(max([field.least, *numbers]), _MOST_ROWS)


def body_of(fields: Sequence[Field], typed: Typed) -> dict[str, Any]:
    """The order: what was left empty is left out, and a group of which nothing was typed."""
    order: dict[str, Any] = {}
    for field in fields:
        value = _value(field, typed)
        if value is not None:
            order[field.key] = value
    return order


def _value(field: Field, typed: Typed) -> Any:
    texts = [text.strip() for text in typed.get(field.name, ()) if text.strip()]
    match field.kind:
        case Kind.GROUP:
            group = body_of(field.fields, typed)
            return group if group or field.required else None
        case Kind.ROWS:
            rows = [body_of(field.numbered(n), typed) for n in range(rows_of(field, typed))]
            return [row for row in rows if row]
        case Kind.MAP:
            start = f"{field.name}."
            return {
                name.removeprefix(start): values[-1] for name, values in typed.items()
                if name.startswith(start) and values[-1]
            }  # fmt: skip
        case Kind.LINES:
            lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
            return lines or ([] if field.required else None)
        case Kind.MANY | Kind.OFFICERS | Kind.CAPTURES | Kind.PROOFS:
            return texts or ([] if field.required else None)
        case Kind.YES_NO:
            return {"yes": True, "no": False}.get(texts[-1]) if texts else None
        case Kind.NUMBER:
            return _number(texts[-1]) if texts else None
        case Kind.MONEY:
            return _fen(texts[-1]) if texts else None
        case Kind.INSTANT:
            return _instant(texts[-1]) if texts else None
        case _:
            return texts[-1] if texts else None


def _number(text: str) -> int | str:
    return int(text) if _DIGITS.fullmatch(text) else text


def _fen(text: str) -> int | str:
    """Yuan as people write them, in fen; what is no amount stays as it was typed, and the API says so."""
    read = _AMOUNT.fullmatch(text.replace(",", "").replace("\u2009", ""))
    return int(read[1]) * 100 + int((read[2] or "").ljust(2, "0")) if read else text


def _instant(text: str) -> str:
    """A time of the city's clocks, as a browser's field gives it, in RFC 3339."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    return read.replace(tzinfo=read.tzinfo or BEIJING).isoformat(timespec="seconds")


def typed_of(fields: Sequence[Field], order: Mapping[str, Any]) -> dict[str, list[str]]:
    """An order as its form shows it: the other way of `body_of`, for what a page proposes."""
    typed: dict[str, list[str]] = {}
    for field in fields:
        value = order.get(field.key)
        if value is None:
            continue
        if field.kind is Kind.GROUP:
            typed |= typed_of(field.fields, value)
        elif field.kind is Kind.ROWS:
            for n, row in enumerate(value):
                typed |= typed_of(field.numbered(n), row)
        elif field.kind is Kind.MAP:
            typed |= {f"{field.name}.{key}": [each] for key, each in value.items()}
        elif field.kind is Kind.LINES:
            typed[field.name] = ["\n".join(value)]
        elif field.kind is Kind.MONEY:
            typed[field.name] = [f"{value // 100}.{value % 100:02d}"]
        else:
            typed[field.name] = list(value) if isinstance(value, list) else [_default(value)]
    return typed


def counts_of(fields: Sequence[Field], typed: Typed) -> dict[str, int]:
    """How many rows each ROWS of the form shows, by its name."""
    found = {field.name: rows_of(field, typed) for field in fields if field.kind is Kind.ROWS}
    for field in fields:
        found |= counts_of(field.fields, typed) if field.kind is Kind.GROUP else {}
    return found


def has_new_row(fields: Sequence[Field], typed: dict[str, list[str]]) -> bool:
    """Whether the form was sent for one row more, and not to do the act; `typed` then has that row."""
    if "more" not in typed:
        return False
    name = typed["more"][-1]
    typed[f"{name}.{counts_of(fields, typed).get(name, 0)}."] = [""]
    return True


def names_in(fields: Sequence[Field], typed: Typed) -> Iterator[str]:
    """The names of all fields of the form, those of each row too."""
    for field in fields:
        yield field.name
        if field.kind is Kind.ROWS:
            for n in range(rows_of(field, typed)):
                yield from names_in(field.numbered(n), typed)
        else:
            yield from names_in(field.fields, typed)


def fault_names(fields: Sequence[Field], typed: Typed, errors: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The sentence of each fault by the field beside which it stands; by "" what belongs to none.

    A pointer goes into a list of lines deeper than the form does: `/facts/0` stands beside `facts`.
    """
    names = set(names_in(fields, typed))
    found: dict[str, str] = {}
    for error in errors:
        name = str(error.get("pointer", "")).removeprefix("/").removeprefix("body/").replace("/", ".")
        while name and name not in names:
            name = name.rpartition(".")[0]
        found.setdefault(name, str(error.get("message", "")))
    return found
