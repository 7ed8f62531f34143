"""One call from the command line: `python -m mingzheng_partner SETTINGS KEY get|post PATH [JSON]`.

    python -m mingzheng_partner settings.json partner.pem get /v1/catalog/allowed
    python -m mingzheng_partner settings.json partner.pem receipt 0198…

It prints the verified answer, or the refusal with what to do. Exit 1 for a refusal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from mingzheng_partner import Partner, PrivateKey, Problem, Settings


def main(arguments: Sequence[str]) -> int:
    if len(arguments) not in (4, 5) or arguments[2] not in ("get", "post", "receipt"):
        print(__doc__, file=sys.stderr)
        return 2
    settings_file, key_file, act, path, *order = arguments
    settings = Settings.read(settings_file)
    with Partner(settings, PrivateKey.read(key_file, kid=settings.kid)) as partner:
        try:
            answer = _answer(partner, act, path, order)
        except Problem as problem:
            print(problem, file=sys.stderr)
            return 1
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


def _answer(partner: Partner, act: str, path: str, order: list[str]) -> Any:
    if act == "receipt":
        receipt = partner.receipt(path)
        return {
            "receipt": receipt.name,
            "index": receipt.index,
            "size": receipt.size,
            "record": receipt.record,
        }
    if act == "get":
        return partner.get(path).json()
    return partner.post(path, json.loads(order[0]) if order else {}).json()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
