"""What a client of one contract can no longer do, or no longer understand, under a later one.

    asked      what was accepted is still accepted: no new demand, nothing narrower, nothing gone
    answered   what was promised still comes: nothing gone, nothing of another type, nothing null that was not

New addresses, new optional parameters and members, and new words in an answer are no break: clients pass over what they
do not know (docs/partners.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Document = Mapping[str, Any]
Schema = Mapping[str, Any]

_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(old: Document, new: Document) -> list[str]:
    """Each break with the operation and the place in it, sorted."""
    found: set[str] = set()
    for place in ("paths", "x-standard-paths"):
        for path, operations in old.get(place, {}).items():
            for method, operation in operations.items():
                name = f"{method.upper()} {path}"
                after = new.get(place, {}).get(path, {}).get(method)
                if after is None:
                    found.add(f"{name}: is gone")
                else:
                    found.update(
                        f"{name} {told}" for told in _Comparison(old, new).operation(operation, after)
                    )
    return sorted(found)


@dataclass
class _Comparison:
    """Of one operation in two documents. A model that leads to itself is compared once."""

    old: Document
    new: Document
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def operation(self, old: Schema, new: Schema) -> Iterator[str]:
        if {} in old.get("security", []) and {} not in new.get("security", []):
            yield "is no longer open to anybody"
        yield from self._parameters(old, new)
        yield from self._body(old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if status >= "4":
                continue
            if status not in new["responses"]:
                yield f"no longer answers {status}"
                continue
            after = new["responses"][status].get("content", {})
            for media_type, content in answer.get("content", {}).items():
                if media_type not in after:
                    yield f"no longer answers {media_type}"
                else:
                    schemas = (content.get("schema", {}), after[media_type].get("schema", {}))
                    yield from self.schema(*schemas, f"{status} ", is_asked=False)

    def _parameters(self, old: Schema, new: Schema) -> Iterator[str]:
        before, after = (
            {(one["in"], one["name"]): one for one in map(resolve, operation.get("parameters", []))}
            for resolve, operation in ((self._old, old), (self._new, new))
        )
        for place, parameter in after.items():
            if parameter.get("required") and not before.get(place, {}).get("required"):
                yield f"demands {place[1]}"
        for place, parameter in before.items():
            if place not in after:
                yield f"no longer takes {place[1]}"
            else:
                schemas = (parameter["schema"], after[place]["schema"])
                yield from self.schema(*schemas, place[1], is_asked=True)

    def _body(self, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new is not None and new.get("required") and not (old and old.get("required")):
            yield "demands a body"
        if old is None:
            return
        after = (new or {}).get("content", {})
        for media_type, content in old["content"].items():
            if media_type not in after:
                yield f"no longer reads {media_type}"
            else:
                schemas = (content.get("schema", {}), after[media_type].get("schema", {}))
                yield from self.schema(*schemas, "", is_asked=True)

    def schema(self, old: Schema, new: Schema, at: str, *, is_asked: bool) -> Iterator[str]:
        """The breaks between two schemas of the value `at`: of what is asked, or of what is answered."""
        if "$ref" in old and "$ref" in new:
            pair = (old["$ref"], new["$ref"], is_asked)
            if pair in self.seen:
                return
            self.seen.add(pair)
        old, new = self._old(old), self._new(new)
        # Wider is a break in an answer as narrower is in a request.
        narrow, wide = (old, new) if is_asked else (new, old)
        if lost := _types(narrow) - _types(wide):
            yield f"{at}: {'no longer takes' if is_asked else 'may be'} {', '.join(sorted(lost))}"
        if is_asked:
            yield from _narrowed(old, new, at)
        if "items" in old and "items" in new:
            yield from self.schema(old["items"], new["items"], f"{at}[]", is_asked=is_asked)
        yield from self._members(old, new, at, is_asked=is_asked)
        yield from self._choices(old, new, at, is_asked=is_asked)

    def _members(self, old: Schema, new: Schema, at: str, *, is_asked: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, promised = set(new.get("required", [])), set(old.get("required", []))
        if is_asked:
            yield from (f"{at}.{name}: is demanded" for name in sorted(needed - promised))
        for name, member in before.items():
            if name not in after:
                yield f"{at}.{name}: is gone"
                continue
            if not is_asked and name in promised and name not in needed:
                yield f"{at}.{name}: may be missing"
            yield from self.schema(member, after[name], f"{at}.{name}", is_asked=is_asked)

    def _choices(self, old: Schema, new: Schema, at: str, *, is_asked: bool) -> Iterator[str]:
        """Of several forms each old one is compared with the one of its name, or of its place if there are as many."""
        for word in ("anyOf", "oneOf", "allOf"):
            before, after = (
                [one for one in each.get(word, []) if one.get("type") != "null"] for each in (old, new)
            )
            named = {one["$ref"]: one for one in after if "$ref" in one}
            for number, one in enumerate(before):
                other = named.get(one.get("$ref", ""), after[number] if len(after) == len(before) else None)
                if other is not None:
                    yield from self.schema(one, other, at, is_asked=is_asked)
                elif "$ref" in one:
                    yield f"{at}: {one['$ref'].rpartition('/')[2]} is gone"

    def _old(self, value: Schema) -> Schema:
        return _resolved(self.old, value)

    def _new(self, value: Schema) -> Schema:
        return _resolved(self.new, value)


def _resolved(document: Document, value: Schema) -> Schema:
    while "$ref" in value:
        _, kind, name = value["$ref"].rsplit("/", 2)
        value = document["components"][kind][name]
    return value


def _types(schema: Schema) -> set[str]:
    """The JSON types that a schema names, directly or in its forms; empty where it names none."""
    named = schema.get("type", [])
    found = {named} if isinstance(named, str) else set(named)
    for word in ("anyOf", "oneOf"):
        for one in schema.get(word, []):
            found |= {"object"} if "$ref" in one else _types(one)
    return found | ({"number"} if "integer" in found and "number" in found else set())


def _narrowed(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """What a caller may no longer send: a word, a length, a number, another form of text."""
    if "enum" in new or "const" in new:
        words = new.get("enum", [new.get("const")])
        before = old.get("enum", [old["const"]] if "const" in old else None)
        gone = ["anything else"] if before is None else [str(word) for word in before if word not in words]
        if gone:
            yield f"{at}: {', '.join(gone)} is no longer accepted"
    for word in _LEAST:
        if new.get(word, float("-inf")) > old.get(word, float("-inf")):
            yield f"{at}: {word} is {new[word]}"
    for word in _MOST:
        if new.get(word, float("inf")) < old.get(word, float("inf")):
            yield f"{at}: {word} is {new[word]}"
    if new.get("pattern") not in (None, old.get("pattern")):
        yield f"{at}: must match {new['pattern']}"
    if new.get("additionalProperties") is False and old.get("additionalProperties", True) is not False:
        yield f"{at}: unknown members are refused"
