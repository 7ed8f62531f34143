"""The manifests against the code: a command that is not there, or a setting that nobody knows, would stop the pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

from common.web.settings import prefix_of
from mz.k8s.objects import Manifest, Workload, workloads
from mz.k8s.podrules import Findings
from mz.operate.environment import kind_of
from mz.services import SERVICES

COMMANDS: Final = {service.distribution: {"serve", "migrate"} for service in SERVICES.values()} | {
    "mz": {"city open"},
    "evidence": {"serve", "migrate", "fsck"},
    "outsiders.witness": {"", "--make-key"},
    "outsiders.monitor": {"", "--make-key", "--story-clock"},
}
"""What a manifest may start: `python -m <module> <command>`."""
_OPENING: Final = ("evidence", "gateway")
"""The services whose settings `mz city open` reads."""


def _modules(workload: Workload) -> list[tuple[Mapping[str, Any], str, str]]:
    """Each container with its module and its command; empty where it starts something else."""
    found = []
    for container in workload.containers:
        match container.get("command", []):
            case ["python", "-m", "mz", *rest]:
                found.append((container, "mz", " ".join(rest[:2])))
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
            services = _services(module)
            names = {
                each["name"] for each in container.get("env", []) if each["name"].startswith("MINGZHENG_")
            }
            for service in services:
                prefix, kind = prefix_of(service), kind_of(service, command)
                given = {name.removeprefix(prefix).lower() for name in names if name.startswith(prefix)}
                for name in sorted(given - kind.variables()):
                    yield f"{workload}: {prefix}{name.upper()} 不是其设置 (is no setting of it)"
                needed = {name for name, field in kind.model_fields.items() if field.is_required()}
                for name in sorted(needed - {each.removesuffix("_file") for each in given}):
                    yield f"{workload}: 缺少 (missing) {prefix}{name.upper()}"
            if services:
                for name in sorted(names):
                    if not name.startswith(tuple(map(prefix_of, services))):
                        yield f"{workload}: {name} 不是其设置 (is no setting of it)"


def _services(module: str) -> tuple[str, ...]:
    """The services whose settings a program of ours reads; none for one of another bureau."""
    if module == "mz":
        return _OPENING
    return tuple(service.name for service in SERVICES.values() if service.distribution == module)


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
