"""The tools for manifests, in an environment of their own: only these commands install it, never a first run.

.venv-ops/     from requirements-ops.lock, the group `ops` of pyproject.toml
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import venv
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, Final

from mz import ROOT
from mz.k8s.schemas import SCHEMAS

PLACE: Final = ROOT / ".venv-ops"
LOCK: Final = ROOT / "requirements-ops.lock"
INSIDE: Final = Path(__file__).with_name("inside.py")

Manifest = dict[str, Any]
"""One object of Kubernetes, as JSON."""


class ToolFailed(Exception):
    """What a tool said when it refused; its last lines."""


def install() -> None:
    """Make the environment, unless the one that is there came from the same lock."""
    stamp = PLACE / ".mingzheng-stamp"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    PLACE.mkdir(exist_ok=True)
    with (PLACE / ".mingzheng-lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print("mz: 安装清单检查工具 (installing the tools for manifests) …", file=sys.stderr, flush=True)
        venv.create(PLACE, with_pip=False)
        environment = _bootstrap().child_environment() | {"VIRTUAL_ENV": str(PLACE)}
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "sync", "--quiet"]
        _run([*uv, "--python", str(PLACE / "bin/python"), "--require-hashes", str(LOCK)], env=environment)
        stamp.write_text(wanted)


def tool(name: str) -> str:
    """The path of a tool. Installs the environment if it is not there."""
    install()
    return str(PLACE / "bin" / name)


def render(folder: Path) -> str:
    """What kustomize makes of `folder`, as YAML. Raises ToolFailed with what it said."""
    return _run([tool("kubectl"), "kustomize", str(folder)])


def parsed(text: str) -> list[Manifest]:
    """The objects in `text`, which is YAML."""
    documents: list[Manifest] = json.loads(_run([tool("python"), str(INSIDE), "parse"], given=text))
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
    found: list[str] = json.loads(_run([tool("python"), str(INSIDE), "compare"], given=given))
    return unknown + found


def is_custom(manifest: Manifest) -> bool:
    """Whether its kind is none of Kubernetes' own."""
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    return "." in group and (not group.endswith(".k8s.io") or group.startswith("gateway."))


def _run(command: list[str], *, given: str | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed("\n".join((done.stderr or done.stdout).strip().splitlines()[-12:]))
    return done.stdout


def _bootstrap() -> Any:
    """The file `mz` as a module: it knows how pip's settings of this machine are said to uv."""
    loader = SourceFileLoader("mz_bootstrap", str(ROOT / "mz"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
