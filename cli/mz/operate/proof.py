"""The end of the demo: the court bundle of the case, verified by the verifier inside it, then altered by one bit."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.trust import Policy
from mz.demo.stage import Refused, Stage
from mz.operate.datadir import DataDir, read

VERIFIER: Final = "verify/verify.py"
_PATIENCE: Final = 60
_CALM: Final = 4
_LOOK_S: Final = 0.4


@dataclass(frozen=True)
class Proof:
    """The verdicts on the bundle (`verified`), and on a copy with one bit of the file `flipped` changed (`altered`)."""

    path: Path
    verifier: Path
    verified: str
    flipped: str
    altered: str
    holds: bool


def root_keys(d: DataDir) -> list[str]:
    """The published root keys as arguments of verify.py: all that it needs for the dossier of an exchange."""
    return [part for root in read(d.root / "vkeys.json")["roots"] for part in ("--key", root)]


def trusted_in(d: DataDir) -> list[str]:
    """The published keys that a court's expert trusts, as arguments of verify.py. None of them comes from the bundle.

    In the demo all of them lie in one folder, and its notices say so.
    """
    arguments = root_keys(d)
    if d.policy.exists():
        policy = Policy.parse(d.policy.read_bytes())
        for witness in policy.witnesses.values():
            arguments += ["--witness", witness.vkey]
        if policy.root is not None and policy.root in policy.groups:
            arguments += ["--quorum", str(policy.groups[policy.root][0])]
    for certificates in sorted(d.authority_certs.glob("*.pem")):
        arguments += ["--tsa", str(certificates)]
    if d.monitor.exists():
        arguments += ["--monitor", d.monitor.read_text().split()[0]]
    return arguments


async def show_proof(stage: Stage, case_id: str, folder: Path, *, trusted: Sequence[str]) -> Proof:
    """Export the bundle of `case_id` into `folder`, verify it, flip one bit, verify again.

    `trusted` are the arguments of `trusted_in`: without the published root key nothing is verified.
    """
    content = await _exported(stage, case_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, verifier = _written(folder, case_id, content)
    good = run_verifier(verifier, path, trusted)
    altered_path = folder / f"{case_id}.altered.zip"
    data, flipped = with_one_bit_flipped(content)
    altered_path.write_bytes(data)
    bad = run_verifier(verifier, altered_path, trusted)
    return Proof(
        path, verifier, _verdict(good), flipped, _verdict(bad), good.returncode == 0 and bad.returncode != 0
    )


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk, the verifier's conclusion in one line, and whether it holds."""

    path: Path
    verdict: str
    holds: bool


async def export_bundle(stage: Stage, case_id: str, folder: Path, *, trusted: Sequence[str]) -> Bundle:
    """Export the bundle of `case_id` into `folder` and verify it."""
    content = await _exported(stage, case_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, verifier = _written(folder, case_id, content)
    good = run_verifier(verifier, path, trusted)
    return Bundle(path, _verdict(good).splitlines()[0], good.returncode == 0)


def _written(folder: Path, case_id: str, content: bytes) -> tuple[Path, Path]:
    """The bundle in `folder`, and the verifier that it carries."""
    path, verifier = folder / f"{case_id}.zip", folder / "verify.py"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as bundle:
        verifier.write_bytes(bundle.read(VERIFIER))
    return path, verifier


async def _exported(stage: Stage, case_id: str) -> bytes:
    """The bundle of the case, once the ledger stands still. Raises Refused."""
    await _witnessed(stage)
    purpose = {"x-purpose-of-use": "CASE_HANDLING"}
    export = await stage.call(
        "CASE_OFFICER", "POST", "/v1/evidence-bundles", {"case_id": case_id}, headers=purpose
    )
    if not export.is_success:
        raise Refused(f"bundle: {export.status_code} {export.text[:800]}")
    download = await stage.call("CASE_OFFICER", "GET", export.json()["href"], headers=purpose)
    if not download.is_success:
        raise Refused(f"bundle: {download.status_code} {download.text[:800]}")
    return download.content


async def _witnessed(stage: Stage) -> None:
    """Wait until the ledger stands still and its witnesses have signed. An export itself would not wait."""
    before, calm = None, 0
    for _ in range(_PATIENCE):
        await stage.settle()
        standing = (await stage.http.get("/v1/ledger/standing")).json()
        waiting = standing["unwitnessed"] and standing["witnesses"]
        calm = calm + 1 if standing["size"] == before and not waiting else 0
        if calm == _CALM:
            return
        before = standing["size"]
        await asyncio.sleep(_LOOK_S)


def with_one_bit_flipped(data: bytes) -> tuple[bytes, str]:
    """The bundle with one bit of its first picture changed and everything else unchanged; the name of that picture."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as altered:
        name = next(n for n in source.namelist() if n.startswith("media/"))
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == name:
                middle = len(content) // 2
                content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
            altered.writestr(entry, content)
    return target.getvalue(), name


def run_verifier(verifier: Path, bundle: Path, trusted: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """verify.py as a court's expert runs it: a bare interpreter without any package."""
    command = [sys.executable, "-I", "-S", str(verifier), str(bundle), *trusted]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _verdict(run: subprocess.CompletedProcess[str]) -> str:
    """The verifier's conclusion, what it covers, the facts that outsiders vouch for, and every failed check."""
    lines = [line.strip() for line in (run.stdout or run.stderr).splitlines() if line.strip()]
    return (
        "\n    ".join(line for line in lines if line.startswith(("核验结论", "已核验", "未核验", "✗", "·")))
        or f"exit {run.returncode}"
    )
