"""Traces and figures reach a collector in OTLP's JSON form."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NoReturn

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from pydantic import ValidationError

from common.web.otlp import metrics, send_metrics, sender
from common.web.settings import RelaySettings

PROGRAM = """
import asyncio, sys
import httpx
from fastapi import FastAPI
from opentelemetry import trace
from common.web import telemetry
from common.web.otlp import OtlpSpans, send_metrics, sender

ME = sender("case", 8020)
telemetry.start(ratio=1.0, exporter=OtlpSpans(sys.argv[1], ME))
app = FastAPI(telemetry=telemetry.NATIVE)
app.add_api_route("/v1/cases/{case_id}", lambda case_id: {})
app.add_middleware(telemetry.Telemetry, service="case")

async def main():
    sending = asyncio.create_task(send_metrics(sys.argv[1], ME, every_s=0.1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://case") as http:
        await http.get("/v1/cases/cas_secret", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    await asyncio.sleep(0.5)
    sending.cancel()
    trace.get_tracer_provider().shutdown()

asyncio.run(main())
"""


def test_a_collector_gets_the_spans_and_the_figures_of_a_process() -> None:
    taken: list[tuple[str, str, dict[str, Any]]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((self.path, self.headers["content-type"], json.loads(body)))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    subprocess.run([sys.executable, "-c", PROGRAM, f"http://127.0.0.1:{server.server_port}"], check=True)
    server.shutdown()

    assert {(path, kind) for path, kind, _ in taken} == {
        ("/v1/traces", "application/json"),
        ("/v1/metrics", "application/json"),
    }
    [span] = next(body for path, _, body in taken if path == "/v1/traces")["resourceSpans"][0]["scopeSpans"][
        0
    ]["spans"]
    assert (span["traceId"], span["parentSpanId"], span["kind"]) == ("a" * 32, "b" * 16, 2)
    assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]) > 10**18
    assert {one["key"]: one["value"] for one in span["attributes"]} == {
        "http.response.status_code": {"intValue": "200"},
        "http.route": {"stringValue": "/v1/cases/{case_id}"},
    }
    last = [body for path, _, body in taken if path == "/v1/metrics"][-1]
    names = {one["name"] for one in last["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]}
    assert {"mingzheng_requests", "mingzheng_request_seconds"} <= names
    assert "cas_secret" not in json.dumps(taken)
    senders = [
        {one["key"]: one["value"]["stringValue"] for one in resource["resource"]["attributes"]}
        for _, _, body in taken
        for resource in body.get("resourceSpans") or body["resourceMetrics"]
    ]
    assert {one["service.name"] for one in senders} == {"case"}
    assert {one["service.instance.id"].rpartition(":")[2] for one in senders} == {"8020"}


def test_figures_keep_their_meaning() -> None:
    registry = CollectorRegistry()
    Counter("asked", "How often", ["route"], registry=registry).labels("/v1").inc(3)
    Gauge("waits", "How long", registry=registry).set(float("inf"))
    took = Histogram("took", "Seconds", buckets=(1, 2), registry=registry)
    for seconds in (0.5, 1.5, 1.6, 9):
        took.observe(seconds)

    sent = metrics(registry.collect(), "1", "2", sender("case", 8020))["resourceMetrics"][0]["scopeMetrics"][
        0
    ]["metrics"]

    by_name = {one["name"]: one for one in sent}
    assert by_name.keys() == {"asked", "took"}, "infinity is no figure"
    assert by_name["asked"]["sum"]["isMonotonic"] is True
    assert by_name["asked"]["sum"]["dataPoints"][0]["asDouble"] == 3
    [point] = by_name["took"]["histogram"]["dataPoints"]
    assert (point["count"], point["bucketCounts"], point["explicitBounds"]) == ("4", ["1", "2", "1"], [1, 2])


def test_two_processes_of_a_service_are_two_senders() -> None:
    assert len({str(sender(*each)) for each in (("case", 8020), ("case", 8021), ("case-relay", 8020))}) == 3


async def test_figures_are_sent_again_after_a_round_that_failed() -> None:
    again = asyncio.Semaphore(0)

    def unreadable() -> NoReturn:
        again.release()
        raise ValueError("this gauge cannot be read")

    gauge = Gauge("unreadable", "A figure that cannot be had")
    gauge.set_function(unreadable)
    sending = asyncio.create_task(send_metrics("http://127.0.0.1:9", sender("case", 8020), every_s=0.001))
    try:
        async with asyncio.timeout(10):
            await again.acquire()
            await again.acquire()
    finally:
        sending.cancel()
        REGISTRY.unregister(gauge)


@pytest.mark.parametrize("url", ["collector:4318", "http://", "http://collector:port", "ftp://collector"])
def test_an_address_of_no_collector_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="http://host:4318"):
        RelaySettings.model_validate({"relay_url": "postgresql:///x", "keys": ".", "otlp": url})
