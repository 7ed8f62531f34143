"""The examples of both clients, as a developer runs them: a comparison, what was withheld, the verified receipt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from mz import ROOT
from tests.case.story import OPENED, Story
from tests.data_exchange.partners import Line
from tests.data_exchange.registers import PLATE, a_register
from tests.data_exchange.test_partner_comparisons import a_comparing_line
from tests.nodejs import run
from tests.sdk.test_typescript import a_copy
from tests.served import served
from tests.world import BASE_URL, World

PYTHON = ROOT / "sdk/python/examples/first_comparison.py"


def files_of(line: Line, folder: Path, **more: Any) -> tuple[str, str]:
    """What a developer has: the settings of the enrolment, and the key."""
    settings = {
        "origin": BASE_URL,
        "application_id": line.system.application_id,
        "kid": line.system.kid,
        "agreement_id": line.agreement["agreement_id"],
        "purpose_id": line.purpose["purpose_id"],
        "magic": {"plate": {"match": PLATE}},
    }
    paths = folder / "settings.json", folder / "partner.pem"
    paths[0].write_text(json.dumps(settings | more, ensure_ascii=False))
    private, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(line.system.key.private_bytes(serialization.Encoding.PEM, private, plain))
    return str(paths[0]), str(paths[1])


async def a_developer(world: World, folder: Path, port: int) -> tuple[str, str]:
    """A system that may compare, with its files."""
    a_register(world)
    case_id = (await Story(world).opened()).case_id
    line = await a_comparing_line(world)
    answer = await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}")
    more = {"case_id": case_id, "case_no": answer.json()["number"]}
    return files_of(line, folder, connect=f"http://127.0.0.1:{port}", **more)


WITHHELD = ["/district", "/owner/id", "/owner/phone", "/photo", "/vehicle/colour"]


def said(output: str, mark: str) -> list[str]:
    return [line.split(" ", 3)[3] for line in output.splitlines() if line.startswith(mark)]


@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_the_example_in_python_compares_and_verifies_its_receipt(world: World, tmp_path: Path) -> None:
    async with served(world) as port:
        files = await a_developer(world, tmp_path, port)

        output = await run(sys.executable, str(PYTHON), *files)
        nobody = await run(sys.executable, str(PYTHON), *files, "苏A99999")
        record = json.loads(
            await run(sys.executable, "-m", "mingzheng_partner", *files, "get", "/v1/comparisons?limit=1")
        )

    assert said(output, "结论") == ["MATCH"]
    assert json.loads(said(output, "数据")[0])["owner"] == {"name": "张**"}
    assert [each.split(" ")[0] for each in said(output, "未提供")] == WITHHELD
    assert said(output, "回执")[0].startswith("comparison.answered ")
    assert (said(nobody, "结论"), said(nobody, "数据")) == (["NO_MATCH"], [])
    assert record["items"][0]["kind"] == "PLATE_OWNER"


@pytest.mark.slow
@pytest.mark.begins(OPENED)
async def test_the_example_in_typescript_says_the_same(world: World, tmp_path: Path) -> None:
    copy = await a_copy(tmp_path)
    await run("npm", "run", "--silent", "build", cwd=copy)
    async with served(world) as port:
        files = await a_developer(world, tmp_path, port)

        output = await run("node", str(copy / "dist/examples/first-comparison.js"), *files)

    assert said(output, "结论") == ["MATCH"]
    assert json.loads(said(output, "数据")[0])["owner"] == {"name": "张**"}
    assert [each.split(" ")[0] for each in said(output, "未提供")] == WITHHELD
    assert said(output, "回执")[0].startswith("comparison.answered ")
