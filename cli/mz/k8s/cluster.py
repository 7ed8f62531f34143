"""A small cluster on this machine: pods from manifests, Services before them, probes, restarts, gentle ends.

manifests + values ─▶ pods (127.77.1.n)
caller ─▶ 127.77.2.n:port, a Service ─▶ a pod that is ready
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

import httpx

from mz.k8s.objects import Manifest, Workload, matches, named, of_kind, workloads
from mz.k8s.pods import Pod, Volume, copied, expanded, given_to
from mz.k8s.values import PLATFORM, Values

log = logging.getLogger("mz")

DATABASE: Final = "mingzheng-database-rw"
_LOOK_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 10.0


@dataclass
class Cluster:
    """The pods of `manifests` with what `values` gives them, under the folder `root`."""

    manifests: Sequence[Manifest]
    values: Values
    root: Path
    pods: list[Pod] = field(default_factory=list)
    restarts: int = 0
    _addresses: dict[str, str] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _servers: list[asyncio.Server] = field(default_factory=list)

    def __post_init__(self) -> None:
        services = of_kind(self.manifests, "Service")
        places = [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in services]
        for n, place in enumerate([f"{PLATFORM}/{DATABASE}", *places], 1):
            self._addresses[place] = f"127.77.2.{n}"
        numbers = itertools.count(1)
        for workload in workloads(self.manifests):
            for n in range(workload.spec.get("replicas", 1) if workload.serves else 1):
                self.pods.append(self._pod(workload, n, f"127.77.1.{next(numbers)}"))

    def url(self, service: str, port: int) -> str:
        """Where a Service (namespace/name) answers on this machine."""
        return f"http://{self._addresses[service]}:{port}"

    async def open(self) -> None:
        """Open the Services, and the way to the database."""
        await self._listen(
            f"{PLATFORM}/{DATABASE}", 5432, lambda: iter([("127.0.0.1", self.values.database)])
        )
        for service in of_kind(self.manifests, "Service"):
            place = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
            for port in service["spec"]["ports"]:
                await self._listen(place, port["port"], self._behind(service, port["targetPort"]))

    async def finish(self, kind: str) -> None:
        """Run each Job, or each CronJob once, to its end. Raises RuntimeError for one that gives up."""
        for pod in self.pods:
            if pod.workload.kind != kind:
                continue
            for _ in range(pod.workload.spec["backoffLimit"] + 1):
                pod.start()
                assert pod.process is not None
                if await asyncio.to_thread(pod.process.wait) == 0:
                    break
            else:
                raise RuntimeError(f"{pod.name} gave up: {pod.log.read_text(errors='replace')[-800:]}")

    async def start(self, within_s: float) -> None:
        """Start every pod that serves. Raises TimeoutError if one is not ready in time."""
        serving = self.serving
        for pod in serving:
            pod.start()
        self._tasks = [asyncio.create_task(self._keep(pod)) for pod in serving]
        try:
            async with asyncio.timeout(within_s):
                while not all(pod.is_ready for pod in serving):
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            late = [
                f"{pod.name}: {pod.log.read_text(errors='replace')[-300:]}"
                for pod in serving
                if not pod.is_ready
            ]
            raise TimeoutError("\n".join(late)) from None

    async def end(self) -> None:
        """End all pods and Services."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            server.close()
        for pod in self.pods:
            pod.send(signal.SIGTERM)
        deadline = monotonic() + 20
        while any(pod.runs for pod in self.pods) and monotonic() < deadline:
            await asyncio.sleep(0.1)
        for pod in self.pods:
            pod.kill()

    @property
    def serving(self) -> list[Pod]:
        return [pod for pod in self.pods if pod.workload.serves]

    async def delete(self, pod: Pod) -> None:
        """End `pod` as Kubernetes does, and let its workload make it anew: out of the Services first, then SIGTERM."""
        pod.is_ending, pod.is_ready = True, False
        stop = pod.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        await asyncio.sleep(stop)
        pod.send(signal.SIGTERM)
        deadline = monotonic() + pod.workload.pod["terminationGracePeriodSeconds"] - stop
        while pod.runs and monotonic() < deadline:
            await asyncio.sleep(_LOOK_S)
        pod.kill()
        pod.start()

    async def _keep(self, pod: Pod) -> None:
        """Ask how `pod` is, as its probes say, and start it again when it ended or does not live."""
        due = dict.fromkeys(("startupProbe", "livenessProbe", "readinessProbe"), 0.0)
        started, pause = False, 0.5
        life = pod.starts
        while True:
            await asyncio.sleep(_LOOK_S)
            if pod.is_ending:
                continue
            if pod.starts != life:
                started, life = False, pod.starts
            if not pod.runs:
                pod.is_ready = False
                pause = 0.5 if monotonic() - pod.began > 30 else min(pause * 2, _LONGEST_PAUSE_S)
                await asyncio.sleep(pause)
                if not pod.runs:
                    self.restarts += 1
                    pod.start()
                continue
            for name in ("livenessProbe", "readinessProbe") if started else ("startupProbe",):
                probe = pod.container[name]
                if monotonic() < due[name]:
                    continue
                due[name] = monotonic() + probe.get("periodSeconds", 10)
                passed = await _passes(pod, probe)
                pod.failures[name] = 0 if passed else pod.failures.get(name, 0) + 1
                is_lost = pod.failures[name] >= probe.get("failureThreshold", 3)
                if name == "startupProbe":
                    started = passed
                elif name == "readinessProbe":
                    pod.is_ready = passed or (pod.is_ready and not is_lost)
                if is_lost and name != "readinessProbe":
                    log.error("%s fails its %s", pod.name, name)
                    pod.kill()

    def _behind(self, service: Manifest, port_name: str) -> Any:
        turn = itertools.count()

        def ready() -> Iterator[tuple[str, int]]:
            pods = [
                pod
                for pod in self.serving
                if pod.is_ready
                and pod.workload.namespace == service["metadata"]["namespace"]
                and matches({"matchLabels": service["spec"]["selector"]}, pod.workload.labels)
            ]
            first = next(turn)
            for n in range(len(pods)):
                pod = pods[(first + n) % len(pods)]
                yield pod.address, _port(pod.container, port_name)

        return ready

    async def _listen(self, place: str, port: int, behind: Any) -> None:
        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for host, target in behind():
                try:
                    inner_reader, inner_writer = await asyncio.open_connection(host, target)
                except OSError:
                    continue
                await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))
                return
            writer.close()

        self._servers.append(await asyncio.start_server(forward, self._addresses[place], port))

    def _pod(self, workload: Workload, n: int, address: str) -> Pod:
        name = f"{workload.name}-{n}"
        folder = self.root / "pods" / workload.namespace / name
        group = int(workload.pod["securityContext"]["fsGroup"])
        kept = workload.volumes
        volumes = [
            Volume(
                self._source(workload, kept[mount["name"]], name, group),
                mount["mountPath"],
                bool(mount.get("readOnly")),
            )
            for mount in workload.pod["containers"][0].get("volumeMounts", [])
        ]
        return Pod(
            name,
            workload,
            address,
            self._environment(workload, address),
            volumes,
            self._hosts(workload),
            folder,
        )

    def _source(self, workload: Workload, volume: Mapping[str, Any], pod: str, group: int) -> Path:
        place = self.root / "volumes" / workload.namespace / pod / str(volume.get("name", "claim"))
        match volume:
            case {"emptyDir": _}:
                return given_to(place, group)
            case {"persistentVolumeClaim": {"claimName": claim}}:
                folder = self.values.claims[f"{workload.namespace}/{claim}"]
                # The clock lies in the folder of the whole drill, whose other files are none of the pod's business.
                return folder if claim == "clock" else given_to(folder, group)
            case {"claim": template}:
                return given_to(self.root / "claims" / f"{template['metadata']['name']}-{pod}", group)
            case {"secret": {"secretName": name}}:
                source = {**volume["secret"], "name": name}
                return self._files(workload, [source], place, group, 0o440)
            case {"configMap": {"name": name}}:
                may_miss = bool(volume["configMap"].get("optional"))
                return self._files(workload, [{"name": name}], place, group, 0o444, may_miss=may_miss)
            case {"projected": {"sources": sources}}:
                return self._files(workload, [one["secret"] for one in sources], place, group, 0o440)
        raise ValueError(f"{workload}: no such volume here: {volume}")

    def _files(
        self,
        workload: Workload,
        sources: Sequence[Mapping[str, Any]],
        place: Path,
        group: int,
        mode: int,
        *,
        may_miss: bool = False,
    ) -> Path:
        files: dict[str, Path] = {}
        for source in sources:
            given = self.values.files.get(f"{workload.namespace}/{source['name']}")
            if given is None and not may_miss:
                raise ValueError(f"{workload}: the values name no {source['name']}")
            if "items" in source and given is not None:
                given = {item["path"]: given[item["key"]] for item in source["items"]}
            files |= given or {}
        return copied(files, place, group, mode)

    def _environment(self, workload: Workload, address: str) -> dict[str, str]:
        maps = named(self.manifests, "ConfigMap", workload.namespace)
        known: dict[str, str] = {}
        for each in workload.pod["containers"][0].get("env", []):
            match each:
                case {"name": name, "value": value}:
                    known[name] = expanded(str(value), known)
                case {"name": name, "valueFrom": {"configMapKeyRef": source}}:
                    data = maps[source["name"]]["data"]
                    if source["key"] in data or not source.get("optional"):
                        known[name] = str(data[source["key"]])
                case {"name": name, "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}:
                    known[name] = address
        return known

    def _hosts(self, workload: Workload) -> str:
        """/etc/hosts of a pod: the Services of its own namespace by name alone, all of them by name and namespace."""
        lines = ["127.0.0.1 localhost"]
        for place, address in self._addresses.items():
            namespace, name = place.split("/")
            short = name if namespace == workload.namespace else ""
            lines.append(f"{address} {name}.{namespace} {name}.{namespace}.svc {short}")
        return "\n".join(lines) + "\n"


def _port(container: Mapping[str, Any], name: str) -> int:
    return int(next(port["containerPort"] for port in container["ports"] if port["name"] == name))


async def _passes(pod: Pod, probe: Mapping[str, Any]) -> bool:
    """Whether the process answers the probe as it should, in the time that the probe gives."""
    within = probe.get("timeoutSeconds", 1)
    how = probe.get("httpGet") or probe["tcpSocket"]
    port = _port(pod.container, how["port"])
    try:
        async with asyncio.timeout(within):
            if "httpGet" in probe:
                async with httpx.AsyncClient(trust_env=False) as http:
                    answer = await http.get(f"http://{pod.address}:{port}{how['path']}")
                return answer.status_code < 400
            _, writer = await asyncio.open_connection(pod.address, port)
            writer.close()
            return True
    except (OSError, TimeoutError, httpx.HTTPError):
        return False


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    writer.close()
