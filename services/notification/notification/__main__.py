"""`python -m notification serve | relay | migrate | check`."""

from __future__ import annotations

from common.web.serve import main
from notification.app import create
from notification.runtime import NotificationSettings, runtime_of

main("notification", NotificationSettings, lambda settings: create(runtime_of(settings)))
