"""Every fact that changes a catalogue item. Code that handles facts one by one must handle each (`assert_never`)."""

from __future__ import annotations

from typing import TypeAlias

from data_exchange.domain.changing import (
    ItemChangeExtended,
    ItemChangeOverdue,
    ItemChangeOwed,
    ItemReviewOverdue,
)
from data_exchange.domain.listing import (
    ItemAssessed,
    ItemListed,
    ItemRedrafted,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
)
from data_exchange.domain.redating import ItemDeadlineRedated

ItemFact: TypeAlias = (
    ItemRedrafted
    | ItemAssessed
    | ItemSignedOff
    | ItemSubmitted
    | ItemListed
    | ItemReturned
    | ItemChangeOwed
    | ItemChangeExtended
    | ItemChangeOverdue
    | ItemReviewOverdue
    | ItemDeadlineRedated
)
"""`ItemDrafted` is the one that brings an item into being."""
