"""`./mz bench NAME --against COMMIT [--turns 2] …`: today's bench on that commit and on this tree, in turn.

The commit is unpacked into a folder of its own, with an environment that its own `./mz` makes, so that neither its
code nor its packages mix with today's. Each side makes its own data. Nothing is left: see tests/scratch.py.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench._bars import FIGURES, Bar, read_figures
from tests.scratch import scratch

ROOT = Path(__file__).parents[2]
_MEASURES = ("tests/bench", "tests/scratch.py")
_END_WITHIN_S = 90


def main(name: str, commit: str, turns: int, arguments: list[str]) -> int:
    """Print both sides' figures and their ratio; the exit code is this tree's own, or 1 for a missed ratio."""
    with scratch() as folder:
        old = folder / "old"
        unpack(commit, old)
        print(f"— {commit}: making its environment", flush=True)
        # Any command makes the environment first.
        run([str(getattr(sys, "_base_executable", sys.executable)), "mz", "bench", "-h"], old, quiet=True)
        figures: dict[str, list[list[Bar]]] = {"old": [], "new": []}
        code = 0
        for turn in range(1, turns + 1):
            for side, place, module in (("old", old, "old"), ("new", ROOT, name)):
                print(f"— turn {turn}: {commit if side == 'old' else 'this tree'}", flush=True)
                python = place / ".venv" / "bin" / "python"
                command = [str(python), "-m", f"tests.bench.{module}", *([name] if side == "old" else [])]
                written = folder / "figures.json"
                written.unlink(missing_ok=True)
                ended = run([*command, *arguments], place, figures=written)
                if not written.exists():
                    print(f"couldn't measure {side}: it ended with {ended}", file=sys.stderr)
                    return 2
                figures[side].append(read_figures(written))
                code = max(code, ended) if side == "new" else code
        return max(code, compare(figures["old"], figures["new"]))


def unpack(commit: str, folder: Path) -> None:
    """The files of `commit`, with today's benches among them."""
    folder.mkdir()
    with subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)
    if archive.returncode:
        raise SystemExit(f"couldn't unpack {commit}")
    for path in _MEASURES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, folder / path, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / path, folder / path)


def run(command: list[str], folder: Path, *, figures: Path | None = None, quiet: bool = False) -> int:
    """Run `command` in `folder`; if we are ended meanwhile, it is ended too and cleans up after itself."""
    env = os.environ | ({FIGURES: str(figures)} if figures else {})
    env.pop("VIRTUAL_ENV", None)
    child = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL if quiet else None)
    try:
        return child.wait()
    except BaseException:
        child.send_signal(signal.SIGTERM)
        child.wait(_END_WITHIN_S)
        raise


def compare(old: list[list[Bar]], new: list[list[Bar]]) -> int:
    """Print the median of each figure on both sides and the ratio; 1 if a ratio misses its bar."""
    code = 0
    print(f"\n{'old':>10} {'new':>10} {'new/old':>8}")
    shared = {bar.name for turn in old for bar in turn}
    for first in (bar for bar in new[0] if bar.name in shared):
        before, now = (
            median(bar.value for turn in side for bar in turn if bar.name == first.name)
            for side in (old, new)
        )
        ratio = now / before
        word = ""
        if first.of_old is not None:
            word = f"  (bar ≤ {first.of_old:g}: {'met' if ratio <= first.of_old else 'NOT MET'})"
            code = code if ratio <= first.of_old else 1
        print(f"{before:10.2f} {now:10.2f} {ratio:8.2f}  {first.name}{word}")
    return code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench", allow_abbrev=False)
    parser.add_argument("name")
    parser.add_argument("--against", metavar="COMMIT", required=True)
    parser.add_argument("--turns", type=int, default=2)
    chosen, rest = parser.parse_known_args()
    sys.exit(main(chosen.name, chosen.against, chosen.turns, rest))
