"""What every pod must be. A rule takes the manifests and names each object that breaks it, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mz.k8s.objects import Manifest, Workload, matches, named, names_of, of_kind, workloads

Findings = Iterator[str]
UNSET: Final = "sha256:" + "0" * 64
"""The digest that the overlays of this repository bear until a city has built its image."""
DRAIN_S: Final = 20
"""A process is not ready for 6 s, then has 10 s for the requests under way, then ends."""

_DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
_AMOUNT: Final = re.compile(r"^([0-9.]+)(m|Ki|Mi|Gi|Ti)?$")
_TIMES: Final = {None: 1.0, "m": 0.001, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


def _containers(manifests: Sequence[Manifest]) -> Iterator[tuple[Workload, Mapping[str, Any]]]:
    for workload in workloads(manifests):
        for container in workload.containers:
            yield workload, container


def image_by_digest(manifests: Sequence[Manifest]) -> Findings:
    """A tag may name another image tomorrow; a digest cannot."""
    images = [(str(workload), container["image"]) for workload, container in _containers(manifests)]
    images += [(names_of(each), each["spec"]["imageName"]) for each in of_kind(manifests, "Cluster")]
    for owner, image in images:
        if not _DIGEST.search(image):
            yield f"{owner}: {image} 没有摘要 (has no digest)"


def nobody_special(manifests: Sequence[Manifest]) -> Findings:
    """A numeric user, no capability, nothing to write but what is mounted: Pod Security `restricted` and more."""
    for workload in workloads(manifests):
        context = workload.pod.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser", 0) < 10_000:
            yield f"{workload}: runAsUser 须为 10000 以上的数字 (a numeric user of 10000 or more)"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{workload}: seccompProfile 不是 RuntimeDefault"
        for field in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            if workload.pod.get(field):
                yield f"{workload}: {field}"
        if any("hostPath" in volume for volume in workload.volumes.values()):
            yield f"{workload}: hostPath"
    for workload, container in _containers(manifests):
        context = container.get("securityContext", {})
        wanted = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        if context != wanted:
            yield f"{workload}: securityContext 须恰为 (must be exactly) {wanted}"
        if any("hostPort" in port for port in container.get("ports", [])):
            yield f"{workload}: hostPort"


def no_word_for_the_cluster(manifests: Sequence[Manifest]) -> Findings:
    """Nothing of ours calls the cluster's API, so nothing holds a token for it."""
    for workload in workloads(manifests):
        accounts = named(manifests, "ServiceAccount", workload.namespace)
        account = accounts.get(workload.pod.get("serviceAccountName", "default"))
        if account is not None and account.get("automountServiceAccountToken") is not False:
            yield f"{workload}: 其 ServiceAccount 会挂载令牌 (its account mounts a token)"
        if account is None and workload.serves:
            yield f"{workload}: 没有自己的 ServiceAccount (no account of its own)"
        if workload.pod.get("automountServiceAccountToken") is not False:
            yield f"{workload}: automountServiceAccountToken"
        if workload.pod.get("enableServiceLinks") is not False:
            yield f"{workload}: enableServiceLinks"
    for manifest in manifests:
        if str(manifest["apiVersion"]).startswith("rbac."):
            yield f"{names_of(manifest)}: 不需要任何权限 (nothing here needs rights)"


def restricted_namespace(manifests: Sequence[Manifest]) -> Findings:
    """The cluster itself refuses a pod that is more than it needs."""
    spaces = {
        each["metadata"]["name"]: each["metadata"].get("labels", {})
        for each in of_kind(manifests, "Namespace")
    }
    for workload in workloads(manifests):
        labels = spaces.get(workload.namespace)
        if labels is None:
            yield f"{workload}: 命名空间 {workload.namespace} 不在清单中 (its namespace is not among the manifests)"
        elif (
            labels.get("pod-security.kubernetes.io/enforce") != "restricted"
            or "pod-security.kubernetes.io/enforce-version" not in labels
        ):
            yield f"Namespace/{workload.namespace}: 须强制 restricted 并固定版本 (must enforce it, of a fixed version)"


def amount(text: str) -> float:
    """An amount of Kubernetes as a number: bytes, or cores. Raises ValueError for anything else."""
    found = _AMOUNT.match(text)
    if found is None:
        raise ValueError(f"{text} is no amount")
    return float(found[1]) * _TIMES[found[2]]


