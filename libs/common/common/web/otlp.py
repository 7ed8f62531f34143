"""Traces and figures for a collector: OTLP over HTTP in its JSON form (OpenTelemetry protocol 1.x).

    spans of a batch   ──POST /v1/traces──▶ collector
    /metrics, each 15 s ──POST /v1/metrics──▶ collector

JSON, because every collector reads it and it needs no further library: the one for the binary form weighs 12 MB in
each process. A collector that is away costs the process nothing but the spans; the figures stay in /metrics.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

from ledger.clock import Clock, real_time

log = logging.getLogger(__name__)

EVERY_S: Final = 15.0
_TIMEOUT_S: Final = 5.0
_CUMULATIVE: Final = 2
_NAMESPACE: Final = "mingzheng"
_SCOPE: Final = {"name": "mingzheng"}


def sender(service: str, port: int) -> dict[str, Any]:
    """The resource that sends: this process. Two that looked alike would overwrite each other's figures."""
    named = {
        "service.namespace": _NAMESPACE,
        "service.name": service,
        "service.instance.id": f"{socket.gethostname()}:{port}",
    }
    return {"attributes": _attributes(named)}


class OtlpSpans(SpanExporter):
    """Sends spans of `resource` to the collector at `url`. Runs in the thread of the batch, never in a request."""

    def __init__(
        self, url: str, resource: Mapping[str, Any], transport: httpx.BaseTransport | None = None
    ) -> None:
        self._resource = resource
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False, transport=transport)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        document = {
            "resourceSpans": [
                {
                    "resource": self._resource,
                    "scopeSpans": [{"scope": _SCOPE, "spans": [_span(one) for one in spans]}],
                }
            ]
        }
        try:
            self._http.post("/v1/traces", json=document).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("couldn't send %d spans: %s", len(spans), type(error).__name__)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._http.close()


async def send_metrics(
    url: str, resource: Mapping[str, Any], *, clock: Clock = real_time, every_s: float = EVERY_S
) -> None:
    """Send what /metrics shows to the collector at `url`, as the figures of `resource`, for ever."""
    began = _nanos(clock)
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, trust_env=False) as http:
        while True:
            await asyncio.sleep(every_s)
            try:
                document = metrics(REGISTRY.collect(), began, _nanos(clock), resource)
                (await http.post("/v1/metrics", json=document)).raise_for_status()
            except Exception as error:  # noqa: BLE001
                # Whatever it is, the next round may succeed, and nobody waits for this task.
                log.warning("couldn't send the metrics: %s", type(error).__name__)


def metrics(families: Iterable[Metric], began: str, now: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """An ExportMetricsServiceRequest: gauges, sums and histograms since `began`, both times in nanoseconds."""
    found = [
        made
        for family in families
        if (made := _metric(family, {"startTimeUnixNano": began, "timeUnixNano": now}))
    ]
    return {
        "resourceMetrics": [{"resource": resource, "scopeMetrics": [{"scope": _SCOPE, "metrics": found}]}]
    }


def _nanos(clock: Clock) -> str:
    return str(int(clock().timestamp() * 1_000_000) * 1_000)


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None
    return {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        **({"parentSpanId": f"{span.parent.span_id:016x}"} if span.parent else {}),
        "name": span.name,
        "kind": span.kind.value + 1,  # OTLP counts from INTERNAL = 1
        "startTimeUnixNano": str(span.start_time or 0),
        "endTimeUnixNano": str(span.end_time or 0),
        "attributes": _attributes(span.attributes or {}),
    }


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _metric(family: Metric, times: Mapping[str, str]) -> dict[str, Any] | None:
    head = {"name": family.name, "description": family.documentation}
    if family.type == "histogram":
        points = _histogram_points(family, times)
        return {**head, "histogram": {"aggregationTemporality": _CUMULATIVE, "dataPoints": points}}
    points = [
        {**times, "asDouble": sample.value, "attributes": _attributes(sample.labels)}
        for sample in family.samples
        # Neither infinity nor "created" is a figure that a collector could add up.
        if math.isfinite(sample.value) and not sample.name.endswith("_created")
    ]
    if not points:
        return None
    if family.type == "counter":
        return {
            **head,
            "sum": {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": points},
        }
    return {**head, "gauge": {"dataPoints": points}}


def _histogram_points(family: Metric, times: Mapping[str, str]) -> list[dict[str, Any]]:
    series: dict[str, dict[str, Any]] = {}
    for sample in family.samples:
        labels = {key: value for key, value in sample.labels.items() if key != "le"}
        one = series.setdefault(json.dumps(labels), {"labels": labels, "upto": [], "sum": 0.0, "count": 0})
        if sample.name.endswith("_bucket"):
            one["upto"].append((float(sample.labels["le"]), int(sample.value)))
        elif sample.name.endswith("_sum"):
            one["sum"] = sample.value
        elif sample.name.endswith("_count"):
            one["count"] = int(sample.value)
    return [
        {
            **times,
            "attributes": _attributes(one["labels"]),
            "count": str(one["count"]),
            "sum": one["sum"],
            "explicitBounds": [bound for bound, _ in one["upto"] if math.isfinite(bound)],
            # Prometheus counts everything up to a bound, OTLP what lies between two.
            "bucketCounts": _between([count for _, count in one["upto"]]),
        }
        for one in series.values()
    ]


def _between(upto: Sequence[int]) -> list[str]:
    return [str(now - before) for before, now in zip([0, *upto], upto, strict=False)]
