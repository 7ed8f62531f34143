"""Whether an agency may fetch more of some data: asked before each call, so a pause binds at once and everywhere."""

from __future__ import annotations

from common.door.uow import Database, view
from common.policy import Action, authorize, service_actor
from common.values.errors import Refusal
from common.values.ids import AgencyId
from data_exchange.domain.uses import access_refused
from data_exchange.store import uses


async def pause_of(db: Database, agency_id: AgencyId, what: str) -> Refusal | None:
    """Why `agency_id` fetches nothing of the register or catalogue item `what` (GDS 27(2)); None if it may.

    The service asks for itself: a pause is the state of a use that the caller may not be allowed to read.
    """
    async with view(db, authorize(service_actor("data-exchange"), Action.USE_WATCH)) as v:
        use = await uses.find_without_access(v, agency_id, what)
    return None if use is None else access_refused(use)


async def require_access(db: Database, agency_id: AgencyId, what: str) -> None:
    """Raises Refusal DX_ACCESS_PAUSED while the access is paused, and once it has ended."""
    refusal = await pause_of(db, agency_id, what)
    if refusal is not None:
        raise refusal
