"""The anatomy of a service, seen in its code: each function returns the offences it names, `file:line what`.

    domain/      law: the only place where facts are made      api/        the only HTTP
    store/       the only SQL: frozen dataclasses out of it    jobs, contract, runtime, rooms
    app.py       wiring, at most 20 lines                      migrations/versions/0001_<package>.py

The files are parsed, not imported, so a copy of the repository with a planted offence can be looked at too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from mz.services import Service, read_services
from tests.architecture.parsed import Anatomy, Module, last_name
from tests.architecture.store_rules import other_signatures, rows_out_of_the_store

FOLDERS = ("domain", "store", "api")
FILES = ("__init__.py", "__main__.py", "app.py", "py.typed")
EITHER = ("jobs", "contract", "runtime")
"""Parts that are a file while they are small, and a folder of files when they grow."""

APP_LINES = 20
_SQL = {"sqlalchemy", "asyncpg"}
_HTTP = {"fastapi", "starlette"}


def faults_of(root: Path, service: Service) -> list[str]:
    """Everything in which the code of `service` under `root` is built otherwise than a service is."""
    anatomy = Anatomy(root, service)
    return [
        fault
        for look in (
            foreign_parts,
            sql_elsewhere,
            http_elsewhere,
            other_signatures,
            rows_out_of_the_store,
            facts_made_elsewhere,
            matches_that_are_not_whole,
            tries_in_the_api,
            long_wiring,
        )
        for fault in look(anatomy)
    ]


def faults(root: Path) -> dict[str, list[str]]:
    """Per built service the faults of its anatomy."""
    return {name: faults_of(root, one) for name, one in read_services(root).items() if one.built}


def foreign_parts(anatomy: Anatomy) -> Iterator[str]:
    """Files that are no part of a service, parts that are missing, and a second migration."""
    service, source = anatomy.service, anatomy.source
    either = (*EITHER, *service.rooms)
    allowed = {*FILES, *FOLDERS, *either, *(f"{part}.py" for part in either), "migrations", "__pycache__"}
    for path in sorted(source.iterdir()):
        if path.name not in allowed:
            yield f"{path.relative_to(anatomy.root)} is no part of a service and no room of services.toml"
    for folder in FOLDERS:
        if not (source / folder).is_dir():
            yield f"{service.source} has no {folder}/"
    for part in ("app", "contract", "runtime"):
        if not (source / f"{part}.py").exists() and not (source / part).is_dir():
            yield f"{service.source} has no {part}.py"
    versions = anatomy.root / service.folder / service.distribution / "migrations" / "versions"
    scripts = sorted(path.name for path in versions.glob("*.py"))
    if scripts != [f"0001_{service.distribution}.py"]:
        yield f"{versions.relative_to(anatomy.root)} is not one file 0001_{service.distribution}.py: {scripts}"


def sql_elsewhere(anatomy: Anatomy) -> Iterator[str]:
    """Imports of a database's library outside store/ and the rooms that speak SQL."""
    yield from _imports(anatomy, _SQL, {"store", *anatomy.service.sql}, "only store/ speaks SQL")


def http_elsewhere(anatomy: Anatomy) -> Iterator[str]:
    """Imports of the web framework outside api/, app.py and the rooms that speak HTTP."""
    yield from _imports(anatomy, _HTTP, {"api", "app", *anatomy.service.http}, "only api/ speaks HTTP")


def _imports(anatomy: Anatomy, libraries: set[str], allowed: set[str], why: str) -> Iterator[str]:
    for module in anatomy.modules:
        if module.part in allowed:
            continue
        for node in ast.walk(module.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                if name.partition(".")[0] in libraries:
                    yield module.at(node, f"imports {name}: {why}")


def facts_made_elsewhere(anatomy: Anatomy) -> Iterator[str]:
    """Facts that are declared or made outside domain/: only a rule may say that something happened."""
    for module in anatomy.modules:
        if module.part == "domain":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and last_name(node.func) in anatomy.facts:
                yield module.at(node, f"makes the fact {last_name(node.func)}: only domain/ does")
            if isinstance(node, ast.ClassDef) and node.name in anatomy.facts:
                yield module.at(node, f"declares the fact {node.name}: only domain/ does")


def matches_that_are_not_whole(anatomy: Anatomy) -> Iterator[str]:
    """A `match` over facts that would pass over a new kind of fact in silence."""
    for module in anatomy.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Match) and _over(node, anatomy.facts) and not _is_whole(node):
                yield module.at(node, "matches facts and does not end in `case _: assert_never(...)`")


def _over(match: ast.Match, facts: set[str]) -> bool:
    return any(
        isinstance(node, ast.MatchClass) and last_name(node.cls) in facts
        for case in match.cases
        for node in ast.walk(case.pattern)
    )


def _is_whole(match: ast.Match) -> bool:
    last = match.cases[-1]
    wild = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
    return wild and any(
        isinstance(node, ast.Call) and last_name(node.func) == "assert_never"
        for step in last.body
        for node in ast.walk(step)
    )


def tries_in_the_api(anatomy: Anatomy) -> Iterator[str]:
    """`except` in api/: the code that raises says what an error means, and common.web maps it to a status."""
    for module in anatomy.modules:
        if module.part == "api":
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Try) and node.handlers:
                    yield module.at(node, "catches an exception: api/ does not")


def long_wiring(anatomy: Anatomy) -> Iterator[str]:
    """An app.py of more than 20 lines of code, imports and docstrings aside."""
    for module in anatomy.modules:
        if module.part == "app" and (lines := len(set(_code_lines(module)))) > APP_LINES:
            yield module.at(module.tree, f"has {lines} lines of wiring; {APP_LINES} are enough")


def _code_lines(module: Module) -> Iterator[int]:
    source = module.path.read_text().splitlines()
    aside: set[int] = set()
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            aside |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for number, line in enumerate(source, start=1):
        if number not in aside and line.strip() and not line.strip().startswith("#"):
            yield number
