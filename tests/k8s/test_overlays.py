"""The manifests as they are, and each rule seen to notice the fault that it is there for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mz.build.toolroom import ToolFailed
from mz.k8s import check, podrules
from mz.k8s.placerules import flows
from mz.k8s.podrules import UNSET
from mz.k8s.tools import misfits, parsed
from tests.k8s.conftest import text_of

pytestmark = pytest.mark.slow
Manifests = list[dict[str, Any]]


def found(manifests: Manifests, kind: str, name: str) -> dict[str, Any]:
    return next(m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name)


def pod(manifests: Manifests, name: str = "case") -> dict[str, Any]:
    kind = "StatefulSet" if name == "evidence" else "Deployment"
    spec: dict[str, Any] = found(manifests, kind, name)["spec"]["template"]["spec"]
    return spec


def container(manifests: Manifests, name: str = "case") -> dict[str, Any]:
    one: dict[str, Any] = pod(manifests, name)["containers"][0]
    return one


def policy(manifests: Manifests, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = found(manifests, "NetworkPolicy", name)["spec"]
    return spec


def cluster(manifests: Manifests) -> dict[str, Any]:
    spec: dict[str, Any] = found(manifests, "Cluster", "mingzheng-database")["spec"]
    return spec


@pytest.mark.parametrize("overlay", check.OVERLAYS)
def test_an_overlay_breaks_no_rule(overlay: str) -> None:
    manifests = parsed(text_of(overlay))

    assert [*check.strict(text_of(overlay)), *misfits(manifests), *check.findings(manifests)] == []


def test_checkov_finds_nothing_but_what_we_mean() -> None:
    assert (
        check.checkov("---\n".join(text_of(name) for name in ("city", "bureau", "bureau/first-start"))) == []
    )


Plant = Callable[[Manifests], Any]
PLANTED: dict[str, tuple[str, Plant]] = {
    "a tag": ("image_by_digest", lambda m: container(m).update(image="registry.invalid/mingzheng:0.2.0")),
    "a tag of PostgreSQL": ("image_by_digest", lambda m: cluster(m).update(imageName="postgresql:17")),
    "root": ("nobody_special", lambda m: pod(m)["securityContext"].update(runAsUser=0)),
    "a user by name only": ("nobody_special", lambda m: pod(m)["securityContext"].pop("runAsUser")),
    "any system call": ("nobody_special", lambda m: pod(m)["securityContext"].pop("seccompProfile")),
    "a writable root": (
        "nobody_special",
        lambda m: container(m)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    "a capability": (
        "nobody_special",
        lambda m: container(m)["securityContext"].update(
            capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
        ),
    ),
    "the machine's network": ("nobody_special", lambda m: pod(m).update(hostNetwork=True)),
    "the machine's disk": (
        "nobody_special",
        lambda m: pod(m)["volumes"].append({"name": "x", "hostPath": {"path": "/"}}),
    ),
    "a token": ("no_word_for_the_cluster", lambda m: pod(m).update(automountServiceAccountToken=True)),
    "another's account": ("no_word_for_the_cluster", lambda m: pod(m).pop("serviceAccountName")),
    "rights": (
        "no_word_for_the_cluster",
        lambda m: m.append(
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"}}
        ),
    ),
    "a namespace that admits all": (
        "restricted_namespace",
        lambda m: found(m, "Namespace", "mingzheng")["metadata"]["labels"].update(
            {"pod-security.kubernetes.io/enforce": "baseline"}
        ),
    ),
    "no limit of memory": ("bounded", lambda m: container(m)["resources"].pop("limits")),
    "a limit below the request": (
        "bounded",
        lambda m: container(m)["resources"]["limits"].update(memory="1Mi"),
    ),
    "a folder without end": (
        "bounded",
        lambda m: pod(m)["volumes"].append({"name": "x", "emptyDir": {}}),
    ),
    "no readiness": ("asked_how_it_is", lambda m: container(m).pop("readinessProbe")),
    "a port that is not there": (
        "asked_how_it_is",
        lambda m: container(m)["startupProbe"]["httpGet"].update(port="web"),
    ),
    "a life that hangs on the database": (
        "asked_how_it_is",
        lambda m: container(m)["livenessProbe"]["httpGet"].update(path="/readyz"),
    ),
    "killed in an answer": ("stops_gently", lambda m: pod(m).update(terminationGracePeriodSeconds=5)),
    "a witness that ends at once": ("stops_gently", lambda m: container(m, "witness").pop("lifecycle")),
    "a gap in an update": (
        "stops_gently",
        lambda m: found(m, "Deployment", "case")["spec"]["strategy"]["rollingUpdate"].update(
            maxUnavailable=1
        ),
    ),
    "no budget": ("kept_through_a_drain", lambda m: m.remove(found(m, "PodDisruptionBudget", "case"))),
    "a budget of nothing": (
        "kept_through_a_drain",
        lambda m: found(m, "PodDisruptionBudget", "case")["spec"].update(maxUnavailable=0),
    ),
    "a job without end": ("jobs_end", lambda m: found(m, "Job", "migrate-case")["spec"].pop("backoffLimit")),
    "two who set a number": (
        "grows_where_it_can",
        lambda m: found(m, "Deployment", "gateway")["spec"].update(replicas=3),
    ),
    "an open namespace": ("closed_first", lambda m: m.remove(found(m, "NetworkPolicy", "closed"))),
    "to everywhere": (
        "opened_by_name",
        lambda m: policy(m, "case")["egress"].append({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}),
    ),
    "from anybody": ("opened_by_name", lambda m: policy(m, "case")["ingress"][0].pop("from")),
    "a call that cannot arrive": (
        "opened_on_both_sides",
        lambda m: policy(m, "case")["ingress"][0]["from"].pop(0),
    ),
    "a call that cannot leave": ("opened_on_both_sides", lambda m: policy(m, "case")["egress"].pop()),
    "a wrong port": (
        "port_is_served",
        lambda m: policy(m, "case")["ingress"][0].update(ports=[{"protocol": "TCP", "port": 8031}]),
    ),
    "an Ingress": (
        "one_way_in",
        lambda m: m.append(
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "x"}}
        ),
    ),
    "a way round the gateway": (
        "one_way_in",
        lambda m: found(m, "HTTPRoute", "mingzheng")["spec"]["rules"][0].update(
            backendRefs=[{"name": "evidence", "port": 8020}]
        ),
    ),
    "a node port": ("one_way_in", lambda m: found(m, "Service", "case")["spec"].update(type="NodePort")),
    "a Secret in git": (
        "secrets_by_reference",
        lambda m: m.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}),
    ),
    "a password in a setting": (
        "secrets_by_reference",
        lambda m: container(m)["env"].append({"name": "X", "value": "postgresql://svc:word@host/case"}),
    ),
    "a secret in the environment": (
        "secrets_by_reference",
        lambda m: container(m)["env"].append(
            {"name": "X", "valueFrom": {"secretKeyRef": {"name": "case-keys", "key": "x"}}}
        ),
    ),
    "a key that everybody reads": (
        "secrets_by_reference",
        lambda m: next(v for v in pod(m)["volumes"] if "secret" in v)["secret"].update(defaultMode=0o444),
    ),
    "a claim that is not there": (
        "nothing_dangles",
        lambda m: m.remove(found(m, "PersistentVolumeClaim", "case-blobs")),
    ),
    "a line that is not there": (
        "nothing_dangles",
        lambda m: container(m)["env"][0]["valueFrom"]["configMapKeyRef"].update(key="modus"),
    ),
    "figures under another name": (
        "nothing_dangles",
        lambda m: found(m, "ServiceMonitor", "mingzheng")["spec"].update(jobLabel="app.kubernetes.io/name"),
    ),
    "a selector that picks nobody": (
        "nothing_dangles",
        lambda m: found(m, "Service", "case")["spec"].update(selector={"app.kubernetes.io/name": "cases"}),
    ),
    "a commit on one machine": (
        "database_that_keeps",
        lambda m: cluster(m)["postgresql"]["synchronous"].update(dataDurability="preferred"),
    ),
    "WAL that goes nowhere": ("database_that_keeps", lambda m: cluster(m)["plugins"].clear()),
    "a role that enters elsewhere": (
        "database_that_keeps",
        lambda m: cluster(m)["postgresql"]["pg_hba"].insert(0, "hostssl case svc_evidence all scram-sha-256"),
    ),
    "everybody else admitted": (
        "database_that_keeps",
        lambda m: cluster(m)["postgresql"]["pg_hba"].pop(),
    ),
    "a command that nobody wrote": (
        "commands_exist",
        lambda m: container(m).update(command=["python", "-m", "case", "backup"]),
    ),
    "a setting that nobody reads": (
        "settings_exist",
        lambda m: container(m)["env"].append({"name": "MINGZHENG_CASE_WORKERS", "value": "4"}),
    ),
    "a setting that is missing": (
        "settings_exist",
        lambda m: container(m)["env"].remove(
            next(e for e in container(m)["env"] if e["name"] == "MINGZHENG_CASE_RING")
        ),
    ),
    "a service that is missing": (
        "a_service_is_what_the_list_says",
        lambda m: m.remove(found(m, "Deployment", "case")),
    ),
}
"""What is planted, the rule that must notice it, and how."""


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_by_its_rule(fault: str, city: Manifests) -> None:
    rule, plant = PLANTED[fault]
    assert check.findings(city) == []

    plant(city)

    assert rule in {line.partition(":")[0] for line in check.findings(city)}


def test_every_rule_is_seen_to_fail() -> None:
    assert {rule for rule, _ in PLANTED.values()} == {rule.__name__ for rule in check.RULES}


def test_a_citys_own_overlay_with_a_sample_left_is_refused(city: Manifests) -> None:
    left = [line for line in check.findings(city, own=True) if line.startswith("nothing_left_of_the_sample")]

    assert any(UNSET in line for line in left)
    assert any(".invalid" in line for line in left)


def test_a_folder_that_is_no_overlay_is_said(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="kustomization"):
        check.judge(tmp_path, own=True)


@pytest.mark.parametrize(
    "kind, plant",
    [
        ("Cluster", lambda spec: spec.update(instancs=3)),
        ("HTTPRoute", lambda spec: spec["rules"][0].update(backends=[])),
        ("ScheduledBackup", lambda spec: spec.update(schedule="30 18 * * *")),
        ("ObjectStore", lambda spec: spec["configuration"].update(endpointURL="http://s3.invalid")),
        ("Database", lambda spec: spec.pop("owner")),
        ("ServiceMonitor", lambda spec: spec["endpoints"][0].update(prot="http")),
    ],
)
def test_a_misspelt_field_of_a_custom_kind_is_found(kind: str, plant: Plant, city: Manifests) -> None:
    assert misfits(city) == []
    plant(next(m for m in city if m["kind"] == kind)["spec"])

    assert [line.partition("/")[0] for line in misfits(city)] == [kind]


def test_a_kind_that_nobody_knows_is_found(city: Manifests) -> None:
    city.append({"apiVersion": "sample.dev/v1", "kind": "Wish", "metadata": {"name": "x"}, "spec": {}})

    assert misfits(city) == ["Wish: 没有该类型的模式 (no schema of this kind)"]


def test_the_schemas_of_kubernetes_find_a_port_that_is_text() -> None:
    text = text_of("bureau")
    assert check.strict(text) == []

    assert check.strict(text.replace("containerPort: 8100", 'containerPort: "8100"')) != []
    assert check.strict(text.replace("terminationGracePeriodSeconds", "terminationGraceSeconds")) != []


def test_checkov_finds_what_it_is_there_for() -> None:
    planted = text_of("bureau").replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")

    assert any(line.startswith("CKV_K8S_22") for line in check.checkov(planted))


def test_the_open_flows_are_those_of_the_architecture(city: Manifests) -> None:
    leaving, arriving = flows(city)

    assert leaving == arriving
    short = {(caller.rpartition("/")[2], callee.rpartition("/")[2]) for caller, callee, _ in leaving}
    assert {("case", "evidence"), ("evidence", "witness"), ("monitor", "gateway")} <= short
    assert not {pair for pair in short if pair[1] == "gateway"} - {
        (caller, "gateway")
        for caller in ("device-registry", "case", "notification", "data-exchange", "monitor")
    }


def test_an_amount_is_a_number() -> None:
    assert [podrules.amount(text) for text in ("50m", "2", "1Ki", "64Mi")] == [0.05, 2, 1024, 64 * 2**20]
