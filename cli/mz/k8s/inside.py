"""Runs inside .venv-ops, where YAML and JSON Schema can be read: `parse` or `compare`, from stdin to stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


def parse(text: str) -> list[Any]:
    """The documents in `text`, which is YAML."""
    import yaml

    return [document for document in yaml.safe_load_all(text) if document]


def compare(schemas: dict[str, Any], manifests: list[Any]) -> Iterator[str]:
    """Each place at which a manifest does not fit the schema of its kind."""
    from jsonschema import Draft202012Validator

    for manifest in manifests:
        for error in Draft202012Validator(schemas[manifest["kind"]]).iter_errors(manifest):
            place = "/".join(map(str, error.absolute_path))
            yield f"{manifest['kind']}/{manifest['metadata']['name']} /{place}: {error.message}"


if __name__ == "__main__":
    given = sys.stdin.read()
    answer = parse(given) if sys.argv[1] == "parse" else list(compare(*json.loads(given)))
    print(json.dumps(answer, default=str))
