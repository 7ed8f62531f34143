"""Notification over HTTP: the party's inbox, and consent to electronic service."""

from __future__ import annotations

from notification.api import consents, inbox

ROUTERS = (inbox.router, consents.router)
