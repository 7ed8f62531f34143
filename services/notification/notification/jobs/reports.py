"""Reads the reports that providers posted, and does to each delivery what its report says."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from common.door.uow import Tx, change
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.errors import Refusal
from common.values.ids import DeliveryId
from notification import outcomes
from notification.channels.bounces import Report
from notification.channels.callbacks import parsed
from notification.domain.answers import Answer
from notification.domain.delivery import Delivery
from notification.domain.deliveryfacts import DeliveryFact
from notification.domain.reports import follow_report
from notification.runtime import NotificationRuntime
from notification.store import attempts, callbacks, deliveries
from notification.store.callbacks import Callback
from notification.store.parties import resource

log = logging.getLogger(__name__)


async def read_reports(runtime: NotificationRuntime) -> None:
    """Read every body that is due, each in a transaction of its own. One that cannot be read stops no other."""
    while await _read_one(runtime):
        continue


async def forget_reports(runtime: NotificationRuntime) -> None:
    """Destroy what providers posted so long ago that nobody asks for it any more: it holds numbers of persons."""
    kept = timedelta(days=runtime.profile.notification.reports_kept_d)
    await callbacks.destroy_before(runtime.db, legal_day(runtime.clock() - kept))


async def _read_one(runtime: NotificationRuntime) -> bool:
    held: list[Callback] = []
    try:
        async with change(runtime.db, _mandate()) as tx:
            held += await callbacks.lock_due(tx)
            for callback in held:
                is_whole = True
                for report in _reports(runtime, callback):
                    is_whole &= await _apply(tx, runtime, callback.provider, report)
                await callbacks.finish(tx, callback, is_whole=is_whole)
    except Exception as error:  # noqa: BLE001
        log.error("couldn't read the reports %s at once", [str(each.id) for each in held], exc_info=error)
        if not held:
            return False
        for callback in held:
            await _read_apart(runtime, callback)
    return bool(held)


async def _read_apart(runtime: NotificationRuntime, callback: Callback) -> None:
    """Read what can be read of a body, each report by itself. It is due again later, a few times, and then no more."""
    try:
        for report in _reports(runtime, callback):
            await _read_alone(runtime, callback, report)
    except Exception as error:  # noqa: BLE001
        log.error("couldn't make out the reports in %s", callback.id, exc_info=error)
    async with change(runtime.db, _mandate()) as tx:
        if not await callbacks.finish(tx, callback, is_whole=False):
            log.error("gave up the reports in %s of provider %s", callback.id, callback.provider)


async def _read_alone(runtime: NotificationRuntime, callback: Callback, report: Report) -> None:
    try:
        async with change(runtime.db, _mandate()) as tx:
            await _apply(tx, runtime, callback.provider, report)
    except Exception as error:  # noqa: BLE001
        log.error("couldn't follow a report in %s", callback.id, exc_info=error)


def _reports(runtime: NotificationRuntime, callback: Callback) -> Iterable[Report]:
    provider = runtime.roster.providers.get(callback.provider)
    if provider is None or provider.reports is None:
        return ()
    body = callbacks.body_of(runtime.db.secrets, callback)
    return () if body is None else parsed(provider, body)


async def _apply(tx: Tx, runtime: NotificationRuntime, provider: str, report: Report) -> bool:
    """Do what `report` says; False if it names no order that is known here."""
    delivery = await _named(tx, provider, report)
    if delivery is None:
        return False
    if not await _speaks_of_it(tx, delivery, report):
        return (
            True  # about the recipient of a copy: it says nothing about ours, and ours may have the same code
        )
    # With our own name too, because a provider may give a name that it gave years ago.
    name = f"{delivery.id}/{report.theirs or ''}"
    if not await callbacks.is_new(tx, provider, name=name, code=f"{report.basis}:{report.code}"):
        return True
    facts = _facts(runtime, delivery, provider, report, at=tx.now)
    if facts:
        permit = tx.permit(resource(delivery.id, delivery.party_id))
        delivery = await deliveries.save(tx, permit, delivery, *facts)
        if delivery.has_ended:
            await outcomes.follow(tx, runtime, delivery)
    return True


async def _named(tx: Tx, provider: str, report: Report) -> Delivery | None:
    """The delivery that the report is about, held: by our own name of it, else by the provider's."""
    if report.ours is not None:
        found = await deliveries.lock_all(tx, [DeliveryId(report.ours)])
        # A report about an order that this provider never got is no report of ours.
        for each in found:
            if each.provider == provider or await attempts.was_called(tx, each.id, provider):
                return each
        return None
    assert report.theirs is not None
    return await deliveries.find_by_reference(tx, provider, report.theirs)


async def _speaks_of_it(tx: Tx, delivery: Delivery, report: Report) -> bool:
    """Whether the recipient that the report names is the one of the delivery, or it names none."""
    if report.recipient is None:
        return True
    sending = await deliveries.find_sending(tx, delivery)
    return sending is not None and sending.address.lower() == report.recipient


def _facts(
    runtime: NotificationRuntime, delivery: Delivery, provider: str, report: Report, *, at: datetime
) -> list[DeliveryFact]:
    is_bare = runtime.roster.is_bare(provider, delivery.level)
    said = Answer(
        report.verdict,
        report.code,
        report.theirs,
        basis=report.basis,
        arrived_at=report.at,
        is_bare=is_bare,
    )
    try:
        return follow_report(delivery, said, provider=provider, drawn=random.random(), at=at)
    except Refusal:
        return []  # it is there already, or no step leads there any more


def _mandate() -> Mandate:
    return authorize(service_actor("notification"), Action.MESSAGE_DELIVER)
