"""A plugin of pytest for `./mz guards-off`: plays tests with one guard switched off, until one of them fails.

    one session ─▶ watch: which tests see which guard fail, with which code ─▶ for each guard: off, its tests, on

The guards are switched in this process, in which the whole installation of a test runs too. So PostgreSQL and the
snapshots of the story are made once for all guards.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

from case.domain import guards as of_a_decision
from device_registry.domain import compliance as of_a_device
from device_registry.domain.compliance import Guard

TASK: Final = "MINGZHENG_GUARDS_OFF"
"""The variable that names the file of the task: {"watch": bool, "guards": {name: [codes]}, "told": path}."""
_MOST_TESTS: Final = 8

GUARDS: Final = (*(guard.value for guard in Guard), *(guard.__name__ for guard in of_a_decision.GUARDS))
"""Every guard by name: those of a device in capitals, those of a decision as their functions are called."""


@dataclass
class Switch:
    """`off` is the guard that answers nothing; `failed` the codes of those that failed since it was emptied."""

    off: str = ""
    failed: dict[str, set[str]] = field(default_factory=dict)

    def between(self, name: str, found: Any) -> Any:
        """What a guard answers its caller: `found`, unless it is off."""
        if self.off == name:
            return () if isinstance(found, tuple) else None
        for violation in found if isinstance(found, tuple) else (found,):
            if violation is not None:
                self.failed.setdefault(name, set()).add(violation.code)
        return found

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        self.off = name
        try:
            yield
        finally:
            self.off = ""

    def lay(self) -> None:
        """Put the switch before every guard, wherever a module has it under a name."""
        check = of_a_device.check
        _replace(check, lambda guard, *rest: self.between(guard.value, check(guard, *rest)))
        switched = tuple(self._before(guard) for guard in of_a_decision.GUARDS)
        for guard, before in zip(of_a_decision.GUARDS, switched, strict=True):
            _replace(guard, before)
        _replace(of_a_decision.GUARDS, switched)

    def _before(self, guard: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def asked(question: Any) -> Any:
            return self.between(guard.__name__, guard(question))

        return asked


def _replace(old: object, new: object) -> None:
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)


class _Nothing:
    """What comes after a test: nothing of which it could leave something standing but the session."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[pytest.Session]:
        return [self._session]


@dataclass(frozen=True)
class Play:
    """The tests of a session, and the switch that all their guards pass."""

    session: pytest.Session
    switch: Switch
    told: Path

    def passes(self, item: pytest.Item) -> bool:
        """Run one test anew. False if it fails; a test that cannot even begin is an error of the command."""
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, log=False, nextitem=_Nothing(self.session))  # type: ignore[arg-type]
        if broken := [report for report in reports if report.failed and report.when == "setup"]:
            raise pytest.UsageError(f"{item.nodeid} does not begin: {broken[0].longreprtext[-2_000:]}")
        return not any(report.failed for report in reports)

    def watch(self) -> dict[str, list[tuple[float, pytest.Item]]]:
        """Every test once, with all guards on: which of them see which guard fail, the shortest first."""
        seen: dict[str, list[tuple[float, pytest.Item]]] = {}
        for item in self.session.items:
            self.switch.failed.clear()
            began = perf_counter()
            if not self.passes(item):
                raise pytest.UsageError(f"{item.nodeid} fails with every guard in force")
            took = perf_counter() - began
            for name, codes in self.switch.failed.items():
                seen.setdefault(name, []).append((took, item))
                self.tell(guard=name, codes=sorted(codes))
        return {name: sorted(items, key=lambda each: each[0]) for name, items in seen.items()}

    def first_to_notice(self, guard: str, items: Sequence[pytest.Item]) -> str:
        """The first of `items` that fails without the guard; empty where none does."""
        with self.switch.without(guard):
            return next((item.nodeid for item in items[:_MOST_TESTS] if not self.passes(item)), "")

    def tell(self, **fields: Any) -> None:
        with self.told.open("a") as file:
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def naming(items: Sequence[pytest.Item], codes: Sequence[str]) -> list[pytest.Item]:
    """The tests that name one of the codes: in their parameters, or else in their text. Slow tests come last."""

    def turn(item: pytest.Item) -> tuple[bool, bool, int]:
        by_parameter = any(code in _parameters(item) for code in codes)
        return item.get_closest_marker("slow") is not None, not by_parameter, len(_text(item))

    chosen = [
        item
        for item in items
        if any(code in _parameters(item) for code in codes)
        or (not _has_code(_parameters(item)) and any(code in _text(item) for code in codes))
    ]
    return sorted(chosen, key=turn)


def _parameters(item: pytest.Item) -> str:
    return (
        repr(item.callspec.params) if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ""
    )


def _has_code(text: str) -> bool:
    return "DEV_" in text or "CASE_" in text


def _text(item: pytest.Item) -> str:
    return inspect.getsource(item.function) if isinstance(item, pytest.Function) else ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """In place of running every test once."""
    place = os.environ.get(TASK)
    if place is None:
        return None
    task = json.loads(Path(place).read_text())
    switch = Switch()
    switch.lay()
    play = Play(session, switch, Path(task["told"]))
    seen = play.watch() if task["watch"] else {}
    for guard, codes in task["guards"].items():
        items = [item for _, item in seen.get(guard, [])] or naming(session.items, codes)
        began = perf_counter()
        test = play.first_to_notice(guard, items)
        play.tell(guard=guard, noticed=test, tests=len(items), seconds=round(perf_counter() - began, 1))
    session._setupstate.teardown_exact(None)
    return True
