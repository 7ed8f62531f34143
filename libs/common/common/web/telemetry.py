"""OpenTelemetry: set up once for the process, and one ASGI middleware that opens a span for each request.

FastAPI's own instrumentor halves the throughput; this middleware costs nothing measurable at the default sampling.
A span holds method, route and status. It never holds a path with an id, a header or a body.
"""

from __future__ import annotations

import logging
import os
import re
from contextvars import ContextVar
from pathlib import Path
from time import monotonic
from typing import Final

from fastapi.telemetry import TelemetryConfig
from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.values.refusals import Language
from common.web.inner import HEALTH

_trace: ContextVar[str] = ContextVar("trace", default="0" * 32)

_language: ContextVar[Language] = ContextVar("language", default=Language.ZH)

NATIVE: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Switches FastAPI's own telemetry off: its spans hold path and query, and so ids and text of the caller."""

EDGE: Final = "edge"
"""The service by whose name the gateway counts what the outside asks, once for each request."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

access: Final = logging.getLogger("common.access")
"""One line for each answer to the outside: method, template of the route, status, time (CSL 23(3)). No address."""

REQUESTS = Counter("mingzheng_requests", "Requests answered", ["service", "method", "route", "status"])
LATENCY = Histogram(
    "mingzheng_request_seconds", "Time to the first byte of the answer", ["service", "method", "route"]
)


def trace_id() -> str:
    """The W3C trace id of the request being answered, 32 hex digits."""
    return _trace.get()


def language() -> Language:
    """The language in which the request being answered wants its refusals: Chinese, unless it prefers English."""
    return _language.get()


def preferred(accept: str) -> Language:
    """The language that an Accept-Language field (RFC 9110 §12.5.4) likes better; Chinese if it likes both alike."""
    weights = {Language.ZH: 0.0, Language.EN: 0.0}
    for part in accept.split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=")
        quality = float(weight) if re.fullmatch(r"[01](\.[0-9]{0,3})?", weight) else 1.0
        primary = tag.strip().lower().partition("-")[0]
        for each in Language if primary == "*" else [one for one in Language if one == primary]:
            weights[each] = max(weights[each], quality)
    return Language.EN if weights[Language.EN] > weights[Language.ZH] else Language.ZH


def begin(scope: Scope) -> None:
    """Set the language and the trace of a request that is answered before `Telemetry` sees it."""
    _language.set(preferred(_field(scope, b"accept-language")))
    _trace.set(os.urandom(16).hex())


def start(spans: Path | None = None, *, ratio: float = 0.05, exporter: SpanExporter | None = None) -> None:
    """Installs the tracer, once for the process, and samples `ratio` of the new traces.

    Their spans are written to the file `spans`, one JSON line each, and go to `exporter`. Without either a span only
    passes the trace id on.
    """
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    provider = TracerProvider(
        resource=Resource({"service.name": "mingzheng"}), sampler=ParentBased(TraceIdRatioBased(ratio))
    )
    if spans is not None:
        sink = os.fdopen(os.open(spans, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", buffering=1)
        lines = ConsoleSpanExporter(out=sink, formatter=lambda span: f"{span.to_json(indent=None)}\n")
        provider.add_span_processor(BatchSpanProcessor(lines))
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


class Telemetry:
    """ASGI middleware: continues the caller's trace, counts the request, sends the ids of new records as a header."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._tracer = trace.get_tracer("mingzheng")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        carrier = {
            k.decode("latin1"): v.decode("latin1")
            for k, v in scope["headers"]
            if k in (b"traceparent", b"tracestate")
        }
        began = monotonic()
        state = scope.setdefault("state", {})
        records: list[str] = state.setdefault("records", [])
        with self._tracer.start_as_current_span(
            f"{self._service} {method}", context=propagate.extract(carrier), kind=SpanKind.SERVER
        ) as span:
            context = span.get_span_context()
            _language.set(preferred(_field(scope, b"accept-language")))
            _trace.set(f"{context.trace_id or int.from_bytes(os.urandom(16)):032x}")

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    # The template, never the path: a path may hold an id.
                    route = getattr(scope.get("route"), "path", None) or state.get("template", "-")
                    span.set_attribute("http.route", route)
                    took = monotonic() - began
                    known = method if method in _METHODS else "-"
                    REQUESTS.labels(self._service, known, route, status).inc()
                    LATENCY.labels(self._service, known, route).observe(took)
                    # A probe asks every few seconds and is no caller.
                    if self._service == EDGE and route not in HEALTH:
                        access.info("%s %s %d %d ms", known, route, status, took * 1_000)
                    # A refusal can be on record too: its change committed before it was raised.
                    if records:
                        message["headers"] = [
                            *message["headers"],
                            (b"mingzheng-record", ", ".join(records).encode()),
                        ]
                await send(message)

            await self._app(scope, receive, sending)


def _field(scope: Scope, name: bytes) -> str:
    return ",".join(value.decode("latin1") for key, value in scope["headers"] if key == name)
