"""How the parties wish to be told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import PartyId, PreferenceId
from notification.domain.channels import Channel
from notification.domain.preferences import Preferences, PreferencesStated, Wishes, after, unstated
from notification.domain.templates import Category, Language
from notification.domain.timing import Quiet
from notification.store.tables_preferences import preferences


async def lock(tx: Tx, party_id: PartyId) -> Preferences:
    """What the party said last, or that it said nothing. Until commit nobody else says anything for it."""
    # There may be no row that could be locked.
    query = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    await tx.conn.execute(query, {"name": f"preferences/{party_id}"})
    return await of_party(tx, party_id)


async def of_party(at: Tx | View, party_id: PartyId) -> Preferences:
    """What the party said last, or that it said nothing."""
    (stated,) = await list_by_party(at, [party_id]) or [unstated(PreferenceId.new(at.now), party_id)]
    return stated


async def list_by_party(at: Tx | View, party_ids: Collection[PartyId]) -> list[Preferences]:
    """The preferences of those of the parties that said something."""
    query = sa.select(preferences).where(preferences.c.party_id.in_(sorted(party_ids)))
    return [_preferences(row) for row in await at.conn.execute(query)]


async def save(
    tx: Tx, permit: Permit, stated: Preferences, *facts: PreferencesStated, texts: Wishes
) -> Preferences:
    """Record that the party said its wishes: `texts`, of which a record holds a part alone."""
    tx.record(permit, *facts)
    before, stated = stated, after(stated, texts, at=tx.now)
    if before.stated_at is None:
        await tx.add(facts[-1], preferences, _columns(stated))
    else:
        values = changed(_columns(before), _columns(stated))
        await tx.set(facts[-1], preferences, {"id": stated.id}, values)
    return stated


def _columns(stated: Preferences) -> dict[str, Any]:
    wishes = stated.wishes
    return {
        "id": stated.id,
        "party_id": stated.party_id,
        "unwanted": sorted(wishes.unwanted),
        "channels": list(wishes.channels),
        "quiet_from": wishes.quiet.start if wishes.quiet else None,
        "quiet_until": wishes.quiet.end if wishes.quiet else None,
        "language": wishes.language,
        "large_print": wishes.large_print,
        "voice": wishes.voice,
        "stated_at": stated.stated_at,
    }


def _preferences(row: sa.Row[Any]) -> Preferences:
    wishes = Wishes(
        unwanted=frozenset(map(Category, row.unwanted)),
        channels=tuple(map(Channel, row.channels)),
        quiet=Quiet(row.quiet_from, row.quiet_until) if row.quiet_from is not None else None,
        language=Language(row.language),
        large_print=row.large_print,
        voice=row.voice,
    )
    return Preferences(PreferenceId(row.id), PartyId(row.party_id), wishes, row.stated_at)
