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
from data_exchange.domain.packages import FileFetched, FilesAdded
from data_exchange.domain.receiving import (
    ResultGiven,
    TransferAccepted,
    TransferForwarded,
    TransferPassedOn,
    TransferReceived,
    TransferReturned,
)
from data_exchange.domain.reconsidering import GoodsHandedOver, ReconsiderationAsked, ReconsiderationDecided
from data_exchange.domain.redating import DeadlineRedated
from data_exchange.domain.requesting import ExchangeClosed, ExchangeWithdrawn
from data_exchange.domain.suspending import ExchangeResumed, ExchangeSuspended
from data_exchange.domain.transferring import (
    TransferApproved,
    TransferDisapproved,
    TransferDispatched,
    TransferSubmitted,
)
from data_exchange.domain.urging import ExchangeEscalated, ExchangeOverdue, ExchangeUrged

TransferChange: TypeAlias = (
    TransferSubmitted
    | TransferApproved
    | TransferDisapproved
    | TransferDispatched
    | FilesAdded
    | FileFetched
    | TransferReceived
    | TransferAccepted
    | TransferReturned
    | TransferForwarded
    | TransferPassedOn
    | ResultGiven
    | ReconsiderationAsked
    | ReconsiderationDecided
    | GoodsHandedOver
)
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
    | TransferChange
)
"""`ExchangeRequested` and `TransferPrepared` bring an exchange into being."""
