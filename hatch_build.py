"""Compiles what is written in C, where there is a compiler; what is missing is done more slowly in Python.

`ed25519.c` twice: for vector units of 512 and of 256 bits. Which one runs is decided where it runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "services" / "evidence" / "evidence" / "ledger" / "ed25519.c"


def compile_all() -> list[Path]:
    """The libraries that could be built, beside their source."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform == "win32":
        return []
    built = []
    for lanes in (8, 4):
        library = SOURCE.with_name(f"_ed25519_{lanes}.so")
        draft = library.with_suffix(".draft")
        command = [compiler, "-O3", "-shared", "-fPIC", f"-DLANES={lanes}", "-o", str(draft), str(SOURCE)]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0:
            draft.replace(library)  # never half a library under its name
            built.append(library)
    return built


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    pass
else:

    class Compile(BuildHookInterface):  # type: ignore[type-arg]
        """What hatchling runs before it makes the wheel, an editable one too."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            if compile_all():
                build_data["pure_python"], build_data["infer_tag"] = False, True


if __name__ == "__main__":
    sys.exit(0 if compile_all() else 1)
