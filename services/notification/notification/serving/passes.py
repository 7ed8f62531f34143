"""One pass over many services: the fault of one stops none of the others."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Id = TypeVar("Id", bound=str)

log = logging.getLogger(__name__)


async def for_each(ids: Iterable[Id], work: Callable[[Id], Awaitable[None]]) -> None:
    """Do `work` for each of `ids`. What it raises is logged, and the next pass tries that one again."""
    for each in ids:
        try:
            await work(each)
        except Exception:
            log.exception("couldn't go on with %s", each)
