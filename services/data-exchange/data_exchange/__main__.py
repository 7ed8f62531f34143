"""`python -m data_exchange serve | relay | migrate | check`."""

from __future__ import annotations

from common.web.serve import main
from data_exchange.app import create
from data_exchange.runtime import DataExchangeSettings, runtime_of

main("data-exchange", DataExchangeSettings, lambda settings: create(runtime_of(settings)))
