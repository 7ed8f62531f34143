"""The anatomy of a service, seen in its code: each function returns the offences it names, `file:line what`.

    domain/      law: the only place where facts are made      api/        the only HTTP
    store/       the only SQL: frozen dataclasses out of it    jobs, contract, runtime, rooms
    app.py       wiring, at most 20 lines                      migrations/versions/0001_<package>.py

The files are parsed, not imported, so a copy of the repository with a planted offence can be looked at too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mz.services import Service, read_services

FOLDERS = ("domain", "store", "api")
FILES = ("__init__.py", "__main__.py", "app.py", "py.typed")
EITHER = ("jobs", "contract", "runtime")
"""Parts that are a file while they are small, and a folder of files when they grow."""

APP_LINES = 20
_SQL = {"sqlalchemy", "asyncpg"}
_HTTP = {"fastapi", "starlette"}
_ROWS = {"Row", "RowMapping", "Mapping", "MutableMapping", "dict", "Dict", "Any"}


@dataclass(frozen=True)
class Module:
    """One parsed file of a service."""

    root: Path
    path: Path
    part: str
    tree: ast.Module

    def at(self, node: ast.AST, what: str) -> str:
        return f"{self.path.relative_to(self.root)}:{getattr(node, 'lineno', 1)} {what}"


@dataclass(frozen=True)
class Anatomy:
    """The files of one service, as far as they lie in its own package."""

    root: Path
    service: Service

    @property
    def source(self) -> Path:
        return self.root / self.service.source

    @cached_property
    def modules(self) -> list[Module]:
        found = []
        for path in sorted(self.source.rglob("*.py")):
            part = path.relative_to(self.source).parts[0].removesuffix(".py")
            if part != "migrations":
                found.append(Module(self.root, path, part, ast.parse(path.read_text())))
        return found

    @cached_property
    def facts(self) -> set[str]:
        """The names of all kinds of fact that the service declares."""
        bases = {
            node.name: {_last_name(base) for base in node.bases}
            for module in self.modules
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
        }
        facts = {"Fact"}
        while more := {name for name, above in bases.items() if above & facts} - facts:
            facts |= more
        return facts - {"Fact"}

    def named(self, module: Module, name: str) -> tuple[Module, ast.expr] | str:
        """What `name` stands for in `module`: an alias with its module, or the name under which it is imported."""
        for node in module.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    return module, value
                case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                    return module, value
                case ast.ImportFrom(module=str(origin), names=aliases):
                    for alias in aliases:
                        if (alias.asname or alias.name) == name:
                            source = self._module(origin)
                            return self.named(source, alias.name) if source else alias.name
        return name

    def _module(self, dotted: str) -> Module | None:
        prefix = f"{self.service.package}."
        if not dotted.startswith(prefix):
            return None
        place = self.source.joinpath(*dotted.removeprefix(prefix).split("."))
        files = {place.with_suffix(".py"), place / "__init__.py"}
        return next((module for module in self.modules if module.path in files), None)

    @cached_property
    def used_of_the_store(self) -> set[tuple[str, str]]:
        """What modules outside store/ take from it: (name of the file, name in the file). Methods count as used."""
        used = {
            (module.path.stem, function.name)
            for module, owner in self._classes_of_the_store()
            for function in owner.body
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        for module in self.modules:
            if module.part == "store":
                continue
            files: dict[str, str] = {}
            for node in ast.walk(module.tree):
                if not isinstance(node, ast.ImportFrom) or node.module is None:
                    continue
                for alias in node.names:
                    if node.module == f"{self.service.package}.store":
                        files[alias.asname or alias.name] = alias.name
                    elif node.module.startswith(f"{self.service.package}.store."):
                        used.add((node.module.rpartition(".")[2], alias.name))
            for node in ast.walk(module.tree):
                match node:
                    case ast.Attribute(value=ast.Name(id=file), attr=name) if file in files:
                        used.add((files[file], name))
        return used

    def _classes_of_the_store(self) -> Iterator[tuple[Module, ast.ClassDef]]:
        for module in self.modules:
            for node in module.tree.body if module.part == "store" else ():
                if isinstance(node, ast.ClassDef):
                    yield module, node

    def row_in(self, module: Module, annotation: ast.expr | None) -> str | None:
        """The first part of `annotation` that is a row, a mapping or anything at all, through aliases."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Attribute) and node.attr in _ROWS:
                return node.attr
            if isinstance(node, ast.Name):
                stands = self.named(module, node.id)
                if isinstance(stands, str):
                    if stands in _ROWS:
                        return stands
                elif found := self.row_in(*stands):
                    return found
        return None


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


