"""Which modules of the ledger's formats open files or sockets. `open` needs no import, so no contract sees it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

READERS = {"read_text", "read_bytes", "write_text", "write_bytes", "open", "fdopen", "makefile"}
MODULES = {"os", "io", "socket", "shutil", "tempfile", "sqlite3", "subprocess", "mmap", "fcntl"}
MAY_OPEN = {"keyfiles.py", "verify.py"}
"""keyfiles is the one place for files; verify.py is a program of its own, joined from `verifier/`."""


def opens_files(package: Path) -> list[str]:
    """`file:line what` for every place in `package` outside keyfiles and the verifier that opens a file or socket."""
    paths = sorted(path for path in package.rglob("*.py") if path.name not in MAY_OPEN)
    return [
        f"{path.relative_to(package)}:{line} {what}"
        for path in paths
        if path.relative_to(package).parts[0] != "verifier"
        for line, what in _openings(ast.parse(path.read_text()))
    ]


def _openings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield node.lineno, "open"
        elif isinstance(node, ast.Attribute) and node.attr in READERS:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Import):
            names = (alias.name.partition(".")[0] for alias in node.names)
            yield from ((node.lineno, f"import {name}") for name in names if name in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield node.lineno, f"import {(node.module or '').partition('.')[0]}"


def foreign_imports(verifier: Path) -> list[str]:
    """`file module` for every import of the verifier that is neither the standard library's nor a sibling's.

    `cryptography` is tolerated: ed25519 tries to import it inside a function and does without.
    """
    allowed = sys.stdlib_module_names | {"cryptography"}
    return [
        f"{path.name} {module}"
        for path in sorted(verifier.glob("*.py"))
        for module in _modules(ast.parse(path.read_text()))
        if module.partition(".")[0] not in allowed and not module.startswith("ledger.verifier.")
    ]


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."
