"""The work on a campaign that nobody calls for: the baseline in batches, and the reports whose deadline passed."""

from __future__ import annotations

from typing import Final

from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.ids import CampaignId
from device_registry.cleanup.nightly import SERVICE
from device_registry.domain import campaigns as law
from device_registry.domain import reporting
from device_registry.runtime import RegistryRuntime
from device_registry.store import campaigns, reports
from device_registry.store.campaigns import Batch

_BATCH: Final = 200
"""A record names each row of its batch, so a batch is no longer than a record may be."""


async def take_baselines(runtime: RegistryRuntime) -> None:
    """Take the baseline of each campaign that has none, then freeze it. After a crash the rest is taken."""
    mandate = authorize(service_actor(SERVICE), Action.CAMPAIGN_WORK)
    async with view(runtime.db, mandate) as v:
        unfrozen = await campaigns.list_unfrozen(v)
    for campaign_id in unfrozen:
        while await _take(runtime, mandate, campaign_id):
            pass


async def _take(runtime: RegistryRuntime, mandate: Mandate, campaign_id: CampaignId) -> bool:
    """Take one batch, or freeze; False once the baseline is frozen."""
    async with change(runtime.db, mandate) as tx:
        campaign = await campaigns.lock(tx, campaign_id)
        if campaign.frozen_at is not None:
            return False
        permit = tx.permit(campaigns.resource(campaign))
        batch = tuple(await campaigns.list_missing(tx, campaign, limit=_BATCH))
        if batch:
            await campaigns.save(tx, permit, campaign, law.take(campaign, batch), texts=Batch(batch))
            return True
        devices = await campaigns.count_baseline(tx, campaign_id)
        await campaigns.save(tx, permit, campaign, law.freeze(campaign, devices=devices))
        return False


async def note_overdue(runtime: RegistryRuntime) -> None:
    """Note each report that is missing after its deadline; case opens the oversight item from it (OV-8)."""
    mandate = authorize(service_actor(SERVICE), Action.CAMPAIGN_WORK)
    async with view(runtime.db, mandate) as v:
        missing = await reports.list_unnoted(v, until=v.now)
    for report_id in missing:
        async with change(runtime.db, mandate) as tx:
            report = await reports.lock(tx, report_id)
            fact = reporting.mark_overdue(report, at=tx.now)
            if fact is not None:
                permit = tx.permit(reports.resource(report))
                await reports.save(tx, permit, report, fact)
