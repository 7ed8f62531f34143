"""Puts every lie about a court bundle before verify.py and before the Go program in gobundle/, and compares them.

Both follow docs/BUNDLE.md, and neither was made from the other. They must give the same verdict and the same state of
every step; where one refuses, the step that tests/evidence/lies.py names must be among those at fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ledger.verifier.command import main as verify
from ledger.verifier.report import VERIFIED
from mz import ROOT
from mz.postgres import EmbeddedPostgres
from tests.evidence.ledger.conftest import ledgers, migrated
from tests.evidence.lies import make_material, write_all
from tests.ledger.test_ed25519_edges import EDGES, GOOD
from tests.scratch import scratch

TEXTS: Final = ROOT / "docs" / "bundle-texts.json"
Answer = dict[str, Any]


async def make(folder: Path) -> None:
    """Write the bundles, and lies.json beside them, from logs on a PostgreSQL of their own."""
    folder.mkdir(parents=True)
    with scratch() as home, tempfile.TemporaryDirectory(prefix="mz-independent-") as data:
        postgres = EmbeddedPostgres(home / "pg", fast=True)
        server = postgres.start()
        try:
            empty = await migrated(server)

            def another() -> Any:
                return ledgers(server, empty, Path(tempfile.mkdtemp(dir=data)))

            async with another() as open_ledger:
                write_all(folder, await make_material(open_ledger, another))
        finally:
            postgres.stop()


@dataclass
class Tally:
    """How many honest bundles a program verified, and how many lies it found at their step, of how many."""

    program: str
    verified: list[int] = field(default_factory=lambda: [0, 0])
    found: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, lie: dict[str, Any], answer: Answer) -> bool:
        """Whether the answer is the one that lies.json expects."""
        state = answer["steps"].get(lie["step"], lie["verdict"] if lie["step"] is None else None)
        right = bool(answer["verdict"] == state == lie["verdict"])
        tally = self.verified if lie["verdict"] == VERIFIED else self.found
        tally[0] += right
        tally[1] += 1
        return right

    def line(self) -> str:
        shown = ["{}/{}".format(*tally) for tally in (self.verified, self.found)]
        return f"{self.program:18} {'':>7}   {shown[0]:>9}   {shown[1]:>9}"

    @property
    def right(self) -> bool:
        return all(good == asked > 0 for good, asked in (self.verified, self.found))


def judge(folder: Path, program: Path) -> bool:
    """Print what both programs say; whether each is right, and they agree in every step of every bundle."""
    tallies = Tally("verify.py"), Tally("go, BUNDLE.md")
    wrong = []
    for lie in json.loads((folder / "lies.json").read_text()):
        answers = by_python(folder, lie), by_go(folder, lie, program)
        right = [tally.count(lie, answer) for tally, answer in zip(tallies, answers, strict=True)]
        differ = different(*answers)
        if differ or not all(right):
            wrong.append(
                f"  ✗ {lie['file']} {lie['says']}: {lie['verdict']} at {lie['step']} expected; {differ}"
            )
    print(f"{'court bundles':18} {'':>7}   {'honest':>9}   {'lies found':>9}")
    print(*(tally.line() for tally in tallies), *wrong, sep="\n")
    return not wrong and all(tally.right for tally in tallies)


def judge_signatures(folder: Path, program: Path) -> bool:
    """Print how the Go program answers signatures that no honest signer makes; whether it is right each time."""
    claims = [*((claim, "accept", "honest") for claim in GOOD)]
    claims += [(claim, "refuse", name) for name, claim in EDGES.items()]
    asked = folder / "signatures.txt"
    lines = [f"{key.hex()} {signature.hex()} {text.hex()}\n" for (key, signature, text), _, _ in claims]
    asked.write_text("".join(lines))
    ran = subprocess.run([str(program), "ed25519", str(asked)], capture_output=True, text=True, check=True)
    said = ran.stdout.split()
    wrong = [
        f"  ✗ {name}: {answer}"
        for (_, expected, name), answer in zip(claims, said, strict=True)
        if answer != expected
    ]
    shown = [f"{len(each)}/{len(each)}" for each in (GOOD, EDGES)] if not wrong else ["✗", "✗"]
    print(f"{'go, Ed25519':18} {'':>7}   {shown[0]:>9}   {shown[1]:>9}", *wrong, sep="\n")
    return not wrong


def by_python(folder: Path, lie: dict[str, Any]) -> Answer:
    """What verify.py says on its command line."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.chdir(folder):
        code = verify([lie["file"], *lie["arguments"], "--json"])
    answer = json.loads(said.getvalue())
    steps = {step["name"].split()[-1]: step["verdict"] for step in answer["steps"]}
    return {"code": code, "verdict": answer["verdict"], "steps": steps}


def by_go(folder: Path, lie: dict[str, Any], program: Path) -> Answer:
    command = [str(program), lie["file"], "--texts", str(TEXTS), *lie["arguments"]]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 1, 2):
        return {"code": ran.returncode, "verdict": ran.stderr.strip()[:300], "steps": {}}
    answer = json.loads(ran.stdout)
    steps = {name: step["state"] for name, step in answer["steps"].items()}
    return {"code": ran.returncode, "verdict": answer["verdict"], "steps": steps}


def different(python: Answer, go: Answer) -> str:
    """In what two answers differ, in words; empty if in nothing."""
    pairs = [("verdict", python["verdict"], go["verdict"]), ("exit code", python["code"], go["code"])]
    names = sorted(python["steps"].keys() | go["steps"].keys())
    pairs += [(name, python["steps"].get(name), go["steps"].get(name)) for name in names]
    return ", ".join(f"{what}: {one} and {other}" for what, one, other in pairs if one != other)


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
