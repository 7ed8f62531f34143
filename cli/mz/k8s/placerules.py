"""How objects hang together: networks, references, secrets, the database. A rule names each object that breaks it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mz.k8s.objects import Manifest, Workload, matches, named, names_of, of_kind, strings, workloads
from mz.k8s.podrules import UNSET, Findings

_PASSWORD: Final = re.compile(r"://[^/@\s]+:[^/@\s]+@|-----BEGIN")
_SAMPLES: Final = (".invalid", "192.0.2.", UNSET)


def closed_first(manifests: Sequence[Manifest]) -> Findings:
    """In a namespace with pods everything is forbidden that no policy opens."""
    for namespace in sorted({workload.namespace for workload in workloads(manifests)}):
        policies = [each["spec"] for each in named(manifests, "NetworkPolicy", namespace).values()]
        if not any(
            spec["podSelector"] == {}
            and set(spec["policyTypes"]) == {"Ingress", "Egress"}
            and not spec.get("ingress")
            and not spec.get("egress")
            for spec in policies
        ):
            yield f"Namespace/{namespace}: 没有默认拒绝双向的 NetworkPolicy (nothing closes both directions)"


def opened_by_name(manifests: Sequence[Manifest]) -> Findings:
    """What a policy opens has a peer and a port; everywhere and every port is nobody's intention."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                peers = rule.get(side, [])
                wide = [peer for peer in peers if peer.get("ipBlock", {}).get("cidr", "").endswith("/0")]
                if not peers or not rule.get("ports") or wide or {} in peers:
                    yield f"{names_of(policy)}: {direction} 太宽 (too wide)"


Edge = tuple[str, str, int]
"""Caller, callee and port, each as namespace/name."""


def flows(manifests: Sequence[Manifest]) -> tuple[set[Edge], set[Edge]]:
    """Every pair of workloads between which a call may leave, and may arrive."""
    everyone = workloads(manifests)
    leaving: set[Edge] = set()
    arriving: set[Edge] = set()
    for policy in of_kind(manifests, "NetworkPolicy"):
        home, spec = policy["metadata"]["namespace"], policy["spec"]
        subjects = [
            each for each in everyone if each.namespace == home and matches(spec["podSelector"], each.labels)
        ]
        for subject in subjects:
            for direction, side, edges in (("ingress", "from", arriving), ("egress", "to", leaving)):
                for rule in spec.get(direction, []):
                    for other in everyone:
                        if not any(_is_peer(peer, other, home) for peer in rule.get(side, [])):
                            continue
                        ends = (other, subject) if direction == "ingress" else (subject, other)
                        edges |= {(_place(ends[0]), _place(ends[1]), port["port"]) for port in rule["ports"]}
    return leaving, arriving


def _place(workload: Workload) -> str:
    return f"{workload.namespace}/{workload.name}"


def _is_peer(peer: Mapping[str, Any], other: Workload, home: str) -> bool:
    if "ipBlock" in peer:
        return False
    space = peer.get("namespaceSelector")
    in_place = (
        matches(space, {"kubernetes.io/metadata.name": other.namespace})
        if space is not None
        else other.namespace == home
    )
    return in_place and matches(peer.get("podSelector"), other.labels)


def opened_on_both_sides(manifests: Sequence[Manifest]) -> Findings:
    """A call that may leave and may not arrive, or the other way round, was forgotten on one side."""
    leaving, arriving = flows(manifests)
    spaces = {workload.namespace for workload in workloads(manifests)}
    for caller, callee, port in sorted(leaving ^ arriving):
        if {caller.partition("/")[0], callee.partition("/")[0]} <= spaces:
            side = "出站 (leaving)" if (caller, callee, port) in leaving else "入站 (arriving)"
            yield f"{caller} → {callee}:{port} 只开了{side}"


def port_is_served(manifests: Sequence[Manifest]) -> Findings:
    """A flow leads to a port on which somebody listens."""
    ports = {
        _place(workload): {
            port["containerPort"] for each in workload.containers for port in each.get("ports", [])
        }
        for workload in workloads(manifests)
    }
    _, arriving = flows(manifests)
    for caller, callee, port in sorted(arriving):
        if port not in ports[callee]:
            yield f"{caller} → {callee}:{port}: 该端口无人监听 (nobody listens there)"


