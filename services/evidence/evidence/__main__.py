"""`python -m evidence serve | relay | migrate`."""

from __future__ import annotations

from common.web.serve import main
from evidence.app import EvidenceSettings, create

main("evidence", create, EvidenceSettings)
