"""The list of dependencies of the second distribution says what the two packages need, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from mz import ROOT

OURS = {"outsiders", "ledger"}
DISTRIBUTED_AS = {"nacl": "pynacl"}
NAMED_IN = {"httptools": ROOT / "outsiders/outsiders/standalone.py"}


def declared(path: Path) -> dict[str, str]:
    """Name and range of each dependency."""
    lines = tomllib.loads(path.read_text())["project"]["dependencies"]
    matches = (re.fullmatch(r"([a-z0-9-]+)(?:\[\w+\])?(.*?)(?:;.*)?", line.lower()) for line in lines)
    return {match[1]: match[2].strip() for match in matches if match}


def imported() -> set[str]:
    """The distributions that the two packages import."""
    names = set[str]()
    for folder in (ROOT / "outsiders/outsiders", ROOT / "libs/ledger/ledger"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    names.add((node.module or "").partition(".")[0])
    return {DISTRIBUTED_AS.get(name, name) for name in names - OURS - sys.stdlib_module_names}


def test_the_dependencies_are_what_the_two_packages_import() -> None:
    by_name = {name for name, path in NAMED_IN.items() if f'"{name}"' in path.read_text()}

    assert set(declared(ROOT / "outsiders/pyproject.toml")) == imported() | by_name


@pytest.mark.parametrize("name", sorted(declared(ROOT / "outsiders/pyproject.toml")))
def test_a_range_is_the_platform_s_own_and_the_line_says_what_uses_it(name: str) -> None:
    platform = declared(ROOT / "pyproject.toml")
    text = (ROOT / "outsiders/pyproject.toml").read_text()

    assert platform.get(name) in (declared(ROOT / "outsiders/pyproject.toml")[name], None)
    assert re.search(rf'^  "{name}[^"]*", +# \S', text, re.MULTILINE)


def test_both_distributions_have_one_version() -> None:
    versions = {
        tomllib.loads((ROOT / path).read_text())["project"]["version"]
        for path in ("pyproject.toml", "outsiders/pyproject.toml")
    }

    assert len(versions) == 1
