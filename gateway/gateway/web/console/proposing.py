"""What an officer finds in a form already: words of the case that the order repeats, and never a choice of the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.web.console.orders import Field, Kind, typed_of
from gateway.web.visitor import Visitor


async def proposed(
    visitor: Visitor, act: str, case: Mapping[str, Any], fields: Sequence[Field], purpose: str
) -> dict[str, list[str]]:
    """What the form of `act` holds when it is opened."""
    order: dict[str, Any] = {field.key: field.default for field in fields if field.default}
    typed = {field.name: [field.default] for field in _flat(fields) if field.default}
    if any(field.key == "signed_as" for field in fields) and visitor.person is not None:
        order["signed_as"] = visitor.person.name
    proposal = case["proposal"]
    if act == "decision" and proposal:
        order |= {"kind": proposal["kind"], "fine_fen": proposal["fine_fen"]}
    if act == "investigation-conclusion":
        found = await visitor.find(f"/v1/cases/{case['id']}/{act}", purpose=purpose)
        if found and found["report"]:
            order |= {name: value for name, value in found["report"].items() if value is not None}
    if act == "defence-review":
        order["answers"] = [{"number": each["number"]} for each in await _unanswered(visitor, case, purpose)]
    return typed | typed_of([field for field in fields if field.key in order], order)


async def context(
    visitor: Visitor, act: str, case: Mapping[str, Any], fields: Sequence[Field], purpose: str
) -> dict[str, Any]:
    """What stands beside the fields: the circumstances that the benchmark asks for, the statements to answer."""
    found = None
    if any(field.kind is Kind.MAP for field in fields):
        found = await visitor.find(f"/v1/cases/{case['id']}/investigation-conclusion", purpose=purpose)
    statements = await _unanswered(visitor, case, purpose) if act == "defence-review" else []
    return {
        "factors": found["factors"] if found else [],
        "report": found["report"] if found and act == "investigation-conclusion" else None,
        "statements": {str(each["number"]): each for each in statements},
    }


async def _unanswered(visitor: Visitor, case: Mapping[str, Any], purpose: str) -> list[dict[str, Any]]:
    found = await visitor.find(f"/v1/cases/{case['id']}/defences", purpose=purpose)
    return [each for each in found["items"] if not each["answered"]] if found else []


def _flat(fields: Sequence[Field]) -> list[Field]:
    return [
        each
        for field in fields
        for each in ([field] if field.kind is not Kind.GROUP else _flat(field.fields))
    ]
