"""What every store takes and returns: each function returns the offences it names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.architecture.parsed import Anatomy, Module, last_name


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
        if function.name.split("_")[0] == "get" and not _returns_thing(function):
            yield module.at(
                function, f"{function.name} may return None: it refuses NOT_FOUND, find returns None"
            )
        if function.name.split("_")[0] == "find" and _returns_thing(function):
            yield module.at(function, f"{function.name} never returns None: it is a get")
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
            marks = [mark for mark in node.decorator_list if last_name(mark) == "dataclass"]
            if marks and "frozen=True" not in ast.unparse(marks[0]):
                yield module.at(node, f"{node.name} is a dataclass that is not frozen")
            for field in node.body if marks else ():
                if isinstance(field, ast.AnnAssign) and (row := anatomy.row_in(module, field.annotation)):
                    yield module.at(field, f"{node.name} has a field of {row}: a dataclass leaves the store")


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
