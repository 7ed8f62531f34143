"""Notification over HTTP: the party's inbox, and consent to electronic service."""

from __future__ import annotations

from notification.api import consents, documents, handsets, inbox

ROUTERS = (inbox.router, documents.router, handsets.router, consents.router)
