"""`./mz contract show | breaking | fuzz | client`: the OpenAPI document, made from the code."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from mz.build.toolroom import ToolFailed
from mz.contract import clients, fuzz
from mz.contract.breaking import breaks
from mz.contract.document import document, kept


def main(options: argparse.Namespace) -> int:
    acts: dict[str, Any] = {"show": _show, "breaking": _breaking, "fuzz": fuzz.main, "client": _client}
    return int(acts[options.act](options))


def _show(options: argparse.Namespace) -> int:
    print(json.dumps(document(), ensure_ascii=False, indent=1))
    return 0


def _breaking(options: argparse.Namespace) -> int:
    released = kept()
    if released is None:
        print("尚无版本保存合同,无可比较 · no release has kept its contract yet, there is nothing to compare")
        return 0
    version, before = released
    found = breaks(before, document())
    for told in found:
        print(f"{version}: {told}")
    return 1 if found else 0


def _client(options: argparse.Namespace) -> int:
    if options.language is None or options.folder is None:
        print("mz: ./mz contract client python|java FOLDER", file=sys.stderr)
        return 2
    try:
        clients.MAKERS[options.language](document(), options.folder.absolute())
    except ToolFailed as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1
    print(f"{options.folder}")
    return 0
