"""The tools for manifests, in an environment of their own: only these commands install it, never a first run.

.venv-ops/     from requirements-ops.lock, the group `ops` of pyproject.toml
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from mz.build.toolroom import Room, run
from mz.k8s.schemas import SCHEMAS

ROOM: Final = Room("ops", "清单检查工具 (the tools for manifests)")
INSIDE: Final = Path(__file__).with_name("inside.py")

Manifest = dict[str, Any]
"""One object of Kubernetes, as JSON."""


def render(folder: Path) -> str:
    """What kustomize makes of `folder`, as YAML. Raises ToolFailed with what it said."""
    return run([ROOM.tool("kubectl"), "kustomize", str(folder)])


def parsed(text: str) -> list[Manifest]:
    """The objects in `text`, which is YAML."""
    documents: list[Manifest] = json.loads(run([ROOM.tool("python"), str(INSIDE), "parse"], given=text))
    return documents


def misfits(manifests: list[Manifest]) -> list[str]:
    """Each place at which an object of a custom kind does not fit our schema of that kind."""
    custom = [each for each in manifests if is_custom(each)]
    unknown = [
        f"{each['kind']}: 没有该类型的模式 (no schema of this kind)"
        for each in custom
        if each["kind"] not in SCHEMAS
    ]
    known = [each for each in custom if each["kind"] in SCHEMAS]
    given = json.dumps([SCHEMAS, known])
    found: list[str] = json.loads(run([ROOM.tool("python"), str(INSIDE), "compare"], given=given))
    return unknown + found


def is_custom(manifest: Manifest) -> bool:
    """Whether its kind is none of Kubernetes' own."""
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    return "." in group and (not group.endswith(".k8s.io") or group.startswith("gateway."))
