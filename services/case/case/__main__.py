"""`python -m case serve | relay | migrate | check`."""

from __future__ import annotations

from case.app import create
from case.runtime import CaseSettings, runtime_of
from common.web.serve import main

main("case", CaseSettings, lambda settings: create(runtime_of(settings)))
