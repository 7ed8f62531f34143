"""The TypeScript client: its types follow the contract, its own tests pass, and it understands the real platform."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mz import ROOT
from tests.nodejs import installed, run

pytestmark = pytest.mark.slow

OWN = ROOT / "sdk/typescript"


async def a_copy(place: Path) -> Path:
    """The client in a folder of its own with the packages that it pins."""
    package = json.loads((OWN / "package.json").read_text())
    pinned = package["dependencies"] | package["devDependencies"]
    assert all(version[0].isdigit() for version in pinned.values()), "a version is pinned"
    folder = await installed("sdk-typescript", *(f"{name}@{version}" for name, version in pinned.items()))
    copy = place / "sdk/typescript"
    shutil.copytree(OWN, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    shutil.copy(ROOT / "sdk/openapi.json", place / "sdk")
    (copy / "node_modules").symlink_to(folder / "node_modules")
    return copy


async def test_its_types_are_those_of_the_contract_and_its_own_tests_pass(tmp_path: Path) -> None:
    copy = await a_copy(tmp_path)
    committed = (copy / "src/schema.d.ts").read_text()

    await run("npm", "run", "--silent", "models", cwd=copy)
    await run("npm", "run", "--silent", "build", cwd=copy)
    report = await run("node", "--test", "dist/test/", cwd=copy)

    assert (copy / "src/schema.d.ts").read_text() == committed, "run `npm run models` in sdk/typescript"
    assert "# fail 0" in report


def test_no_lock_names_where_packages_come_from() -> None:
    assert not (OWN / "package-lock.json").exists()
    assert "://" not in (OWN / "package.json").read_text()
