"""The wire models of the exchange, and the client that other services ask with: all that they may import."""

from __future__ import annotations

from data_exchange.contract.penalties import OtherAgencies as OtherAgencies
from data_exchange.contract.penalties import PenaltyInquiryOrder as PenaltyInquiryOrder
