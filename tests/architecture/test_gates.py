"""Each gate holds on the real tree, and names what it must when a violation is planted."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from fastapi import APIRouter

from common.values.facts import Fact
from mz import ROOT
from mz.build import lawbook
from mz.operate.rowcheck import columns_in_database, tables_of
from mz.services import SERVICES
from tests.architecture import gates
from tests.world import World


def test_every_route_states_its_policy(world: World) -> None:
    assert {name: gates.routes_without_policy(app) for name, app in world.app.apps.items()} == {
        name: [] for name in world.app.apps
    }


def test_a_route_without_a_policy_is_named(world: World) -> None:
    router = APIRouter()
    router.add_api_route("/v1/planted", lambda: None)
    app = world.app.apps["device-registry"]
    app.include_router(router)

    assert gates.routes_without_policy(app) == ["GET /v1/planted"]


def test_every_instant_and_day_of_a_request_is_read_strictly(world: World) -> None:
    assert {name: gates.bare_times(app.openapi()) for name, app in world.app.apps.items()} == {
        name: [] for name in world.app.apps
    }


def test_no_answer_holds_a_model_of_a_request(world: World) -> None:
    assert {name: gates.orders_in_answers(app.openapi()) for name, app in world.app.apps.items()} == {
        name: [] for name in world.app.apps
    }


def test_a_request_s_model_in_an_answer_is_named() -> None:
    part = {"schema": {"$ref": "#/components/schemas/Part"}}
    operation = {"requestBody": {"content": {"x": part}}, "responses": {"200": {"content": {"x": part}}}}
    document = {"paths": {"/v1/planted": {"post": operation}}, "components": {"schemas": {"Part": {}}}}

    assert gates.orders_in_answers(document) == ["Part"]


async def test_every_table_is_guarded_or_says_why_not(world: World) -> None:
    for service in world.app.apps:
        async with world.database(service) as conn:
            assert await gates.unguarded_tables(conn) == [], service


async def test_a_table_without_its_trigger_is_named(world: World) -> None:
    async with world.database("device-registry") as conn:
        await conn.execute("CREATE TABLE planted (id text PRIMARY KEY); DROP TRIGGER guarded ON devices")

        assert await gates.unguarded_tables(conn) == ["devices", "planted"]


async def test_the_schema_is_the_one_the_stores_declare(world: World) -> None:
    for service in SERVICES:
        declared = {
            (table.name, str(column.name)) for table in tables_of(service) for column in table.columns
        }
        async with world.database(service) as conn:
            held = {pair for pair in await columns_in_database(conn) if pair[0] not in gates._DOOR}
        assert held == declared, service


def test_common_is_the_folders_of_the_code_map() -> None:
    text = (ROOT / "docs/ARCHITECTURE.md").read_text()
    row = re.search(r"^\| `libs/common/common/` \|.*$", text, re.MULTILINE)
    there = (ROOT / "libs/common/common").iterdir()

    assert row is not None
    assert set(re.findall(r"`([a-z]+)/`", row[0])) == {
        path.name for path in there if path.is_dir() and path.name != "__pycache__"
    }


def test_only_the_mapper_and_the_camera_s_door_know_http_errors() -> None:
    knowing = [p.name for p in lawbook.code_files(ROOT) if re.search(r"\bHTTPException\b", p.read_text())]

    assert knowing == ["problem.py", "protocol.py"]


def test_every_record_type_has_a_released_sample(world: World) -> None:
    assert gates.types_without_sample(ours(), ROOT / "tests/contracts/records") == []


def test_no_fact_has_a_field_that_the_record_itself_writes() -> None:
    assert gates.fields_of_the_record(ours()) == []


def test_a_fact_with_a_field_of_the_record_is_named() -> None:
    @dataclass(frozen=True)
    class Planted(Fact):
        rows: int

    assert gates.fields_of_the_record([Planted]) == ["Planted.rows"]


def test_a_record_type_without_a_sample_is_named(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Planted(Fact):
        type: ClassVar[str] = "device.planted"

    assert gates.types_without_sample([Planted], tmp_path) == ["device.planted.v1"]


def test_every_article_we_rest_on_has_a_rule_and_a_test() -> None:
    assert lawbook.articles_without_rule(ROOT) == []
    assert lawbook.articles_without_test(ROOT) == []
    assert lawbook.marks_without_article(ROOT) == []


def test_an_article_that_no_test_is_marked_with_is_named(tmp_path: Path) -> None:
    tests = _planted_law(tmp_path, rule="raise Refusal(article=APL_41_1)")
    tests.write_text("def test_a():\n    assert refusal.article is APL_41_1\n")
    unmarked = lawbook.articles_without_test(tmp_path)

    tests.write_text("@pytest.mark.law(APL_44, APL_41_1)\nasync def test_a(): ...\n")

    assert unmarked == ["APL_41_1 (APL 41(1))"]
    assert lawbook.articles_without_test(tmp_path) == []
    assert lawbook.marks(tmp_path) == [("test_rule.py:test_a", "APL_44"), ("test_rule.py:test_a", "APL_41_1")]


def test_a_mark_that_names_no_article_is_named(tmp_path: Path) -> None:
    tests = _planted_law(tmp_path, rule="")
    tests.write_text(
        "pytestmark = [pytest.mark.law(APL_99), pytest.mark.law(APL_44)]\n"
        '@pytest.mark.law("APL 44")\n'
        "@pytest.mark.law()\n"
        "def test_a(): ...\n"
    )

    assert lawbook.marks_without_article(tmp_path) == [
        "test_rule.py: APL_99",
        "test_rule.py:test_a: 'APL 44'",
        "test_rule.py:test_a: no article",
    ]


def _planted_law(root: Path, *, rule: str) -> Path:
    """A tree with one file of rules; returns the path of its one file of tests."""
    (root / "services").mkdir()
    (root / "tests").mkdir()
    (root / "services/rule.py").write_text(f"{rule}\n")
    return root / "tests/test_rule.py"


def test_a_domain_file_that_imports_io_is_named(tmp_path: Path) -> None:
    for part in ("cli", "libs", "outsiders", "gateway", "services", "pyproject.toml"):
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    planted = tmp_path / "services/case/case/domain/planted.py"
    planted.write_text("import os\n")
    paths = [
        tmp_path / p
        for p in (
            "cli",
            "libs/common",
            "libs/ledger",
            "outsiders",
            "gateway",
            *(f"services/{s}" for s in _folders(tmp_path)),
        )
    ]

    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path, env={"PYTHONPATH": ":".join(map(str, paths)), "PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode != 0
    assert "case.domain.planted -> os" in done.stdout


def _folders(root: Path) -> list[str]:
    return sorted(folder.name for folder in (root / "services").iterdir())


def ours() -> list[type[Fact]]:
    """The facts of the product; tests declare some of their own."""
    return [kind for kind in gates.fact_classes() if not kind.__module__.startswith("tests.")]
