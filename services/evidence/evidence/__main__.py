"""`python -m evidence serve | relay | migrate`."""

from __future__ import annotations

from common.web.serve import main
from evidence.app import create
from evidence.runtime import LogSettings, runtime_of, sequencer_of

main("evidence", LogSettings, lambda settings: create(runtime_of(settings, ledger=sequencer_of(settings))))
