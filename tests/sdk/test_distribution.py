"""The Python client's list of dependencies says what it needs, and nothing else."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib

from mz import ROOT
from tests.outsiders.test_distribution import declared

OWN = ROOT / "sdk/python"


def test_the_client_declares_what_it_imports_in_the_platforms_own_ranges() -> None:
    imported = set[str]()
    for path in (OWN / "mingzheng_partner").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    outside = imported - {"mingzheng_partner"} - sys.stdlib_module_names

    needs = declared(OWN / "pyproject.toml")
    assert set(needs) == {name.replace("_", "-") for name in outside}
    platform = declared(ROOT / "pyproject.toml")
    assert needs == {name: platform[name] for name in needs}
    text = (OWN / "pyproject.toml").read_text()
    assert all(re.search(rf'^  "{name}[^"]*", +# \S', text, re.MULTILINE) for name in needs)


def test_the_clients_have_the_platforms_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    package = json.loads((ROOT / "sdk/typescript/package.json").read_text())
    assert tomllib.loads((OWN / "pyproject.toml").read_text())["project"]["version"] == version
    assert package["version"] == version
