"""Tells this process of the matters that are published (APL 34; PD 4)."""

from __future__ import annotations

from case.domain.matters import Matter
from case.runtime import CaseRuntime
from case.store import matters
from common.door.uow import view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.profile import Profile


async def known_of(runtime: CaseRuntime, code: str) -> tuple[Matter, ...]:
    """Every version of this violation that anybody proposed, whichever agency the caller is of.

    Asked before the change: a second connection inside one could wait for itself.
    """
    async with view(runtime.db, _own()) as v:
        return await matters.list_of_code(v, code)


async def profile_of(runtime: CaseRuntime) -> Profile:
    """The profile with every published version, as the database has them, whatever this process was told."""
    async with view(runtime.db, _own()) as v:
        published = await matters.list_published(v)
    return runtime.profiles.shipped_with(matter.item for matter in published)


async def load_published(runtime: CaseRuntime) -> None:
    """From now on the profile of this process has every published version. A version takes effect on a later day."""
    async with view(runtime.db, _own()) as v:
        published = await matters.list_published(v)
    runtime.profiles.publish(matter.item for matter in published)


def _own() -> Mandate:
    # The list is one for the whole city: read under an officer's mandate it would show that officer's agency alone.
    return authorize(service_actor("case"), Action.MATTER_LIST)
