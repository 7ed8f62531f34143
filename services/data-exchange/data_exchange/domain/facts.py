"""Every fact of an exchange that exists. Code that handles facts one by one must handle each (`assert_never`)."""

from __future__ import annotations

from typing import TypeAlias

from data_exchange.domain.answering import (
    ExchangeAccepted,
    ExchangeAcknowledged,
    ExchangeFulfilled,
    ExchangeRefused,
)
from data_exchange.domain.completing import ExchangeCompleted, SupplementRequested
from data_exchange.domain.extending import ExtensionDeclined, ExtensionGranted, ExtensionRequested
from data_exchange.domain.messages import MessageSent
from data_exchange.domain.redating import DeadlineRedated
from data_exchange.domain.requesting import ExchangeClosed, ExchangeWithdrawn
from data_exchange.domain.suspending import ExchangeResumed, ExchangeSuspended
from data_exchange.domain.urging import ExchangeEscalated, ExchangeOverdue, ExchangeUrged

ExchangeFact: TypeAlias = (
    ExchangeAcknowledged
    | ExchangeAccepted
    | ExchangeRefused
    | ExchangeFulfilled
    | ExchangeWithdrawn
    | ExchangeClosed
    | ExchangeOverdue
    | ExchangeUrged
    | ExchangeEscalated
    | MessageSent
    | SupplementRequested
    | ExchangeCompleted
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionDeclined
    | ExchangeSuspended
    | ExchangeResumed
    | DeadlineRedated
)
"""`ExchangeRequested` is the one that brings an exchange into being."""
