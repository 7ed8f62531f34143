"""Writes the lists of pyproject.toml that name services, from services.toml.

A list stands between two comments, `# services.toml: NAME` and `# end`. Everything else in the file is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from mz.services import Service, read_services

HOMES: Final = {
    "mz": "cli",
    "common": "libs/common",
    "ledger": "libs/ledger",
    "outsiders": "outsiders",
    "gateway": "gateway",
}
"""The packages that are not one of the services behind the gateway, and the folder of each."""

SDKS: Final = {"mingzheng_partner": "sdk/python"}
"""Packages that others install: checked and tested here, and no part of the platform's wheel."""

_BLOCK: Final = re.compile(r"(^# services\.toml: ([a-z-]+)\n).*?(^# end\n)", re.MULTILINE | re.DOTALL)


def pyproject(root: Path) -> str:
    """The text that `root`/pyproject.toml must have. Raises KeyError for a comment that names no list."""
    built = [service for service in read_services(root).values() if service.built]
    lists = lists_of(built)
    return _BLOCK.sub(
        lambda block: block[1] + lists[block[2]] + block[3], (root / "pyproject.toml").read_text()
    )


def lists_of(built: Sequence[Service]) -> dict[str, str]:
    """Each list by its name, as lines of TOML."""
    folders = HOMES | {service.package: service.folder for service in built if service.name != "gateway"}
    checked = folders | SDKS
    behind = [service.package for service in built if service.package in folders]
    apps = [f"{package}.app" for package in behind]
    domains = [f"{service.package}.domain" for service in built]
    return {
        "wheel": _list("packages", [f"{folder}/{name}" for name, folder in folders.items()])
        + _list("dev-mode-dirs", checked.values()),
        "ruff": _list("src", [".", *checked.values()]),
        "mypy": f"mypy_path = {json.dumps(':'.join(checked.values()))}\n" + _list("packages", checked),
        "import-linter": _list("root_packages", checked),
        "meeting": _list("layers", ["mz", "gateway : outsiders", " | ".join(behind), "common", "ledger"])
        + _list("ignore_imports", [f"** -> {package}.contract" for package in ["gateway.identity", *behind]]),
        "not-for-outsiders": _list("forbidden_modules", ["mz", "common", "gateway", *behind]),
        "not-for-pages": _list("forbidden_modules", behind),
        "not-for-partners": _list("forbidden_modules", folders),
        "nobody-imports-sdk": _list("source_modules", folders),
        "anatomy": "\n".join(_anatomy(service) for service in built),
        "apps": _list("forbidden_modules", apps),
        "domains": _list("source_modules", domains),
        "domains-and-pydantic": _list("source_modules", domains),
        "everybody": _list("source_modules", folders),
    }


def layers_of(service: Service) -> list[str]:
    """The parts of a service from the top down. A part imports only parts below it."""
    above = [f"({room})" for room in service.rooms if room not in service.sql]
    below = [f"({room})" for room in service.sql]
    layers = [
        ["(app)"],
        ["(api)", "(jobs)"],
        above,
        ["(runtime)"],
        below,
        ["(store)"],
        ["domain", "(contract)"],
    ]
    return [" | ".join(layer) for layer in layers if layer]


def _anatomy(service: Service) -> str:
    return (
        "[[tool.importlinter.contracts]]\n"
        f'name = "Inside {service.name}: the parts of a service, each on the ones below it"\n'
        'type = "layers"\n'
        f'containers = ["{service.package}"]\n' + _list("layers", layers_of(service))
    )


def _list(key: str, items: Iterable[str]) -> str:
    """`key = [...]`: on one line where it fits, else an item a line."""
    quoted = [json.dumps(item) for item in items]
    line = f"{key} = [{', '.join(quoted)}]\n"
    return line if len(line) <= 110 else f"{key} = [\n" + "".join(f"  {item},\n" for item in quoted) + "]\n"
