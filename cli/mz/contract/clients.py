"""Clients that other people's generators make from the contract, in Python and Java. Those of TypeScript need npm.

What a client needs beside the platform's own addresses (tokens, files of a camera's protocol) is no part of it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mz.build.toolroom import run
from mz.contract.document import Document
from mz.contract.fuzz import ROOM

_JAR: Final = (
    "import openapi_generator_cli, pathlib; print(pathlib.Path(openapi_generator_cli.__file__).parent)"
)


def for_clients(contract: Document) -> Document:
    """`contract` without the protocol of cameras, whose bodies are no JSON of ours, and without other standards."""
    paths = {path: item for path, item in contract["paths"].items() if not path.startswith("/VIID/")}
    return {name: value for name, value in contract.items() if name != "x-standard-paths"} | {"paths": paths}


def python(contract: Document, folder: Path) -> None:
    """A package in `folder`, by openapi-python-client. Raises ToolFailed."""
    with tempfile.TemporaryDirectory() as place:
        command = [ROOM.tool("openapi-python-client"), "generate", "--path", _written(contract, Path(place))]
        run([*command, "--output-path", str(folder), "--meta", "none", "--overwrite"], env=ROOM.environment())


def java(contract: Document, folder: Path) -> None:
    """Sources in `folder`, by openapi-generator, which needs a Java of the machine. Raises ToolFailed."""
    jar = Path(run([ROOM.tool("python"), "-c", _JAR]).strip()) / "openapi-generator.jar"
    with tempfile.TemporaryDirectory() as place:
        words = ["generate", "-g", "java", "--library", "native", "-i", _written(contract, Path(place))]
        run(["java", "-jar", str(jar), *words, "-o", str(folder)])


MAKERS: Final[Mapping[str, Callable[[Document, Path], None]]] = {"python": python, "java": java}


def _written(contract: Document, place: Path) -> str:
    path = place / "openapi.json"
    path.write_text(json.dumps(for_clients(contract), ensure_ascii=False))
    return str(path)
