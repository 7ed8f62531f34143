"""`python -m evidence serve | relay | migrate | check | fsck`.

`fsck` checks the ledger alone and prints one JSON object: 0 for clean, 1 for findings, 2 if nothing was checked.
A process that serves runs it once a day.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from common.web.serve import main
from evidence.app import create
from evidence.ledger.patrol import Patrol, child, walk_ledger
from evidence.runtime import LogSettings, runtime_of, sequencer_of


def fsck() -> int:
    """Walk once, with the settings of the environment."""
    document = asyncio.run(walk_ledger(sequencer_of(LogSettings.read(os.environ, "evidence"))))
    print(json.dumps(document, ensure_ascii=False))
    return 0 if document["clean"] else 1 if document["entries"] else 2


if __name__ == "__main__":
    if sys.argv[1:] == ["fsck"]:
        sys.exit(fsck())
    patrol = Patrol(child([sys.executable, "-m", "evidence", "fsck"]))
    main(
        "evidence",
        LogSettings,
        lambda settings: create(runtime_of(settings, ledger=sequencer_of(settings), patrol=patrol)),
    )
