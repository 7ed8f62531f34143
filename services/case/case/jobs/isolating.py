"""One case after the other: what fails in one of them keeps no other case from its record."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

from common.values.ids import CaseId

log = logging.getLogger(__name__)


async def for_each(case_ids: Iterable[CaseId], act: Callable[[CaseId], Awaitable[None]]) -> None:
    """Do `act` for every case. Raises ExceptionGroup at the end if any failed: the pass counts as failed then."""
    failed: list[Exception] = []
    for case_id in case_ids:
        try:
            await act(case_id)
        except Exception as error:  # whatever a damaged row or a missing secret raises
            log.exception("the watch over %s failed", case_id)
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"the watch failed over {len(failed)} cases", failed)
