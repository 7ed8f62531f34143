"""`python -m notification serve | relay | migrate`."""

from __future__ import annotations

from common.web.serve import main
from notification.app import create

main("notification", create)