def bounded(manifests: Sequence[Manifest]) -> Findings:
    """One process must not take the memory of the others, nor fill a disk."""
    for workload, container in _containers(manifests):
        resources = container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not {"cpu", "memory"} <= requests.keys() or "memory" not in limits:
            yield f"{workload}: 缺 requests 或内存 limits (requests of both, and a limit of memory)"
        elif amount(str(limits["memory"])) < amount(str(requests["memory"])):
            yield f"{workload}: limits < requests"
    for workload in workloads(manifests):
        for name, volume in workload.volumes.items():
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{workload}: emptyDir {name} 没有 sizeLimit"


def asked_how_it_is(manifests: Sequence[Manifest]) -> Findings:
    """Three probes. Whether a process lives must not depend on a database, or one that is away restarts them all."""
    for workload, container in _containers(manifests):
        if not workload.serves:
            continue
        ports = {port["name"] for port in container.get("ports", [])}
        for name in ("startupProbe", "livenessProbe", "readinessProbe"):
            probe = container.get(name, {})
            how = probe.get("httpGet") or probe.get("tcpSocket")
            if how is None or how.get("port") not in ports:
                yield f"{workload}: {name}"
        paths = [
            container.get(f"{name}Probe", {}).get("httpGet", {}).get("path")
            for name in ("liveness", "readiness")
        ]
        if paths[0] is not None and paths[0] == paths[1]:
            yield f"{workload}: liveness 与 readiness 问的是同一处 (both ask {paths[0]})"


def stops_gently(manifests: Sequence[Manifest]) -> Findings:
    """A pod that ends is out of the Service before it stops to answer, and is not killed in the middle of an answer."""
    for workload in workloads(manifests):
        if not workload.serves:
            continue
        waits = sum(
            container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            for container in workload.containers
        )
        # The bureau's programs end at once, so they sleep before; ours serve on by themselves for 6 s.
        ours = any("outsiders" not in " ".join(each.get("command", [])) for each in workload.containers)
        if workload.pod.get("terminationGracePeriodSeconds", 30) < (DRAIN_S if ours else waits + 5):
            yield f"{workload}: terminationGracePeriodSeconds 太短 (too short to drain)"
        if not ours and waits < 1:
            yield f"{workload}: 没有 preStop (ends while calls still come)"
        strategy = workload.spec.get("strategy", {})
        if (
            workload.kind == "Deployment"
            and strategy.get("type") != "Recreate"
            and strategy.get("rollingUpdate", {}).get("maxUnavailable") != 0
        ):
            yield f"{workload}: maxUnavailable 须为 0 (an update takes one away before the next is ready)"


def kept_through_a_drain(manifests: Sequence[Manifest]) -> Findings:
    """Who empties a machine takes one process at a time, also a sick one; and the budget never forbids it for ever."""
    for workload in workloads(manifests):
        if not workload.serves:
            continue
        budgets = [
            each["spec"]
            for each in named(manifests, "PodDisruptionBudget", workload.namespace).values()
            if matches(each["spec"].get("selector"), workload.labels)
        ]
        if len(budgets) != 1:
            yield f"{workload}: {len(budgets)} 个 PodDisruptionBudget (one is needed)"
        elif (
            budgets[0].get("maxUnavailable") != 1
            or budgets[0].get("unhealthyPodEvictionPolicy") != "AlwaysAllow"
        ):
            yield f"{workload}: PodDisruptionBudget 须 maxUnavailable 1 与 AlwaysAllow"


def jobs_end(manifests: Sequence[Manifest]) -> Findings:
    """A job gives up after a while."""
    for workload in workloads(manifests):
        if not workload.serves and not {"backoffLimit", "activeDeadlineSeconds"} <= workload.spec.keys():
            yield f"{workload}: backoffLimit, activeDeadlineSeconds"


def grows_where_it_can(manifests: Sequence[Manifest]) -> Findings:
    """An autoscaler scales a Deployment whose number nobody else sets, and does not shake."""
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        found = named(manifests, target["kind"], scaler["metadata"]["namespace"]).get(target["name"])
        if found is None or found["kind"] != "Deployment":
            yield f"{names_of(scaler)}: 只扩展 Deployment (scales a Deployment that is there)"
        elif "replicas" in found["spec"]:
            yield f"{names_of(scaler)}: {target['name']} 另有 replicas (the manifest sets its number too)"
        if scaler["spec"].get("minReplicas", 1) < 2 or "behavior" not in scaler["spec"]:
            yield f"{names_of(scaler)}: minReplicas ≥ 2, behavior"
