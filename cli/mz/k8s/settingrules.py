"""The manifests against the code: a command that is not there, or a setting that nobody knows, would stop the pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

from common.web.settings import ProcessSettings, prefix_of
from mz.k8s.objects import Manifest, Workload, workloads
from mz.k8s.podrules import Findings
from mz.operate.environment import kind_of
from mz.services import SERVICES

COMMANDS: Final = {
    "outsiders.witness": {"", "--make-key"},
    "outsiders.monitor": {"", "--make-key"},
} | {service.distribution: {"serve", "migrate"} for service in SERVICES.values()}
"""What a manifest may start: `python -m <module> <command>`."""


def _modules(workload: Workload) -> list[tuple[Mapping[str, Any], str, str]]:
    """Each container with its module and its command; empty where it starts something else."""
    found = []
    for container in workload.containers:
        match container.get("command", []):
            case ["python", "-m", module, *rest]:
                found.append((container, module, " ".join(rest)))
            case _:
                found.append((container, "", ""))
    return found


def commands_exist(manifests: Sequence[Manifest]) -> Findings:
    """A manifest starts only what the product has."""
    for workload in workloads(manifests):
        for _, module, command in _modules(workload):
            if command not in COMMANDS.get(module, set()) or find_spec(module) is None:
                yield f"{workload}: python -m {module} {command} 不存在 (there is no such command)"


def settings_exist(manifests: Sequence[Manifest]) -> Findings:
    """Every MINGZHENG_ variable is a setting of the process, and every setting without a default is given."""
    for workload in workloads(manifests):
        for container, module, command in _modules(workload):
            kind = _settings(module, command)
            if kind is None:
                continue
            prefix = prefix_of(_service(module))
            names = {
                each["name"] for each in container.get("env", []) if each["name"].startswith("MINGZHENG_")
            }
            given = {name.removeprefix(prefix).lower() for name in names}
            for name in sorted(given - kind.variables()):
                yield f"{workload}: {name.upper()} 不是其设置 (is no setting of it)"
            needed = {name for name, field in kind.model_fields.items() if field.is_required()}
            for name in sorted(needed - {each.removesuffix("_file") for each in given}):
                yield f"{workload}: 缺少 (missing) {prefix}{name.upper()}"


def _service(module: str) -> str:
    return next(service.name for service in SERVICES.values() if service.distribution == module)


def _settings(module: str, command: str) -> type[ProcessSettings] | None:
    """The settings of a service's process; None for a program of another bureau."""
    if module.startswith("outsiders") or not module:
        return None
    return kind_of(_service(module), command)


def a_service_is_what_the_list_says(manifests: Sequence[Manifest]) -> Findings:
    """Each service of services.toml has one workload on its port, or none of them is there: the bureau's."""
    serving = {each.name: each for each in workloads(manifests) if each.serves}
    if not serving.keys() & SERVICES.keys():
        return
    for name, service in SERVICES.items():
        workload = serving.get(name)
        if workload is None:
            yield f"{name}: 没有 (there is no) Deployment"
        elif service.port not in [
            port["containerPort"] for each in workload.containers for port in each["ports"]
        ]:
            yield f"{workload}: 端口不是 (its port is not) {service.port}"
