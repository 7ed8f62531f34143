"""What services.toml promises and no other gate sees: each function returns the offences it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mz.services import Service, read_services


def faults_of(root: Path) -> list[str]:
    """Where services.toml under `root` disagrees with the disk, or gives one thing to two services."""
    services = list(read_services(root).values())
    return [
        *_not_named(root, services),
        *_misplaced(root, services),
        *_shared("database", ((service.database, service) for service in services)),
        *_shared("port", ((str(service.port), service) for service in services)),
        *_shared("package", ((service.package, service) for service in services)),
        *_overlapping(services),
    ]


def _not_named(root: Path, services: list[Service]) -> list[str]:
    named = {service.folder for service in services}
    there = sorted(f"services/{path.name}" for path in (root / "services").iterdir() if path.is_dir())
    return [f"{folder} is not in services.toml" for folder in there if folder not in named]


def _misplaced(root: Path, services: list[Service]) -> list[str]:
    """A package that is missing, has another name than its service, or lacks the parts of a service."""
    found = []
    for service in services:
        if service.name != "gateway" and service.package != service.name.replace("-", "_"):
            found.append(f"{service.name}: its package is {service.package}")
        parts = ("app", "contract", "runtime", *service.rooms) if service.built else ()
        source = root / service.source
        found += [
            f"{service.name}: there is no {service.source}/{part}"
            for part in ("__init__", *parts)
            if not (source / f"{part}.py").exists() and not (source / part).exists()
        ]
        found += [
            f"{service.name}: {room} speaks SQL or HTTP and is not one of its rooms"
            for room in (*service.sql, *service.http)
            if room not in service.rooms
        ]
    return found


def _shared(what: str, owned: Iterable[tuple[str, Service]]) -> list[str]:
    pairs = list(owned)
    counts = Counter(value for value, _ in pairs)
    return [
        f"{what} {value} belongs to {' and '.join(service.name for other, service in pairs if other == value)}"
        for value, count in counts.items()
        if count > 1
    ]


def _overlapping(services: list[Service]) -> list[str]:
    """Two services that may write to one stream: equal prefixes, or one that begins with another."""
    owned = [(prefix, service) for service in services for prefix in service.streams]
    return [
        f"stream {theirs} of {other.name} lies in {prefix} of {service.name}"
        for n, (prefix, service) in enumerate(owned)
        for m, (theirs, other) in enumerate(owned)
        if theirs.startswith(prefix) and (theirs != prefix or n < m) and n != m
    ] + [
        f"stream {prefix} of {service.name} does not end in /"
        for prefix, service in owned
        if prefix[-1:] != "/"
    ]
