"""Lets schemathesis call every operation of a document, each made-up case in the name of each caller.

    python fuzz.py ORDER.json        {"address", "document", "callers": [[…]], "ids", "examples", "seed"}

It runs in an environment that holds schemathesis and nothing of ours (`test_schema_fuzz` makes it). It prints a JSON
object: for each caller how many answers of each status came, and what was wrong with answers.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
PROBLEM = "application/problem+json"


class Run:
    """The calls of one order. `examples` says how many sound and how many unsound cases an operation gets."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.statuses = {caller: Counter[str]() for group in order["callers"] for caller in group}
        self.faults: dict[str, str] = {}
        self._random = random.Random(order["seed"])

    def all(self) -> None:
        schema = schemathesis.openapi.from_dict(self.order["document"])
        # One group after the other: the people of the second one may end what the system of the first one needs.
        for callers in self.order["callers"]:
            for result in schema.get_all_operations():
                operation = result.ok()
                for mode, examples in zip(MODES, self.order["examples"], strict=True):
                    self._some(operation, mode, examples, callers)

    def _some(self, operation: Any, mode: GenerationMode, examples: int, callers: list[str]) -> None:
        @seed(self.order["seed"])
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            self._ask(case, mode, callers)

        with contextlib.suppress(Unsatisfiable):  # an operation without anything that could be wrong
            ask()

    def _ask(self, case: Any, mode: GenerationMode, callers: list[str]) -> None:
        for name, known in self.order["ids"].items():
            is_sound = mode is GenerationMode.POSITIVE or self._random.random() < 0.5
            if is_sound and name in (case.path_parameters or {}):
                case.path_parameters[name] = self._random.choice(known)
        for caller in callers:
            response = case.call(base_url=self.order["address"], headers={"x-as": caller})
            self.statuses[caller][str(response.status_code)] += 1
            told = self._fault_of(case, response)
            if told:
                name = f"{caller}: {case.method} {case.operation.path} {response.status_code}"
                self.faults.setdefault(
                    name, f"{told}\n{case.as_curl_command()[:1500]}\n{response.text[:600]}"
                )

    def _fault_of(self, case: Any, response: Any) -> str:
        try:
            case.validate_response(response, checks=CHECKS)
        except BaseExceptionGroup as group:
            return "; ".join(f"{type(each).__name__}: {each}" for each in group.exceptions)[:1500]
        except AssertionError as failure:
            return f"{type(failure).__name__}: {failure}"[:1500]
        if response.status_code >= 400 and case.method != "HEAD":
            kind = response.headers.get("content-type", [""])
            kind = kind[0] if isinstance(kind, list) else kind
            if not kind.startswith(PROBLEM) or not json.loads(response.text).get("code"):
                return "the refusal is no problem of RFC 9457 with a code"
        return ""


def main() -> None:
    run = Run(json.loads(Path(sys.argv[1]).read_text()))
    run.all()
    print(json.dumps({"statuses": run.statuses, "faults": run.faults}))


if __name__ == "__main__":
    main()