def one_way_in(manifests: Sequence[Manifest]) -> Findings:
    """Only the Gateway API leads to the gateway from outside."""
    for manifest in manifests:
        if manifest["kind"] == "Ingress":
            yield f"{names_of(manifest)}: 用 HTTPRoute (Ingress has no future)"
        if manifest["kind"] == "Service" and manifest["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{names_of(manifest)}: {manifest['spec']['type']}"
    for route in of_kind(manifests, "HTTPRoute"):
        services = named(manifests, "Service", route["metadata"]["namespace"])
        for rule in route["spec"]["rules"]:
            for back in rule["backendRefs"]:
                service = services.get(back["name"])
                if service is None or back["port"] not in [port["port"] for port in service["spec"]["ports"]]:
                    yield f"{names_of(route)}: {back['name']}:{back['port']} 不存在 (is not there)"
                elif back["name"] != "gateway":
                    yield f"{names_of(route)}: {back['name']} 绕过网关 (passes the gateway by)"


def secrets_by_reference(manifests: Sequence[Manifest]) -> Findings:
    """A secret is a file that somebody else put there: never a value, never in the environment."""
    for manifest in manifests:
        if manifest["kind"] == "Secret":
            yield f"{names_of(manifest)}: 清单不含密钥 (a manifest holds no secret)"
        for text in strings(manifest):
            if _PASSWORD.search(text):
                yield f"{names_of(manifest)}: 似有口令或密钥 (looks like a password or a key)"
    for workload in workloads(manifests):
        for container in workload.containers:
            env = [*container.get("env", []), *container.get("envFrom", [])]
            if any("secretKeyRef" in each.get("valueFrom", {}) or "secretRef" in each for each in env):
                yield f"{workload}: 密钥只以文件给出 (a secret is given as a file)"
        for name, volume in workload.volumes.items():
            mode = volume.get("secret", {}).get("defaultMode", volume.get("projected", {}).get("defaultMode"))
            is_secret = "secret" in volume or any(
                "secret" in each for each in volume.get("projected", {}).get("sources", [])
            )
            if is_secret and (mode is None or mode & 0o337):
                yield f"{workload}: {name} 的 defaultMode 须为 0440 (must be 0440)"


def nothing_dangles(manifests: Sequence[Manifest]) -> Findings:
    """Every name refers to something: claims, keys of ConfigMaps, selectors, named ports."""
    for workload in workloads(manifests):
        claims = named(manifests, "PersistentVolumeClaim", workload.namespace)
        maps = named(manifests, "ConfigMap", workload.namespace)
        for volume in workload.volumes.values():
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim is not None and claim not in claims:
                yield f"{workload}: 没有 (there is no) PersistentVolumeClaim/{claim}"
        for container in workload.containers:
            for each in container.get("env", []):
                source = each.get("valueFrom", {}).get("configMapKeyRef")
                if not source or source.get("optional"):
                    continue
                if source["key"] not in maps.get(source["name"], {}).get("data", {}):
                    yield f"{workload}: {each['name']} 取自不存在的 (comes from what is not there) {source['key']}"
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in workload.volumes:
                    yield f"{workload}: 没有 (there is no) volume {mount['name']}"
    for service in of_kind(manifests, "Service"):
        behind = _behind(manifests, service)
        names = {port["name"] for each in behind for c in each.containers for port in c.get("ports", [])}
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in names:
                yield f"{names_of(service)}: {port['targetPort']} 无人监听 (nobody listens there)"
    for monitor in of_kind(manifests, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        read = [
            service
            for service in named(manifests, "Service", monitor["metadata"]["namespace"]).values()
            if wanted.items() <= service["metadata"].get("labels", {}).items()
        ]
        # The rules of ops/watching.toml ask for job="mingzheng".
        label = monitor["spec"]["jobLabel"]
        jobs = {service["metadata"]["labels"].get(label) for service in read}
        if jobs != {"mingzheng"}:
            yield f"{names_of(monitor)}: job 不是 (the job is not) mingzheng"
        for endpoint in monitor["spec"]["endpoints"]:
            if not read or any(
                endpoint["port"] not in [p["name"] for p in each["spec"]["ports"]] for each in read
            ):
                yield f"{names_of(monitor)}: 端口 (port) {endpoint['port']}"


def _behind(manifests: Sequence[Manifest], service: Manifest) -> list[Workload]:
    """The workloads whose pods `service` leads to."""
    return [
        each
        for each in workloads(manifests)
        if each.namespace == service["metadata"]["namespace"]
        and matches({"matchLabels": service["spec"]["selector"]}, each.labels)
    ]


def database_that_keeps(manifests: Sequence[Manifest]) -> Findings:
    """A commit lies on two machines before it is answered, WAL leaves the cluster, no role enters another's."""
    for cluster in of_kind(manifests, "Cluster"):
        spec, home = cluster["spec"], cluster["metadata"]["namespace"]
        if spec["postgresql"]["synchronous"]["dataDurability"] != "required" or spec["instances"] < 3:
            yield f"{names_of(cluster)}: 须三个实例与 dataDurability required (three instances, and required)"
        if not spec["bootstrap"]["initdb"]["dataChecksums"] or spec["enableSuperuserAccess"]:
            yield f"{names_of(cluster)}: dataChecksums, enableSuperuserAccess"
        archivers = [each for each in spec["plugins"] if each.get("isWALArchiver")]
        stores = named(manifests, "ObjectStore", home)
        if [each["parameters"].get("barmanObjectName") in stores for each in archivers] != [True]:
            yield f"{names_of(cluster)}: WAL 没有去处 (WAL goes nowhere)"
        if not any(
            each["spec"]["cluster"]["name"] == cluster["metadata"]["name"]
            for each in of_kind(manifests, "ScheduledBackup")
        ):
            yield f"{names_of(cluster)}: 没有 (there is no) ScheduledBackup"
        roles = {role["name"] for role in spec["managed"]["roles"]}
        lines = [line.split() for line in spec["postgresql"]["pg_hba"]]
        if [line[-1] for line in lines[-2:]] != ["reject", "reject"]:
            yield f"{names_of(cluster)}: pg_hba 末尾须拒绝其余 (its end must reject the rest)"
        for base in (each["spec"] for each in of_kind(manifests, "Database")):
            own = {f"{kind}_{base['name']}" for kind in ("own", "svc", "relay")}
            own |= {"ledger_seq"} if base["name"] == "evidence" else set()
            admitted = [line for line in lines if line[1] == base["name"]]
            if not own <= roles or [set(line[2].split(",")) for line in admitted] != [own]:
                yield f"{names_of(cluster)}: {base['name']} 的角色或 pg_hba (roles or pg_hba)"


def nothing_left_of_the_sample(manifests: Sequence[Manifest]) -> Findings:
    """Only for a city's own overlay: addresses and digests that stand in this repository in place of real ones."""
    for manifest in manifests:
        for text in sorted(set(strings(manifest))):
            if any(sample in text for sample in _SAMPLES):
                yield f"{names_of(manifest)}: {text[:120]} 仍是样例 (is still a sample)"
