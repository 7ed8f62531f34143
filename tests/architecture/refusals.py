"""The gate of the catalogue: every refusal has its words in both languages, and gives the facts that they name."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Which argument is the code: of the classes, and of the functions of a module that pass one on.
CODE_AT = {"Refusal": 1, "Violation": 0, "InputError": 1, "_violation": 0, "_wrong": 1, "wrong": 0}


@dataclass(frozen=True)
class Use:
    """One place that words a refusal. `facts` is None where they are not written as a dict there."""

    place: str
    code: str
    wording: str | None
    facts: frozenset[str] | None


def uses(files: Iterable[Path]) -> Iterator[Use]:
    """Every use of a code that stands as text in one of `files`."""
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            at = CODE_AT.get(name)
            if at is None:
                continue
            code = _argument(node, at, "code")
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield Use(f"{path.name}:{node.lineno}", code.value, _wording(node), _facts(node, name, at))


def _argument(node: ast.Call, at: int, name: str) -> ast.expr | None:
    if len(node.args) > at:
        return node.args[at]
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), None)


def _wording(node: ast.Call) -> str | None:
    """The wording as text; None where the code chooses one when it runs."""
    given = next((keyword.value for keyword in node.keywords if keyword.arg == "wording"), None)
    if given is None:
        return ""
    return str(given.value) if isinstance(given, ast.Constant) else None


def _facts(node: ast.Call, name: str, at: int) -> frozenset[str] | None:
    given = _argument(node, at + (2 if name == "Violation" or name == "_violation" else 1), "facts")
    if given is None:
        return frozenset()
    if not isinstance(given, ast.Dict) or not all(isinstance(key, ast.Constant) for key in given.keys):
        return None
    return frozenset(str(key.value) for key in given.keys if isinstance(key, ast.Constant))


def names_in(template: str) -> frozenset[str]:
    """The facts that a sentence names."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def faults_of(catalogue: Mapping[str, Any], found: Iterable[Use]) -> list[str]:
    """What is wrong with the catalogue, or with a use of it; empty when they agree."""
    faults = []
    for code, entry in catalogue.items():
        if code == "words":
            continue
        wordings = {"": entry} | {name: value for name, value in entry.items() if isinstance(value, dict)}
        for name, words in wordings.items():
            spoken = {language for language in ("zh", "en") if language in words}
            if spoken and spoken != {"zh", "en"}:
                faults.append(f"{code}{'.' + name if name else ''} is said in {', '.join(spoken)} alone")
            elif spoken and names_in(words["zh"]) != names_in(words["en"]):
                faults.append(f"{code}{'.' + name if name else ''} names other facts in zh than in en")
    for use in found:
        entry = catalogue.get(use.code)
        if entry is None:
            faults.append(f"{use.place}: {use.code} has no words")
            continue
        chosen = [entry] if use.wording == "" else [entry.get(use.wording)] if use.wording else []
        for words in chosen:
            if not isinstance(words, dict) or "zh" not in words:
                faults.append(f"{use.place}: {use.code} has no wording {use.wording!r}")
            elif use.facts is not None and not names_in(words["zh"]) <= use.facts:
                missing = ", ".join(sorted(names_in(words["zh"]) - use.facts))
                faults.append(f"{use.place}: {use.code} does not give {missing}")
    return faults


def texts_given(path: Path, *, names: set[str]) -> Iterator[str]:
    """The texts that are passed under one of `names` anywhere in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg in names and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def texts_passed(path: Path, *, calls: set[str]) -> Iterator[str]:
    """The texts that are passed by position to a function or method of one of these names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in calls:
            yield from (str(text.value) for text in node.args if isinstance(text, ast.Constant))
