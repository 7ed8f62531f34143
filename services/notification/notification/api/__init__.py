"""Notification over HTTP: the party's inbox, consent to electronic service, and services of process."""

from __future__ import annotations

from notification.api import (
    callbacks,
    consents,
    deliveryevents,
    documents,
    handsets,
    hooks,
    inbox,
    mailings,
    preferences,
    recalls,
    sendings,
    servicecertificates,
    serviceproofs,
    servicerights,
    services,
    stream,
    templates,
)

ROUTERS = (
    callbacks.router,
    stream.router,
    inbox.router,
    documents.router,
    handsets.router,
    hooks.router,
    preferences.router,
    recalls.router,
    consents.router,
    services.router,
    serviceproofs.router,
    servicecertificates.router,
    servicerights.router,
    sendings.router,
    mailings.router,
    deliveryevents.router,
    templates.router,
)
