"""Corrections of data on the wire."""

from __future__ import annotations

from pydantic import Field

from common.values.ids import ExchangeId
from common.web.wire import In, Text
from data_exchange.contract.exchanges import BasisOrder, ExchangeView


class CorrectionOrder(In):
    """Ask the provider to correct data. `received_in` is the exchange that brought it; `items` say what is wrong."""

    received_in: ExchangeId
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)
    subject: Text
    reason: Text
    items: list[Text] = Field(min_length=1, max_length=50)
    contact: Text


class CorrectionView(ExchangeView):
    """One request for correction, with the exchange that brought the data."""

    received_in: ExchangeId
