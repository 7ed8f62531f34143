"""A register drops a file: it is hashed, sealed and asked, and a faulty one is set aside."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.filtering import FieldRule, FieldRules, Transform
from data_exchange.domain.registers import Register
from tests.case.story import OPENED, Story
from tests.data_exchange.registers import PLATE, ask
from tests.world import World

RULES = FieldRules((FieldRule("/permit", Transform.PASS, "第三条"),), (), 5, "第二条")
GOOD = f"subject,permit,holder\r\n苏Ａ·１２３４５,渣土准运-1,张示范\r\n{PLATE},渣土准运-2,张示范\r\n".encode()
FAULTY = b"subject,permit\r\nonly one cell\r\n"


def _register(world: World, folder: Path) -> None:
    world.runtimes["data-exchange"].registers["permits"] = Register(
        "permits", "示范市城市管理局", (ComparisonKind.PERMIT,), RULES, folder=str(folder)
    )


@pytest.mark.begins(OPENED)
async def test_a_dropped_file_answers_and_a_faulty_one_is_set_aside(world: World, tmp_path: Path) -> None:
    _register(world, tmp_path)
    case_id = (await Story(world).opened()).case_id
    permit: dict[str, Any] = {"kind": "PERMIT", "purpose": "CHECK_PERMIT"}

    before = await ask(world, case_id, **permit)
    (tmp_path / "permits.csv").write_bytes(GOOD)
    (tmp_path / "writing.tmp").write_bytes(FAULTY)
    await world.settle()
    (tmp_path / "permits.csv").write_bytes(FAULTY)
    await world.settle()
    after = await ask(world, case_id, **permit)

    assert (before.status_code, before.json()["code"]) == (503, "DX_REGISTER_UNAVAILABLE")
    assert (after.status_code, after.json()["verdict"]) == (201, "MATCH")
    assert [row["permit"] for row in after.json()["rows"]] == ["渣土准运-1", "渣土准运-2"]
    assert {each["pointer"] for each in after.json()["withheld"]} == {"/holder", "/subject"}
    remaining = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert remaining == [f"quarantine/{sha256(FAULTY).hexdigest()}.csv", "writing.tmp"]
    sealed = world.folder / "blobs" / "data-exchange" / "sealed"
    assert not any(PLATE.encode() in path.read_bytes() for path in sealed.rglob("*") if path.is_file())
    assert (await world.fsck()).clean
