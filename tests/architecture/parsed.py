"""A service as its files say it: parsed, not imported, so that a copy with a planted offence can be looked at too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mz.services import Service

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
            node.name: {last_name(base) for base in node.bases}
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


def last_name(node: ast.AST) -> str:
    """`a.b.C` and `C(…)` are C."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return last_name(func)
        case ast.Subscript(value=value):
            return last_name(value)
    return ""
