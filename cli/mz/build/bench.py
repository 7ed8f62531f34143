"""`./mz bench NAME [--against COMMIT]`: runs tests/bench/NAME.py, whose figures have bars; returns 1 if one is missed.

With `--against` the same bench also runs on an older commit (tests/bench/_against.py), and the ratio is printed.
"""

from __future__ import annotations

import argparse
import os
import sys

from mz import ROOT


def main(options: argparse.Namespace) -> int:
    folder = ROOT / "tests" / "bench"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    names.remove("old")
    if options.name not in names:
        print(f"mz: 没有这项测试,可选: {', '.join(names)} (there is no such benchmark)", file=sys.stderr)
        return 2
    module, arguments = options.name, options.arguments
    if any(argument.partition("=")[0] == "--against" for argument in arguments):
        module, arguments = "_against", [options.name, *arguments]
    # The bench replaces this process: the imports of `./mz` must not weigh on the figures, and a signal that ends
    # `./mz` must reach the bench, which then cleans up.
    os.chdir(ROOT)
    return os.execv(sys.executable, [sys.executable, "-m", f"tests.bench.{module}", *arguments])
