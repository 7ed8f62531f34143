"""`./mz k8s check [FOLDER …]`: everything about manifests that can be known without a cluster.

    render    kubectl kustomize
    strict    kubernetes-validate --strict, and our own schemas for custom kinds
    rules     mz.k8s.podrules, placerules, settingrules
    checkov   other people's rules, but for those that BASELINE names

Without a folder it checks the overlays of this repository, whose digests and addresses are samples. A folder that is
named is a city's own: there a sample is a fault.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mz import ROOT
from mz.build.toolroom import ToolFailed
from mz.k8s import placerules, podrules, settingrules
from mz.k8s.objects import Manifest
from mz.k8s.podrules import Findings
from mz.k8s.tools import ROOM, misfits, parsed, render

K8S: Final = ROOT / "k8s"
OVERLAYS: Final = (
    *("small", "small-opening", "city", "city-bucket", "city-opening", "drill", "drill-opening"),
    *("bureau", "bureau/first-start"),
)
VERSION: Final = "1.37"
"""Of Kubernetes, whose kinds are compared."""

BASELINE: Final = {
    "CKV_K8S_11": "CPU limits: a limit of CPU slows a process while cores are idle; requests share them out",
}
"""What checkov finds and we mean, each with its reason."""

Rule = Callable[[Sequence[Manifest]], Findings]

RULES: Final[tuple[Rule, ...]] = (
    podrules.image_by_digest,
    podrules.nobody_special,
    podrules.no_word_for_the_cluster,
    podrules.restricted_namespace,
    podrules.bounded,
    podrules.asked_how_it_is,
    podrules.stops_gently,
    podrules.kept_through_a_drain,
    podrules.jobs_end,
    podrules.grows_where_it_can,
    placerules.closed_first,
    placerules.opened_by_name,
    placerules.opened_on_both_sides,
    placerules.port_is_served,
    placerules.one_way_in,
    placerules.secrets_by_reference,
    placerules.nothing_dangles,
    placerules.database_that_keeps,
    settingrules.commands_exist,
    settingrules.settings_exist,
    settingrules.a_service_is_what_the_list_says,
)


def findings(manifests: Sequence[Manifest], *, own: bool = False) -> list[str]:
    """What our rules find, each line with the name of its rule. `own`: a city's, so that samples are faults."""
    rules = [*RULES, placerules.nothing_left_of_the_sample] if own else RULES
    return [f"{rule.__name__}: {found}" for rule in rules for found in rule(manifests)]


def strict(text: str) -> list[str]:
    """What kubernetes-validate says of `text`, which is YAML."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        command = [
            ROOM.tool("kubernetes-validate"),
            "--strict",
            "--no-warn",
            "--quiet",
            "-k",
            VERSION,
            file.name,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines if done.returncode else []


def checkov(text: str) -> list[str]:
    """What checkov finds in `text` beyond BASELINE."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rendered.yaml"
        path.write_text(text)
        done = subprocess.run(
            [
                *(ROOM.tool("checkov"), "--file", str(path), "--framework", "kubernetes", "--quiet"),
                *("--compact", "--skip-download", "--output", "json"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        report = json.loads(done.stdout)
        failed = report["results"]["failed_checks"]
        if report["summary"]["passed"] == 0 or report["summary"]["parsing_errors"]:
            return ["checkov 未能读取 (checkov read nothing)"]
    except (ValueError, KeyError, TypeError):
        return [f"checkov: {done.stderr.strip()[-300:]}"]
    return [
        f"{each['check_id']} {each['resource']}: {each['check_name']}"
        for each in failed
        if each["check_id"] not in BASELINE
    ]


def judge(folder: Path, *, own: bool) -> list[str]:
    """Every fault of the overlay in `folder`. Raises ToolFailed where it cannot be rendered."""
    text = render(folder)
    manifests = parsed(text)
    return [*strict(text), *misfits(manifests), *findings(manifests, own=own), *checkov(text)]


def main(folders: Sequence[Path]) -> int:
    """Print the faults of each overlay; 1 where there are any."""
    failed = 0
    for folder in folders or [K8S / "overlays" / name for name in OVERLAYS]:
        began = time.monotonic()
        try:
            faults = judge(folder, own=bool(folders))
        except ToolFailed as error:
            faults = [str(error)]
        failed += bool(faults)
        mark = "✗" if faults else "✓"
        print(
            f"{mark} {folder}  ({time.monotonic() - began:.1f} s)",
            *(f"    {fault}" for fault in faults),
            sep="\n",
        )
    if not failed and not folders:
        print(
            "样例摘要尚未替换: 部署前请检查自己的目录 (samples: check your own folder before you apply it)",
            file=sys.stderr,
        )
    return 1 if failed else 0
