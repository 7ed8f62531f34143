"""Arranges comparisons: a register that answers, an open case, and the orders."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import httpx

from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.filtering import FieldRule, FieldRules, RowRule, Transform
from data_exchange.domain.registers import Register
from tests.data_exchange.given import officer
from tests.fakes.register import FakeRegister
from tests.world import Client, World

PLATE: Final = "苏A12345"
PERSON: Final = "110101199003070898"
OWNER: Final = {
    "owner": {"name": "张示范", "id": PERSON, "phone": "13800000000"},
    "vehicle": {"colour": "蓝", "weight": 1470},
    "district": "示范区",
    "photo": "aGVsbG8=",
}
RULES: Final = FieldRules(
    fields=(
        FieldRule("/owner/name", Transform.PASS, "第三条"),
        FieldRule("/owner/phone", Transform.MASK, "第三条"),
        FieldRule("/owner/id", Transform.HASH, "第四条"),
        FieldRule("/vehicle/weight", Transform.BUCKET, "第四条", step=500),
        FieldRule("/photo", Transform.DROP, "第五条"),
    ),
    testable=("/owner/id", "/owner/name"),
    max_rows=2,
    clause="第二条",
    rows=RowRule("/district", ("示范区",), "第六条"),
)
BASIS: Final = [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}]


def a_register(
    world: World, *kinds: ComparisonKind, rules: FieldRules = RULES, at_once: int = 200
) -> FakeRegister:
    """A register that the exchange can ask for `kinds`, all by default; it knows the owner of one plate."""
    server = FakeRegister({PLATE: [OWNER], PERSON: [OWNER]})
    runtime = world.runtimes["data-exchange"]
    runtime.registers["vehicles"] = Register(
        "vehicles",
        "示范市公安局",
        kinds or tuple(ComparisonKind),
        rules,
        url="http://vehicles.test/lookups",
        timeout_s=1,
        at_once=at_once,
    )
    runtime.outside["vehicles"] = httpx.ASGITransport(server)
    return server


def a_question(case_id: str | None, **changes: Any) -> dict[str, Any]:
    """An order for the owner of the plate."""
    order: dict[str, Any] = {
        "kind": "PLATE_OWNER",
        "purpose": "IDENTIFY_PARTY",
        "basis": BASIS,
        "subject": {"kind": "PLATE", "value": PLATE},
    }
    return order | ({"case_id": case_id} if case_id else {}) | changes


async def ask(
    world: World, case_id: str | None, *, by: Client | None = None, **changes: Any
) -> httpx.Response:
    """A comparison of the exchange officer of the first agency."""
    return await (by or officer(world, 0)).post("/v1/comparisons", json=a_question(case_id, **changes))


async def announce(
    world: World, case_id: str, content: bytes = b"subject\r\n", rows: int = 1, **changes: Any
) -> httpx.Response:
    """A file of plates that the exchange officer of the first agency announces."""
    order = {
        "kind": "PLATE_OWNER",
        "purpose": "IDENTIFY_PARTY",
        "case_id": case_id,
        "basis": BASIS,
        "subject_kind": "PLATE",
        "media_type": "text/csv",
        "rows": rows,
        "sha256": sha256(content).hexdigest(),
    }
    return await officer(world, 0).post("/v1/comparison-batches", json=order | changes)
