"""`python -m case serve | relay | migrate`."""

from __future__ import annotations

from case.app import create
from common.web.serve import main

main("case", create)
