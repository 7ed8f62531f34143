"""Examples for the OpenAPI document, made from the schemas themselves, so that an example always fits its schema.

A schema's own `examples`, `const`, `default` or first `enum` value wins. Otherwise a text gets its value by the
field's name, by its pattern or by its format. All people, plates and places are invented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from common.values import ids

_BODY: Final = "01jd8xk2m4e2tr5k3b9q7m4n6p"
_ID_PATTERN = re.compile(r"\^([a-z]{3})_\[0-7\]")
_KINDS: Final = {kind.noun: kind.prefix for kind in ids.Id.__subclasses__()}

_BY_FORMAT: Final = {
    "date": "2026-03-02",
    "date-time": "2026-03-02T01:30:00Z",
    "uuid": "01936e8c-0000-7000-8000-000000000001",
    "uri": "https://example.org/",
}
_BY_PATTERN: Final = {
    "^[0-9]{20}$": "31011500001191000017",
    "^[0-9a-f]{64}$": "9f" * 32,
    "^[0-9+ -]{5,20}$": "+86 21 12345",
    "^https?://[\\x21-\\x7e]{3,490}$": "https://example.org/public-notice",
}
_BY_NAME: Final = {
    "name": "王小明",
    "plate": "沪A12345",
    "address": "上海市黄浦区示例路 1 号",
    "place": "示例路 1 号门前",
    "identity_number": "310101199001011237",
    "latitude": "31.230416",
    "longitude": "121.473701",
    "type": "urn:mingzheng:EXAMPLE",
    "leaf_hash": "9f" * 32,
    "sub": "officer:off_" + _BODY,
}


def example_of(schema: Mapping[str, Any], models: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits `schema`. `models` are the schemas of the document by name; `name` is the field's."""
    if ref := schema.get("$ref"):
        return example_of(models[ref.rpartition("/")[2]], models, name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("default") is not None:
        return schema["default"]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            options = [option for option in schema[choice] if option.get("type") != "null"]
            return example_of(options[0], models, name, depth) if options else None
    match schema.get("type"):
        case "object":
            return _object(schema, models, depth)
        case "array":
            return _array(schema, models, name, depth)
        case "integer" | "number":
            # FastAPI writes the bounds of integers as floats.
            return max(int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)), 1)
        case "boolean":
            return False
        case "string":
            return _text(schema, name)
    return None if "type" in schema else {}


def _object(schema: Mapping[str, Any], models: Mapping[str, Any], depth: int) -> dict[str, Any]:
    needed = schema.get("required", [])
    return {
        name: example_of(field, models, name, depth + 1)
        for name, field in schema.get("properties", {}).items()
        # Deep inside, what may be left out is left out: a whole case would fill pages.
        if name in needed or depth < 1
    }


def _array(schema: Mapping[str, Any], models: Mapping[str, Any], name: str, depth: int) -> list[Any]:
    if fixed := schema.get("prefixItems"):
        return [example_of(item, models, name, depth) for item in fixed]
    least = schema.get("minItems", 1 if depth < 2 else 0)
    singular = name.removesuffix("s")
    return [example_of(schema.get("items", {}), models, singular, depth + 1)] * least


def _text(schema: Mapping[str, Any], name: str) -> str:
    pattern = schema.get("pattern", "")
    if match := _ID_PATTERN.match(pattern):
        return f"{match[1]}_{_BODY}"
    if prefix := _KINDS.get(name.removesuffix("_id")):
        return f"{prefix}_{_BODY}"
    if "sha256" in name:
        return "9f" * 32
    text = _BY_FORMAT.get(schema.get("format", "")) or _BY_PATTERN.get(pattern) or _BY_NAME.get(name)
    text = text or ("EXAMPLE" if pattern or name.isupper() else "示例")
    return text[: schema.get("maxLength", len(text))]
