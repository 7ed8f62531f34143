"""Over HTTP: in each state of a device every act of another state is refused, and of two at once one wins (APL 41).

One device walks through its whole life. Before each step all acts that the table forbids are tried upon it; the step
itself is sent twice at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from common.values.law import APL_41
from device_registry.domain.device import State
from mz.demo.camera import CAMERAS, STEPS
from tests.device_registry.domain.steps import TABLE
from tests.device_registry.stories import CAMERA, register, registration, take
from tests.device_registry.test_findings import WHY, by_hand, state_of
from tests.world import World

pytestmark = pytest.mark.slow


def of(*steps: str, nth: int = 0) -> frozenset[State]:
    """The states in which the table allows a step."""
    return frozenset(state for step in steps for state in TABLE[step][nth].states)


ACTS: Final = {
    "submission": of("D-T2"),
    "legal-review": of("D-T3"),
    "technical-review": of("D-T4"),
    "approval": of("D-T5"),
    "installation": of("D-T7"),
    "trial": of("D-T8"),
    "acceptance-test": of("D-T9"),
    "publication": of("D-T9"),
    "activation": of("D-T10"),
    "maintenance": of("D-T11"),
    "maintenance/completion": of("D-T11", nth=1),
    "suspension": of("D-T13"),
    "resumption": of("D-T14"),
    "rectification": of("D-T16"),
    "rectification-evidence": of("D-T17"),
    "material-changes": of("D-T19"),
    "description": frozenset({State.LEGACY}),
    "retirement": of("D-T18"),
    "retirement/approval": of("D-T18"),
}
"""Every act upon a device that depends on its state, by its address, and the states in which it is possible."""

_BY: Final = {
    **STEPS,
    "maintenance": "DEVICE_OPERATOR",
    "maintenance/completion": "DEVICE_OPERATOR",
    "rectification": "DEVICE_ADMIN",
    "rectification-evidence": "DEVICE_ADMIN",
    "material-changes": "DEVICE_ADMIN",
    "description": "DEVICE_ADMIN",
    "retirement": "DEVICE_ADMIN",
    "retirement/approval": "AGENCY_HEAD",
}

WAY: Final = (
    (State.DRAFT, "submission"),
    (State.UNDER_REVIEW, "legal-review"),
    (State.UNDER_REVIEW, "technical-review"),
    (State.UNDER_REVIEW, "approval"),
    (State.APPROVED, "installation"),
    (State.INSTALLED, "trial"),
    (State.TRIAL, "publication"),
    (State.PUBLISHED, "activation"),
    (State.ACTIVE, "maintenance"),
    (State.MAINTENANCE, "maintenance/completion"),
    (State.ACTIVE, "suspension"),
    (State.SUSPENDED, "resumption"),
    (State.ACTIVE, "finding"),
    (State.STOPPED, "rectification"),
    (State.RECTIFYING, "rectification-evidence"),
    (State.UNDER_REVIEW, "rejection"),
    (State.REJECTED, "retirement/approval"),
)


NOTES: Final = {f"T{n}": "不符合标准。" for n in range(1, 10)}


async def send(world: World, device: str, act: str) -> httpx.Response:
    """A sound order for the act, by the person whose act it is."""
    if act in (*STEPS, "suspension", "resumption"):
        return await take(world, device, act)
    application = CAMERA.order("submission", world.clock().date()) | {"sharing": "附近设备方向相反。"}
    orders: dict[str, dict[str, Any]] = {
        "maintenance": {"cause": "ROUTINE", "note": "例行维护。"},
        "maintenance/completion": {"parts": [], "work": "已清洁。"},
        "rectification": {"plan": "更换夜间镜头并复测。"},
        "rectification-evidence": {"evidence": "已更换镜头并复测,夜间图像清晰。"},
        "material-changes": {"kind": "MODEL", "reason": "识别模型升级。", "application": application},
        "description": registration(device_code=CAMERAS[1].code),
        "retirement": {"cause": "SCRAPPED", "disposition": "移交执法证据库。", "kept_by": "证据中心"},
        "retirement/approval": {},
    }
    return await world.person(_BY[act]).post(f"/v1/devices/{device}/{act}", json=orders[act])


async def forbidden(world: World, device: str, state: State) -> dict[str, tuple[int, str]]:
    """What every act of another state is answered."""
    wrong = [act for act, states in ACTS.items() if state not in states]
    answers = {act: await send(world, device, act) for act in wrong}
    return {act: (answer.status_code, answer.json().get("code", "")) for act, answer in answers.items()}


async def twice(world: World, device: str, step: str) -> list[tuple[int, str]]:
    """The answers to the step, sent by two at the same time."""

    async def once() -> httpx.Response:
        if step == "finding":
            order = {"outcome": "CONFIRM", "reason": WHY}
            return await world.person("AGENCY_HEAD").post(f"/v1/findings/{finding}/decision", json=order)
        if step == "rejection":
            items = {"checklist": {f"T{n}": "FAIL" for n in range(1, 10)}, "notes": NOTES}
            return await take(world, device, "technical-review", **items)
        return await send(world, device, step)

    finding = ""
    if step == "finding":
        finding = await by_hand(world, device, "CU-3", WHY)
        order = {"outcome": "CONFIRM", "reason": WHY}
        await world.person("DEVICE_ADMIN").post(f"/v1/findings/{finding}/proposal", json=order)
    answers = await asyncio.gather(once(), once())
    return sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)


async def prepared(world: World, device: str, step: str) -> None:
    """What a step asks for beside its state."""
    if step == "publication":
        for paper in ("acceptance-test", "standard-conformities", "verifications", "signage"):
            assert (await take(world, device, paper)).status_code == 201
    if step == "activation":
        world.clock.advance(days=30)
    if step == "retirement/approval":
        assert (await send(world, device, "retirement")).status_code == 201


async def walk(world: World) -> AsyncIterator[tuple[str, State, str]]:
    """The device before each of its steps."""
    device = await register(world)
    for state, step in WAY:
        await prepared(world, device, step)
        yield device, state, step
    yield device, State.RETIRED, ""


@pytest.mark.law(APL_41)
async def test_in_each_state_every_act_of_another_state_is_refused_and_of_two_at_once_one_wins(
    world: World,
) -> None:
    refused: dict[tuple[State, str], tuple[int, str]] = {}
    raced: dict[str, list[tuple[int, str]]] = {}
    async for device, state, step in walk(world):
        assert await state_of(world, device) == state, step
        if (state, "submission") not in refused:
            answers = await forbidden(world, device, state)
            refused |= {(state, act): answer for act, answer in answers.items()}
        if step:
            raced[step] = await twice(world, device, step)
    legacy = await imported(world)
    answers = await forbidden(world, legacy, State.LEGACY)
    refused |= {(State.LEGACY, act): answer for act, answer in answers.items()}

    assert {state for state, _ in refused} == set(State)
    assert {each: answer for each, answer in refused.items() if answer not in refusals(*each)} == {}
    assert {step: each for step, each in raced.items() if each[0] != (201, "") or each[1][0] != 409} == {}


def refusals(state: State, act: str) -> set[tuple[int, str]]:
    """How the act may be refused: by its state, or by the finding that stopped the device and is not rectified."""
    by_finding = state in (State.STOPPED, State.RECTIFYING) and act in HELD_UP
    return {(409, "CLN_NOT_RECTIFIED" if by_finding else "DEV_TRANSITION_NOT_ALLOWED")}


HELD_UP: Final = {"approval", "publication", "activation", "resumption"}


async def imported(world: World) -> str:
    """A LEGACY device."""
    headers = {"content-type": "text/csv", "inventory-source": "old"}
    answer = await world.person("DEVICE_ADMIN").post(
        "/v1/device-imports", content="设置地点,行政区\n示范路1号,黄浦区\n".encode(), headers=headers
    )
    return str(answer.json()["rows"][0]["device_id"])
