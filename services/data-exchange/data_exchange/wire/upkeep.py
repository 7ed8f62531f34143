"""What the wire does by itself: forget nonces that nobody can use any more, and read key sets at addresses again."""

from __future__ import annotations

import logging

from common.door.uow import change, view
from common.policy import Action, authorize, service_actor
from common.values.calendar import legal_day
from common.values.errors import Refusal
from data_exchange.domain import appkeys
from data_exchange.domain.applications import Application
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import applications, callers
from data_exchange.wire.keysets import fetched_keys
from ledger.clock import real_time

log = logging.getLogger(__name__)


async def forget_nonces(runtime: DataExchangeRuntime) -> None:
    """Delete the nonces whose signatures have expired, and counts of past days. Signatures follow the real time."""
    await callers.forget_nonces(runtime.db, real_time())
    await callers.forget_counts(runtime.db, legal_day(runtime.clock()))


async def refresh_keys(runtime: DataExchangeRuntime) -> None:
    """Read every key set at an address again. The last good copy stays for a day where the address does not answer."""
    mandate = authorize(service_actor(runtime.service), Action.PARTNER_CHECK)
    async with view(runtime.db, mandate) as v:
        listed = await applications.list_with_uri(v)
    for application in listed:
        try:
            await _refresh(runtime, application)
        except Refusal as refusal:
            log.warning("couldn't read the keys of %s: %s", application.id, refusal.code)


async def _refresh(runtime: DataExchangeRuntime, application: Application) -> None:
    assert application.jwks_uri is not None
    offered = await fetched_keys(runtime, application, application.jwks_uri)
    mandate = authorize(service_actor(runtime.service), Action.PARTNER_CHECK)
    async with change(runtime.db, mandate) as tx:
        application = await applications.lock(tx, application.id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        facts = appkeys.read_key_set(
            application,
            await applications.list_keys(tx, application.id),
            offered,
            agency_id=None,
            jwks_uri=application.jwks_uri,
        )
        await applications.save(tx, permit, application, *facts)
