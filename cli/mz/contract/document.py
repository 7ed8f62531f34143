"""The document that `/openapi.json` answers, made from the code alone, and those that the releases kept."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.allinone import contract_of, described
from mz import ROOT
from mz.services import SERVICES

Document = dict[str, Any]

KEPT: Final = ROOT / "tests" / "data" / "releases"
"""`<version>/openapi.json.gz`: the contract of each release, which `./mz release` keeps."""


@cache
def document() -> Document:
    """The contract of a city whose officers come from its own identity provider."""
    return contract_of(described(SERVICES))


def with_standard_paths(contract: Document) -> Document:
    """`contract` with the addresses of other standards among its own: a tool calls what stands in `paths`."""
    whole = dict(contract)
    standard = whole.pop("x-standard-paths", {})
    return whole | {"paths": contract["paths"] | standard}


def keep(folder: Path) -> None:
    """Write the contract of this code into `folder`, the same bytes for the same contract."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(), ensure_ascii=False, sort_keys=True).encode()
    (folder / "openapi.json.gz").write_bytes(gzip.compress(text, mtime=0))


def kept(folder: Path = KEPT) -> tuple[str, Document] | None:
    """The version of the last release below `folder` and its contract; None before the first one."""
    found = sorted(folder.glob("*/openapi.json.gz"), key=lambda path: _numbers(path.parent.name))
    if not found:
        return None
    return found[-1].parent.name, json.loads(gzip.decompress(found[-1].read_bytes()))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
