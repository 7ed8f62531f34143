"""Who may call what, over HTTP: every operation of the contract, every row of the policy's table, real objects.

    the contract   operations, bodies, whether a purpose is stated
    the policy     who may do the act at all: `authorize`, as `tests/policy/matrix.txt` lists it
    the world      one object behind each id (`objects`)

A new route is tried without a line here. A new kind of id needs one in `objects`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import httpx
import pytest

from common.policy import ANONYMOUS, Action, Actor, authorize
from common.values.errors import Refusal
from common.values.ids import Id, OfficerId, record_id
from common.web.components import PURPOSE_OF
from tests.authorization.callers import Callers, cast_of
from tests.authorization.objects import FIXED, OBJECTS, WITHOUT, known_ids
from tests.authorization.operations import Operation, operations_of
from tests.world import World

pytestmark = [pytest.mark.slow, pytest.mark.begins("everything", OBJECTS)]

_REFUSED: Final = (401, 403, 404)
_BY_POLICY: Final = {"FORBIDDEN", "PURPOSE_NOT_ALLOWED", "CASE_NOT_ASSIGNED", "HUMAN_ACTION_REQUIRED"}
_NAMES: Final = re.compile(
    r"\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b|\b[0-9a-f]{32,64}\b|\bcam[a-z2-9]{10}\b"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)
_OWN, _STRANGER, _OTHER_SIDE, _FOURTH = 0, 1, 2, 3
_STRANGER_TO: Final = {"/v1/device-sharings/{sharing_id}": _FOURTH}
"""The second agency is a stranger everywhere but where it has a side."""

_OF_EVERY_LEVEL: Final = {"POST /v1/me/sessions/{session_id}/end"}
"""What a caller of any level may do, because it is the caller's own."""

_LATER: Final = {
    "POST /v1/devices/{device_id}/inspections/{n}/answer": "the party that operates a device of its own answers",
    "GET /v1/findings/{finding_id}/stop-decision": "a finding has one once it stopped a device",
    "GET /v1/annual-reports/{report_id}/document": "a report has one once it was drafted",
}
"""What the objects here do not have yet, so that nobody could read it."""


@dataclass(frozen=True)
class Matrix:
    """The operations with their objects, and a cast for each agency."""

    operations: list[Operation]
    objects: dict[str, str]
    casts: list[dict[str, Actor]]
    callers: Callers

    @classmethod
    def of(cls, world: World) -> Matrix:
        objects = dict(world.ready["objects"])
        casts = [cast_of(world, agency, objects) for agency in range(4)]
        callers = Callers(world, known_ids(objects, world.demo.agencies[_FOURTH]["id"]))
        operations = [one for one in operations_of(world.app.apps) if not _unplaced(one, objects)]
        return cls(operations, objects, casts, callers)

    async def call(
        self, actor: Actor, operation: Operation, *, other: Callable[[str], str] = str
    ) -> httpx.Response:
        """The answer of `operation` on its object, or on the one that `other` makes of its id."""
        path = operation.template
        for place, name in operation.places:
            id = self.objects.get(place)
            path = path.replace("{" + name + "}", other(id) if id else FIXED[name])
        return await self.callers.call(actor, operation, path)

    def ids(self, operation: Operation) -> list[str]:
        return [self.objects[place] for place, _ in operation.places if place in self.objects]

    def stranger(self, operation: Operation, row: str) -> Actor:
        """Somebody with the same role in an agency that has no side in the object."""
        places = [place for place, _ in operation.places]
        agency = next((_STRANGER_TO[place] for place in places if place in _STRANGER_TO), _STRANGER)
        return self.casts[agency][row]

    def is_past(self, operation: Operation, answer: httpx.Response) -> bool:
        """Whether the policy let the caller through: a refusal of the policy says so by its code."""
        if answer.status_code in (500, 502):
            return False
        if answer.status_code not in _REFUSED or not operation.is_ours or is_public(operation):
            return True
        problem = answer.json()
        if answer.status_code == 404 and problem["code"] == "NOT_FOUND":
            # Of something within the object, which the caller may see: there is no such thing.
            return problem["facts"].get("id") not in (None, *self.ids(operation))
        # A signature or a proof beside the token is asked for after the policy.
        return problem["code"] not in {*_BY_POLICY, "UNAUTHENTICATED"}


@cache
def admits(actor: Actor, action: Action) -> bool:
    """Whether the policy could ever permit `action` to `actor`."""
    try:
        authorize(actor, action)
    except Refusal:
        return False
    return True


def is_public(operation: Operation) -> bool:
    return admits(ANONYMOUS, operation.action)


def _unplaced(operation: Operation, objects: dict[str, str]) -> list[str]:
    return [place for place, name in operation.places if place not in objects and name not in FIXED]


