"""What a stretch of work cost: CPU of every process that had a part in it, and fsyncs of the write-ahead log."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import perf_counter

_PROC = Path("/proc")


def family(roots: Iterable[int]) -> set[int]:
    """`roots` and all their descendants that live now."""
    children: dict[int, list[int]] = {}
    for place in _PROC.iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
                children.setdefault(int(parent), []).append(int(place.name))
    found, todo = set(), list(roots)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += children.get(pid, [])
    return found


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds of CPU that these processes and their ended children have used: user and system."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ended = sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")
            total += ended + _own(pid, sum(map(int, fields[11:13])))
    return total


def _own(pid: int, ticks: int) -> float:
    """utime + stime; where the kernel also keeps nanoseconds, those: a tick of 10 ms is coarse for many processes."""
    try:
        tasks = (_PROC / str(pid) / "task").iterdir()
        exact = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (OSError, ValueError):
        exact = 0.0
    return exact or ticks / os.sysconf("SC_CLK_TCK")


class Meter:
    """Seconds and CPU seconds between `__enter__` and `__exit__`, over all descendants of `roots`."""

    def __init__(self, *roots: int) -> None:
        self._roots = roots
        self.seconds = self.cpu = 0.0

    def __enter__(self) -> Meter:
        self._pids = family(self._roots)
        self._before, self._began = cpu_of(self._pids), perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = perf_counter() - self._began
        pids = family(self._roots) | self._pids
        self.cpu = cpu_of(pids) - self._before
