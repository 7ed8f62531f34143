"""`./mz golden`: writes the files that are generated from code; `--check` compares them.

A writer is a function in the list below that returns the text of one file.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mz import ROOT

Writer = Callable[[], str]


def writers() -> dict[Path, Writer]:
    """Every generated file and the function that makes its text."""
    from common.policy.matrix import matrix
    from mz.build.lawbook import errors_md, law_md
    from mz.build.locks import outsiders_lock, run_lock
    from mz.build.manifest import pyproject
    from mz.build.notbuilt import not_built_md
    from mz.build.onefile import joined, texts_json
    from mz.build.schemas import expected_json
    from mz.build.schemas import files as schema_files
    from mz.build.sdk import contract_json, models_py
    from mz.build.watching import alarms_yaml, alerts_yaml, dashboard_json
    from mz.services import NAMED

    ledger = ROOT / "libs" / "ledger" / "ledger"
    return {
        ledger / "verify.py": lambda: joined(ledger / "verifier"),
        ROOT / "tests" / "policy" / "matrix.txt": lambda: matrix(NAMED),
        ROOT / "pyproject.toml": lambda: pyproject(ROOT),
        ROOT / "requirements-run.lock": lambda: run_lock(ROOT),
        ROOT / "requirements-outsiders.lock": lambda: outsiders_lock(ROOT),
        ROOT / "docs" / "LAW.md": lambda: law_md(ROOT),
        ROOT / "docs" / "ERRORS.md": lambda: errors_md(ROOT),
        ROOT / "docs" / "NOT-BUILT.md": not_built_md,
        ROOT / "docs" / "bundle-texts.json": texts_json,
        ROOT / "ops" / "alerts.yaml": lambda: alerts_yaml(ROOT / "ops"),
        ROOT / "k8s" / "base" / "alarms.yaml": lambda: alarms_yaml(ROOT / "ops"),
        ROOT / "ops" / "dashboard.json": lambda: dashboard_json(ROOT / "ops"),
        ROOT / "sdk" / "openapi.json": contract_json,
        ROOT / "sdk" / "python" / "mingzheng_partner" / "models.py": models_py,
        **{path: partial(expected_json, path, package) for path, package in schema_files().items()},
    }


def main(options: argparse.Namespace) -> int:
    different = 0
    for path, text in writers().items():
        generated = text()
        committed = path.read_text() if path.exists() else ""
        if generated == committed:
            continue
        different += 1
        name = path.relative_to(ROOT)
        if options.check:
            print(f"{name} is not what the code says; run ./mz golden and look at the difference:")
            changes = difflib.unified_diff(
                committed.splitlines(), generated.splitlines(), "in git", "generated", lineterm="", n=1
            )
            print("\n".join(list(changes)[:40]))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(generated)
            print(f"wrote {name}")
    return 1 if different and options.check else 0