def test_every_id_of_the_contract_has_an_object_or_a_reason(world: World) -> None:
    found = {
        place for one in operations_of(world.app.apps) for place in _unplaced(one, world.ready["objects"])
    }

    assert found == set(WITHOUT)


async def test_whom_the_policy_never_permits_is_refused_everywhere(world: World) -> None:
    matrix = Matrix.of(world)

    let = [
        (operation.name, row, answer.status_code)
        for operation in matrix.operations
        for row, actor in matrix.casts[_OWN].items()
        if not admits(actor, operation.action)
        and (answer := await matrix.call(actor, operation)).status_code not in _REFUSED
    ]

    assert let == [], "\n".join(map(str, let))


async def test_another_agency_a_low_level_and_another_purpose_are_refused(world: World) -> None:
    matrix = Matrix.of(world)

    let = [
        (operation.name, row, why, answer.status_code, answer.text[:200])
        for operation in matrix.operations
        if matrix.ids(operation) and not is_public(operation)
        async for row, why, answer in _misses(matrix, operation)
        if answer.status_code not in _REFUSED
    ]

    assert let == [], "\n".join(map(str, let))


async def _misses(matrix: Matrix, operation: Operation) -> AsyncIterator[tuple[str, str, httpx.Response]]:
    """The calls of officers who have the role and miss something else."""
    for row, actor in matrix.casts[_OWN].items():
        if actor.kind != "officer" or not admits(actor, operation.action):
            continue
        if row != "SUPERVISOR":  # no agency is a stranger to it
            yield row, "agency", await matrix.call(matrix.stranger(operation, row), operation)
        if operation.name not in _OF_EVERY_LEVEL:
            yield row, "level", await matrix.call(replace(actor, level=1), operation)
        if str(operation.action) in PURPOSE_OF:
            for purpose in (None, "STATISTICS"):
                yield row, "purpose", await matrix.call(replace(actor, purpose=purpose), operation)
        if row == "CASE_OFFICER" and operation.action in (Action.CASE_READ, Action.DOCUMENT_READ):
            colleague = replace(actor, sub=f"officer:{OfficerId('off_' + '0' * 26)}")
            yield row, "assignment", await matrix.call(colleague, operation)


async def test_another_agencys_object_answers_like_a_random_id(world: World) -> None:
    matrix = Matrix.of(world)

    different = []
    for operation in matrix.operations:
        row = next((row for row, actor in matrix.casts[_OWN].items() if _tries(operation, row, actor)), None)
        if row is None or not matrix.ids(operation) or is_public(operation):
            continue
        stranger = matrix.stranger(operation, row)
        real = await matrix.call(stranger, operation)
        random = await matrix.call(stranger, operation, other=lambda id: _another(id, world))
        if (real.status_code, _nameless(real.text)) != (random.status_code, _nameless(random.text)):
            different.append((operation.name, row, real.text[:300], random.text[:300]))

    assert different == [], "\n".join(map(str, different))


def _tries(operation: Operation, row: str, actor: Actor) -> bool:
    return actor.kind == "officer" and row != "SUPERVISOR" and admits(actor, operation.action)


def _another(id: str, world: World) -> str:
    """A fresh id of the same kind: nothing has it."""
    kinds = {kind.prefix: kind for kind in Id.__subclasses__()}
    if id[:3] in kinds and id[3:4] == "_":
        return str(kinds[id[:3]].new(world.clock()))
    if id.startswith("cam"):
        return "cam" + "z" * (len(id) - 3)
    return "0" * 64 if len(id) == 64 else str(record_id(world.clock()))


def _nameless(text: str) -> str:
    """An answer without its ids, which differ from question to question."""
    return _NAMES.sub("*", text)


async def test_every_operation_has_a_caller_whom_the_policy_lets_through(world: World) -> None:
    matrix = Matrix.of(world)
    # What is read comes first, because acts change what there is; what takes an object away comes last.
    turns = sorted(matrix.operations, key=lambda one: (one.method != "GET", "erasure" in one.template))

    refused = {}
    for operation in turns:
        if operation.template.endswith("/stream"):
            continue  # its answer goes on for minutes; tests/notification opens it
        answers = [answer async for answer in _by_those_who_may(matrix, operation)]
        if not any(matrix.is_past(operation, answer) for answer in answers):
            refused[operation.name] = [(answer.status_code, answer.text[:200]) for answer in answers]

    missing = {name: told for name, told in refused.items() if name not in _LATER}
    assert missing == {}, "\n".join(f"{name} {told}" for name, told in missing.items())


async def _by_those_who_may(matrix: Matrix, operation: Operation) -> AsyncIterator[httpx.Response]:
    """The answers to those whom the policy may permit the act, up to the first one that it let through."""
    for agency in (_OWN, _OTHER_SIDE, _STRANGER):
        for actor in matrix.casts[agency].values():
            if admits(actor, operation.action):
                answer = await matrix.call(actor, operation)
                yield answer
                if matrix.is_past(operation, answer):
                    return