def other_signatures(anatomy: Anatomy) -> Iterator[str]:
    """Functions of the store called lock, add or save that take or return something else than everywhere."""
    for module, function in _public_of_store(anatomy):
        if function.name == "save" and not _saves(function):
            yield module.at(
                function, "save is not (tx: Tx, permit: Permit, thing: T, *facts, texts=...) -> T"
            )
        if function.name.startswith("save_"):
            yield module.at(function, f"{function.name}: a file of the store saves one noun, by save")
        if function.name == "add" and not _adds(function):
            yield module.at(function, "add is not (tx: Tx, permit: Permit, fact, *, texts=...) -> thing")
        if function.name == "lock" and not (
            _named_args(function)[:1] == ["tx: Tx"] and _returns_thing(function)
        ):
            yield module.at(function, "lock is not (tx: Tx, id) -> thing")
        texts = [arg for arg in function.args.kwonlyargs if arg.arg == "texts"]
        if texts and (row := anatomy.row_in(module, texts[0].annotation)):
            yield module.at(function, f"{function.name} takes texts as {row}, not as a dataclass")


def _saves(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = _named_args(function)
    third = function.args.args[2].annotation if len(given) == 3 else None
    return (
        given[:2] == ["tx: Tx", "permit: Permit"]
        and third is not None
        and function.returns is not None
        and ast.unparse(third) == ast.unparse(function.returns)
        and function.args.vararg is not None
        and _only_texts(function)
    )


def _adds(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = _named_args(function)
    one_fact = len(given) == 3 and function.args.vararg is None
    several = len(given) == 2 and function.args.vararg is not None
    return (
        given[:2] == ["tx: Tx", "permit: Permit"]
        and (one_fact or several)
        and _returns_thing(function)
        and _only_texts(function)
    )


def _returns_thing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and "None" not in ast.unparse(function.returns)


def _only_texts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.args.kwarg is None and {arg.arg for arg in function.args.kwonlyargs} <= {"texts"}


def _named_args(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(arg) for arg in (*function.args.posonlyargs, *function.args.args)]


def rows_out_of_the_store(anatomy: Anatomy) -> Iterator[str]:
    """Functions of the store that return a row, a mapping or Any; its dataclasses that have one or can change."""
    used = anatomy.used_of_the_store
    for module, function in _public_of_store(anatomy):
        is_used = (module.path.stem, function.name) in used
        if is_used and (row := anatomy.row_in(module, function.returns)):
            yield module.at(function, f"{function.name} returns {row}: a dataclass leaves the store")
    for module in _store(anatomy):
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            marks = [mark for mark in node.decorator_list if _last_name(mark) == "dataclass"]
            if marks and "frozen=True" not in ast.unparse(marks[0]):
                yield module.at(node, f"{node.name} is a dataclass that is not frozen")
            for field in node.body if marks else ():
                if isinstance(field, ast.AnnAssign) and (row := anatomy.row_in(module, field.annotation)):
                    yield module.at(field, f"{node.name} has a field of {row}: a dataclass leaves the store")


def facts_made_elsewhere(anatomy: Anatomy) -> Iterator[str]:
    """Facts that are declared or made outside domain/: only a rule may say that something happened."""
    for module in anatomy.modules:
        if module.part == "domain":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _last_name(node.func) in anatomy.facts:
                yield module.at(node, f"makes the fact {_last_name(node.func)}: only domain/ does")
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
        isinstance(node, ast.MatchClass) and _last_name(node.cls) in facts
        for case in match.cases
        for node in ast.walk(case.pattern)
    )


def _is_whole(match: ast.Match) -> bool:
    last = match.cases[-1]
    wild = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
    return wild and any(
        isinstance(node, ast.Call) and _last_name(node.func) == "assert_never"
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


def _store(anatomy: Anatomy) -> list[Module]:
    return [module for module in anatomy.modules if module.part == "store"]


def _public_of_store(
    anatomy: Anatomy,
) -> Iterator[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions of store/ and methods of its classes whose names do not begin with an underscore."""
    for module in _store(anatomy):
        for node in _public(module.tree.body):
            if isinstance(node, ast.ClassDef):
                for method in _public(node.body):
                    if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                        yield module, method
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node


def _public(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    return (node for node in body if not getattr(node, "name", "_").startswith("_"))


def _last_name(node: ast.AST) -> str:
    """`a.b.C` and `C(…)` are C."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return _last_name(func)
        case ast.Subscript(value=value):
            return _last_name(value)
    return ""
