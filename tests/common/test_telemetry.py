"""A span says method, route and status, and nothing about anyone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, sys
from pathlib import Path
import httpx
from fastapi import FastAPI
from opentelemetry import trace
from common.web import telemetry

telemetry.start(Path(sys.argv[1]), ratio=1.0)
app = FastAPI(telemetry=telemetry.NATIVE)
app.add_api_route("/v1/cases/{case_id}", lambda case_id: {})
app.add_middleware(telemetry.Telemetry, service="case")

async def main():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://case") as http:
        await http.get("/v1/cases/cas_secret?name=zhang", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    trace.get_tracer_provider().shutdown()

asyncio.run(main())
"""


def test_a_span_carries_the_callers_trace_and_no_id(tmp_path: Path) -> None:
    # A process of its own: a tracer is installed once, and this one writes a file.
    spans = tmp_path / "spans.jsonl"

    subprocess.run([sys.executable, "-c", PROGRAM, str(spans)], check=True)

    [line] = spans.read_text().splitlines()
    span = json.loads(line)
    assert span["context"]["trace_id"] == "0x" + "a" * 32
    assert span["attributes"] == {"http.response.status_code": 200, "http.route": "/v1/cases/{case_id}"}
    assert "secret" not in line
    assert "zhang" not in line
    assert spans.stat().st_mode & 0o777 == 0o600
