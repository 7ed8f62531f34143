"""Manifests as the rules and the run read them: workloads, their pods, and who selects whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Manifest = Mapping[str, Any]
SERVING: Final = ("Deployment", "StatefulSet")
ENDING: Final = ("Job", "CronJob")


@dataclass(frozen=True)
class Workload:
    """One object that makes pods. `pod` is the spec of its pods, `labels` are theirs."""

    kind: str
    name: str
    namespace: str
    spec: Mapping[str, Any]
    pod: Mapping[str, Any]
    labels: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def serves(self) -> bool:
        return self.kind in SERVING

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def volumes(self) -> dict[str, Mapping[str, Any]]:
        """Each volume by its name; those that a StatefulSet makes for each pod too."""
        made = {
            each["metadata"]["name"]: {"claim": each} for each in self.spec.get("volumeClaimTemplates", [])
        }
        return {each["name"]: each for each in self.pod.get("volumes", [])} | made


def workloads(manifests: Sequence[Manifest]) -> list[Workload]:
    """Every workload, in the order of the manifests."""
    return [_workload(each) for each in manifests if each["kind"] in SERVING + ENDING]


def _workload(manifest: Manifest) -> Workload:
    spec = manifest["spec"]
    job = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    template = job["template"]
    return Workload(
        manifest["kind"],
        manifest["metadata"]["name"],
        manifest["metadata"].get("namespace", ""),
        job,
        template["spec"],
        template.get("metadata", {}).get("labels", {}),
    )


def of_kind(manifests: Sequence[Manifest], kind: str) -> list[Manifest]:
    return [each for each in manifests if each["kind"] == kind]


def named(manifests: Sequence[Manifest], kind: str, namespace: str) -> dict[str, Manifest]:
    """The objects of `kind` in `namespace`, by name."""
    return {
        each["metadata"]["name"]: each
        for each in of_kind(manifests, kind)
        if each["metadata"].get("namespace") == namespace
    }


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether `selector` (of `matchLabels` alone; empty means everything) picks `labels`."""
    wanted = (selector or {}).get("matchLabels", {})
    return all(labels.get(name) == value for name, value in wanted.items())


def names_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def strings(value: Any) -> Iterator[str]:
    """Every text inside `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from strings(each)
