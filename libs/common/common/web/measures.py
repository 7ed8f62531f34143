"""What a process measures of itself when somebody asks: pools, disks, keys and certificates that expire, and its build.

Counters of requests and records are kept where they happen; these are read at the moment of the question, so that an
idle service tells the truth too.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography import x509
from prometheus_client import REGISTRY, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

JOB_DONE: Final = Gauge(
    "mingzheng_job_last_success_timestamp_seconds", "When a job last came to its end", ["service", "job"]
)
JOB_FAILED: Final = Counter("mingzheng_job_failures", "Passes of a job that failed", ["service", "job"])

_PLACES: Final = ("blobs", "backup", "erasable", "guard", "log")


class Measured(Protocol):
    """The part of a runtime that is looked at."""

    @property
    def service(self) -> str: ...
    @property
    def settings(self) -> Any: ...
    @property
    def db(self) -> Any: ...


class Measures(Collector):
    """The figures of the services that run in this process."""

    def __init__(self) -> None:
        self._watched: dict[int, Measured] = {}

    def watch(self, runtime: Measured) -> None:
        self._watched[id(runtime)] = runtime

    def forget(self, runtime: Measured) -> None:
        self._watched.pop(id(runtime), None)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        # Registering must not read disks.
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _build()
        watched = list(self._watched.values())
        pool = GaugeMetricFamily(
            "mingzheng_pool_connections", "Connections to the database", labels=["service", "state"]
        )
        free = GaugeMetricFamily("mingzheng_disk_free_bytes", "Free space", labels=["service", "place"])
        size = GaugeMetricFamily("mingzheng_disk_size_bytes", "Size of the disk", labels=["service", "place"])
        expires = GaugeMetricFamily(
            "mingzheng_certificate_expires_timestamp_seconds",
            "When a key or a certificate ends",
            labels=["service", "kind", "name"],
        )
        kept = GaugeMetricFamily(
            "mingzheng_log_retention_days", "Days for which the log is kept", labels=["service"]
        )
        for runtime in watched:
            kept.add_metric([runtime.service], runtime.settings.log_retention_days)
            for state, count in _pool_of(runtime.db.engine):
                pool.add_metric([runtime.service, state], count)
            for place, path in _places_of(runtime.settings):
                usage = shutil.disk_usage(path)
                free.add_metric([runtime.service, place], usage.free)
                size.add_metric([runtime.service, place], usage.total)
            for kind, name, at in _expiries_of(runtime.settings):
                expires.add_metric([runtime.service, kind, name], at)
        yield from (pool, free, size, expires, kept)


def _build() -> GaugeMetricFamily:
    try:
        number = version("mingzheng")
    except PackageNotFoundError:
        number = "unknown"
    family = GaugeMetricFamily("mingzheng_build_info", "The program that runs", labels=["version", "python"])
    family.add_metric([number, platform.python_version()], 1)
    return family


def _pool_of(engine: AsyncEngine) -> Iterator[tuple[str, float]]:
    pool = engine.sync_engine.pool
    if isinstance(pool, QueuePool):
        yield "used", pool.checkedout()
        yield "idle", pool.checkedin()
        yield "most", pool.size() + max(pool._max_overflow, 0)


def _places_of(settings: Any) -> Iterator[tuple[str, Path]]:
    """The disks on which this service writes."""
    for place in _PLACES:
        path = getattr(settings, place, None)
        if isinstance(path, Path):
            folder = next((one for one in (path, *path.parents) if one.is_dir()), None)
            if folder is not None:
                yield place, folder


def _expiries_of(settings: Any) -> Iterator[tuple[str, str, float]]:
    """(kind, name, end as Unix seconds) of the keys in the ring and of the certificates that are trusted."""
    try:
        for entry in json.loads(settings.ring.read_text()):
            yield "token key", str(entry["iss"]), float(entry["naf"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the verifier keeps the old ring and says so
    folder = getattr(settings, "authority_certs", None)
    for path in sorted(folder.glob("*.pem")) if isinstance(folder, Path) else ():
        try:
            ends = [
                one.not_valid_after_utc.timestamp()
                for one in x509.load_pem_x509_certificates(path.read_bytes())
            ]
        except (OSError, ValueError):
            continue
        yield "authority", path.stem, min(ends, default=0.0)


MEASURES: Final = Measures()
REGISTRY.register(MEASURES)
