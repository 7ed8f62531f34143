"""The answers of the policy text, each computed once.

    Question ──▶ Cedar ──▶ Answer        kept while the process lives: the policy never changes in it

A `Question` holds exactly what the policy reads, and nothing else. The policy compares a person with the party and
with the people assigned, and never names a person or an object by id. So a question holds "the party is the asking
person" instead of two ids, and the officers of one role in one agency share their answers.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import cedarpy

TEXT: Final = files(__package__).joinpath("mingzheng.cedar").read_text()
SCHEMA_TEXT: Final = files(__package__).joinpath("schema.cedarschema").read_text()
DIGEST: Final = hashlib.sha256(TEXT.encode() + SCHEMA_TEXT.encode()).hexdigest()
"""SHA-256 of the policy in force; recorded with every permit that touches level 3 or 4."""

NOBODY_AGENCY: Final = "-"

_POLICIES = cedarpy.PolicySet.from_str(TEXT)
_SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
_ASKER, _OTHER, _NOBODY, _OBJECT = "asker", "other", "-", "object"
_CACHED: Final = 4_096


class Question(NamedTuple):
    """A person, an act and an object as the policy reads them. `service` is "-" unless `kind` is svc.

    `is_limited`: the session of the person is for one case; `is_within`: the object belongs to it, or nothing limits.
    """

    kind: str
    service: str
    agency: str
    visible: frozenset[str]
    level: int
    roles: frozenset[str]
    action: str
    purpose: str
    object_agency: str
    object_level: int
    has_party: bool
    is_party: bool
    is_assigned: bool
    others_assigned: bool
    is_limited: bool
    is_within: bool


class Answer(NamedTuple):
    """Whether the act is permitted, and the ids of the rules that decided it, sorted."""

    is_permitted: bool
    rules: tuple[str, ...]


@lru_cache(maxsize=_CACHED)
def decide(question: Question) -> Answer:
    """The policy's answer, refusals included. Cedar computes it only if the question is not in the cache."""
    return decide_afresh(question)


def decide_afresh(question: Question) -> Answer:
    """As `decide`, without the cache."""
    party = _ASKER if question.is_party else _OTHER if question.has_party else _NOBODY
    assigned = [_ASKER] * question.is_assigned + [_OTHER] * question.others_assigned
    return ask_cedar(question, asker=_ASKER, object_id=_OBJECT, party=party, assigned=assigned)


def ask_cedar(question: Question, *, asker: str, object_id: str, party: str, assigned: list[str]) -> Answer:
    """The answer of Cedar, with these ids for the person, the object, its party and the people assigned to it."""
    request = {
        "principal": {"type": "Person", "id": asker},
        "action": {"type": "Action", "id": question.action},
        "resource": {"type": "Thing", "id": object_id},
        "context": {
            "purpose": question.purpose,
            "limited": question.is_limited,
            "within": question.is_within,
        },
    }
    people = [_asker(question, asker)]
    people += [_stranger(each) for each in sorted({party, *assigned} - {asker})]
    thing: dict[str, Any] = {
        "uid": {"type": "Thing", "id": object_id},
        "attrs": {
            "agency": question.object_agency,
            "level": question.object_level,
            "party": _reference(party),
            "assigned": [_reference(each) for each in assigned],
        },
        "parents": [],
    }
    roles = [
        {"uid": {"type": "Role", "id": role}, "attrs": {}, "parents": []} for role in sorted(question.roles)
    ]
    entities = cedarpy.Entities.from_json_str(json.dumps([*people, *roles, thing]), _SCHEMA)
    result = cedarpy.is_authorized(request, _POLICIES, entities, _SCHEMA)
    rules = tuple(sorted(result.diagnostics.id_annotations_by_reason.values()))
    # Cedar skips a `forbid` whose evaluation fails. So an answer with any error permits nothing.
    return Answer(result.allowed and not result.diagnostics.errors, rules)


def _asker(question: Question, id: str) -> dict[str, Any]:
    return {
        "uid": {"type": "Person", "id": id},
        "attrs": {
            "kind": question.kind,
            "service": question.service,
            "agency": question.agency,
            "visible": sorted(question.visible),
            "level": question.level,
        },
        "parents": [{"type": "Role", "id": role} for role in sorted(question.roles)],
    }


def _stranger(id: str) -> dict[str, Any]:
    """Another person. The policy reads only that this is not the asking person."""
    attrs = {"kind": "other", "service": "-", "agency": NOBODY_AGENCY, "visible": [], "level": 1}
    return {"uid": {"type": "Person", "id": id}, "attrs": attrs, "parents": []}


def _reference(id: str) -> dict[str, Any]:
    return {"__entity": {"type": "Person", "id": id}}
