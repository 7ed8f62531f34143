"""An order of case on the ledger opens a service, and begins it where it is electronic."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from common.door.feed import LedgerEntry, follow
from common.door.uow import change, view
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId, CaseId, DocumentId, PartyId, ServiceId
from common.values.manner import Manner
from notification.domain.serving.opening import Abandonment, Order, abandon, open_service
from notification.domain.serving.service import PartyKind
from notification.runtime import NotificationRuntime
from notification.serving.fetching import keep_document
from notification.serving.sending import begin_electronic
from notification.store import services

ORDERED: Final = "case.service.ordered"


async def follow_orders(runtime: NotificationRuntime) -> None:
    """Open a service for every order on the ledger that has none."""

    async def handle(entry: LedgerEntry) -> None:
        await _open(runtime, order_of(entry))

    while await follow(runtime.db, runtime.feed, "services", {ORDERED: "case"}, handle):
        continue


def order_of(entry: LedgerEntry) -> Order:
    """The order in the record of `entry`."""
    data = entry.record["data"]
    return Order(
        agency_id=AgencyId(data["agency_id"]),
        case_id=CaseId(entry.record["stream"].partition("/")[2]),
        party_id=PartyId(data["party_id"]),
        party_kind=PartyKind(data["party_kind"]),
        document_id=DocumentId(data["document_id"]),
        document_kind=data["document_kind"],
        document_sha256=data["sha256"],
        first=Manner(data["manner"]),
        cause=str(entry.record_id),
        ordered_at=datetime.fromisoformat(entry.record["at"]),
        counts_from=date.fromisoformat(data["counts_from"]),
    )


async def _open(runtime: NotificationRuntime, order: Order) -> None:
    if runtime.db.secrets.is_erased(order.case_id.stream):
        return  # our database is an older backup without the service; case sends no document of an erased case
    mandate = authorize(service_actor("notification"), Action.SERVICE_WORK)
    async with view(runtime.db, mandate) as v:
        if await services.find_by_cause(v, order.cause):
            return
    # Asked before the change: a slow answer may hold no row.
    intact = await keep_document(
        runtime, order.document_id, sha256=order.document_sha256, case_id=order.case_id
    )
    async with change(runtime.db, mandate) as tx:
        if await services.find_by_cause(tx, order.cause):
            return
        fact = open_service(ServiceId.new(tx.now), order, profile=runtime.profile, calendar=runtime.calendar)
        permit = tx.permit(services.resource_of(fact))
        service = await services.add(tx, permit, fact)
        if not intact:
            given_up = abandon(service, Abandonment.DOCUMENT_DIFFERS, note=None, by=None)
            await services.save(tx, permit, service, given_up)
        elif order.first is Manner.ELECTRONIC:
            await begin_electronic(tx, permit, service)
