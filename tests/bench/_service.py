"""The ledger's API in a process of its own, as production runs it: uvicorn on uvloop, real tokens, the one writer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from common.values.profile import Suite
from common.web.serve import run
from evidence.app import create
from evidence.ledger.sequencer import Sequencer
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.postgres import Server

DATABASE = "evidence_http"


def installed(home: Path, server: Server) -> Installation:
    """The installation under `home`. Nothing runs in the background: the rounds measure the appends alone."""
    return Installation(DataDir(home), server, databases={"evidence": DATABASE}, background=False)


def sequencer(installation: Installation, *, twin: bool = False) -> Sequencer:
    """Its sequencer, without the SM3 twin unless it is wanted."""
    made = installation.sequencer()
    if not twin:
        made.settings = replace(made.settings, suites=(Suite.SHA256_ED25519,))
    return made


if __name__ == "__main__":
    home, host, port, listen, *twin = sys.argv[1:]
    installation = installed(Path(home), Server(host, int(port)))
    runtime = replace(installation.runtimes()["evidence"], ledger=sequencer(installation, twin=bool(twin)))
    run(create(runtime), "evidence", runtime.settings, port=int(listen), inner=False)
