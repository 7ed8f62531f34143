"""Asks other people's verifiers about our log, and prints what each said: `./mz independent`.

    go     golang.org/x/mod, sumdb/note and sumdb/tlog          Debian's golang and golang-golang-x-mod-dev
    node   @sigstore/verify                                     npm
    bash   openssl and coreutils                                verify.sh beside this file
    go     a second verifier of court bundles                   gobundle/ beside this file

Every size has checkpoints (also with lines of keys that the tool has never heard of) and inclusion proofs; go and bash
also judge consistency proofs and read the whole log, entries and tiles, bash up to 513 entries. Court bundles have two
verifiers, verify.py and gobundle/, which must agree about every lie (bundles.py).

What is missing is fetched with apt-get and npm into a cache folder ($XDG_CACHE_HOME/mingzheng-independent), without
installing anything on the machine; a tool that cannot be had is skipped, and the table says why. Exit code 0: each
tool that was asked accepted all that is sound and refused all that was altered. 1: one did not. 2: none could be asked.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.independent import bundles
from tests.independent.material import SIZES, make

HERE: Final = Path(__file__).parent
PACKAGE: Final = "@sigstore/verify@3.1.1"
_NO_LOCK: Final = (
    "--no-package-lock",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--silent",
)


class Missing(Exception):
    """A tool that cannot be had here; one line says why."""


def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=os.environ | (env or {}),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Missing(f"there is no {command[0]}") from None
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise Missing(f"{Path(str(command[0])).name} {command[1]}: {last}")
    return done.stdout


def ask_go(folder: Path, cache: Path) -> str:
    return run(built(cache, "verify-go", HERE / "verify.go"), folder)


def built(cache: Path, name: str, *sources: Path) -> Path:
    """The Go program in `sources`, which vet and gofmt find nothing to say about."""
    go, environment = _go(cache)
    environment |= {"GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": str(cache / "go-cache")}
    gofmt = Path(environment.get("GOROOT", run(go, "env", "GOROOT").strip())) / "bin" / "gofmt"
    if unformatted := run(gofmt, "-l", *sources).split():
        raise SystemExit(f"gofmt would change {', '.join(unformatted)}")
    run(go, "vet", *sources, env=environment)
    run(go, "build", "-o", cache / name, *sources, env=environment)
    return cache / name


def judge_bundles(folder: Path, cache: Path) -> bool:
    program = built(cache, "gobundle", *sorted((HERE / "gobundle").glob("*.go")))
    if not (folder / "lies.json").exists():
        print("making court bundles, and lies about them …", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        # In a process of its own: the children that check signatures belong to the loop that grew the log.
        subprocess.run([sys.executable, "-m", "tests.independent.bundles", str(folder)], check=True)
    return bundles.judge(folder, program) & bundles.judge_signatures(folder, program)


def _go(cache: Path) -> tuple[Path, dict[str, str]]:
    """The go command and where it finds x/mod: what the machine has, or Debian's packages unpacked in the cache."""
    library = Path("usr/share/gocode")
    installed = shutil.which("go")
    if installed and (Path("/") / library / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return Path(installed), {"GOPATH": str(Path("/") / library)}
    root = cache / "debian"
    if not any(root.glob("usr/lib/go-*/bin/go")):
        root.mkdir(parents=True, exist_ok=True)
        names = ["golang-golang-x-mod-dev"]
        for package in ("golang-go", "golang-src"):
            names += re.findall(r"Depends: (golang-[0-9.]+-\w+)", run("apt-cache", "depends", package))[:1]
        run("apt-get", "download", *names, cwd=root)
        for archive in root.glob("*.deb"):
            run("dpkg-deb", "-x", archive, root)
            archive.unlink()
    home = next(root.glob("usr/lib/go-*"))
    return home / "bin/go", {"GOROOT": str(home), "GOPATH": str(root / library)}


def ask_node(folder: Path, cache: Path) -> str:
    place = cache / "npm"
    library = place / "node_modules/@sigstore/verify"
    if not library.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--prefix", place, *_NO_LOCK, PACKAGE, cwd=place)
    return run("node", HERE / "verify.js", library, folder)


def ask_bash(folder: Path, cache: Path) -> str:
    run("openssl", "version")
    return run("bash", HERE / "verify.sh", folder)


BUNDLES: Final = "court bundles"
TOOLS: Final[dict[str, Callable[[Path, Path], str]]] = {
    "go x/mod": ask_go,
    "@sigstore/verify": ask_node,
    "bash + openssl": ask_bash,
}


def questions_in(folder: Path) -> dict[str, list[str]]:
    lines = (folder / "questions.tsv").read_text().splitlines()
    return {line.split("\t")[0]: line.split("\t") for line in lines}


def judge(tool: str, said: str, questions: dict[str, list[str]]) -> bool:
    """Print what `tool` answered, size by size; whether it was right each time, and was asked both ways."""
    right: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    wrong = []
    for line in said.splitlines():
        number, _, answer = line.partition("\t")
        _, kind, paths, expected, size, altered = questions[number]
        tally = right[size, expected]
        tally[1] += 1
        if answer.partition(":")[0] == expected:
            tally[0] += 1
        else:
            wrong.append(f"  ✗ {tool}: {kind} {paths} ({altered}): {answer}, expected {expected}")
    for size in map(str, SIZES):
        shown = ["{}/{}".format(*right[size, expected]) for expected in ("accept", "refuse")]
        print(f"{tool:18} {size:>7}   {shown[0]:>9}   {shown[1]:>9}")
    print("\n".join(wrong), end="\n" if wrong else "")
    return not wrong and all(right[str(size), which][1] for size in SIZES for which in ("accept", "refuse"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./mz independent", description=__doc__)
    parser.add_argument("--tool", choices=[*TOOLS, BUNDLES], action="append", help="default: all of them")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the questions here, and use them again"
    )
    options = parser.parse_args()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mingzheng-independent"
    folder = options.keep or cache / "questions"
    if options.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    asked = options.tool or [*TOOLS, BUNDLES]
    verdicts = judge_log([tool for tool in asked if tool in TOOLS], folder, cache)
    if BUNDLES in asked:
        try:
            verdicts.append(judge_bundles(folder / "bundles", cache))
        except Missing as why:
            print(f"{BUNDLES:18} skipped: {why}")
    return 2 if not verdicts else 0 if all(verdicts) else 1


def judge_log(tools: list[str], folder: Path, cache: Path) -> list[bool]:
    """Ask `tools` about the log in `folder`, which is grown if it is not there; whether each was right."""
    verdicts: list[bool] = []
    if not tools:
        return verdicts
    if not (folder / "questions.tsv").exists():
        print(f"growing a log to {SIZES[-1]:,} entries …", file=sys.stderr, flush=True)
        asyncio.run(make(folder))
    questions = questions_in(folder)
    print(f"{'tool':18} {'size':>7}   {'accepted':>9}   {'altered refused':>9}")
    for tool in tools:
        try:
            verdicts.append(judge(tool, TOOLS[tool](folder, cache), questions))
        except Missing as why:
            print(f"{tool:18} skipped: {why}")
    return verdicts


if __name__ == "__main__":
    sys.exit(main())
