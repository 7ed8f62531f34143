"""Which service of an agreement opens which address. An address that no service opens needs no agreement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from common.calls import SAFE_METHODS
from common.policy import Action
from common.web.openapi import policy_of
from data_exchange.domain.agreements import Service
from data_exchange.wire.checks import When, required

_OPENS: Final = {
    "/v1/assistance-requests": Service.ASSISTANCE,
    "/v1/data-requests": Service.DATA_REQUESTS,
    "/v1/corrections": Service.DATA_REQUESTS,
    "/v1/catalog/items": Service.DATA_REQUESTS,
    "/v1/data-uses": Service.USES,
    "/v1/disputes": Service.USES,
    "/v1/comparisons": Service.COMPARISONS,
    "/v1/comparison-batches": Service.COMPARISONS,
    "/v1/transfer-requests": Service.TRANSFERS,
    "/v1/case-transfers": Service.TRANSFERS,
    "/v1/criminal-transfers": Service.TRANSFERS,
    "/v1/events": Service.EVENTS,
    "/v1/webhook-endpoints": Service.EVENTS,
}
_OF_SYSTEMS: Final = frozenset(
    {
        Action.EXCHANGE_SEND,
        Action.EXCHANGE_ANSWER,
        Action.EXCHANGE_URGE,
        Action.EXCHANGE_READ,
        Action.COMPARISON_ASK,
        Action.COMPARISON_READ,
        Action.CATALOGUE_READ,
        Action.USE_READ,
        Action.USE_LOG,
        Action.DISPUTE_READ,
        Action.TRANSFER_FETCH,
        Action.WEBHOOK_MANAGE,
        Action.RECEIPT_ACKNOWLEDGE,
        Action.EVENT_READ,
        Action.PARTNER_LIST_ALLOWED,
        Action.ANSWER_KEY_LIST,
        Action.SANDBOX_USE,
    }
)
"""The acts that the policy permits to a partner's system; a test compares them with it."""


def service_of(path: str) -> Service | None:
    """The service that an agreement must name for this address or template; None where none is needed."""
    parts = path.split("/")
    return _OPENS.get("/".join(parts[:3])) or _OPENS.get("/".join(parts[:4]))


def operations_of(routes: Iterable[Any]) -> list[tuple[str, str, Service | None, list[str]]]:
    """Method, template, service and components of each operation that a partner's system can call at all."""
    operations = []
    for route in routes:
        policy = policy_of(route)
        if policy is None or policy.action not in _OF_SYSTEMS:
            continue
        service = service_of(route.path)
        for method in sorted(route.methods or ()):
            operations.append((method, route.path, service, _components(method, service)))
    return sorted(operations, key=lambda operation: operation[:2])


def _components(method: str, service: Service | None) -> list[str]:
    conditions = {When.ALWAYS} | ({When.CALL} if service is not None else set())
    if method not in SAFE_METHODS:
        conditions |= {When.WRITE, When.BODY}
    return [check.component for check in required(frozenset(conditions), frozenset())]
