"""How the caller wishes to be told."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.notificationrules import NotificationRules
from common.web.auth import Allow, Db
from notification.api.views import party_of
from notification.contract.preferences import NotificationPreferencesOrder, NotificationPreferencesView
from notification.domain.channels import Channel, channels_in_order
from notification.domain.preferences import Preferences, Wishes, state
from notification.domain.templates import Category, Language
from notification.domain.timing import Quiet
from notification.runtime import Run
from notification.store import preferences
from notification.store.parties import resource

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.PREFERENCE_READ))]
Stating = Annotated[Mandate, Depends(Allow(Action.PREFERENCE_STATE))]


@router.get("/v1/notification-preferences", summary="通知偏好 · Read how I am told")
async def read_preferences(db: Db, runtime: Run, mandate: Reading) -> NotificationPreferencesView:
    """What holds for the caller: what it said last, and the city's order and hours where it said nothing."""
    party_id = party_of(mandate)
    async with view(db, mandate) as v:
        v.permit(resource(party_id, party_id))
        stated = await preferences.of_party(v, party_id)
    return _preferences_view(stated, runtime.profile.notification)


@router.put("/v1/notification-preferences", summary="设定通知偏好 · Say how I wish to be told")
async def state_preferences(
    order: NotificationPreferencesOrder, db: Db, runtime: Run, mandate: Stating
) -> NotificationPreferencesView:
    """Takes the place of what the caller said before, also for what stands in line already. The last call wins.

    What the law demands cannot be switched off (NOTI_STATUTORY_STAYS), and the inbox shows every message. The service
    of process follows the consent that the caller signed.
    """
    party_id, rules = party_of(mandate), runtime.profile.notification
    async with change(db, mandate) as tx:
        permit = tx.permit(resource(party_id, party_id))
        stated = await preferences.lock(tx, party_id)
        wishes = _wishes(order)
        fact = state(stated, wishes, rules=rules)
        if fact is not None:
            stated = await preferences.save(tx, permit, stated, fact, texts=wishes)
        return tx.answer(_preferences_view(stated, rules))


def _wishes(order: NotificationPreferencesOrder) -> Wishes:
    said = {
        Category.STATUTORY: order.statutory,
        Category.PROCEDURAL: order.procedural,
        Category.REMINDER: order.reminder,
        Category.CAMPAIGN: order.campaign,
    }
    return Wishes(
        unwanted=frozenset(category for category, is_wanted in said.items() if not is_wanted),
        channels=tuple(map(Channel, order.channels)),
        quiet=_quiet(order),
        language=Language(order.language),
        large_print=order.large_print,
        voice=order.voice,
    )


def _quiet(order: NotificationPreferencesOrder) -> Quiet | None:
    match order.quiet_from, order.quiet_until:
        case None, None:
            return None
        case str() as start, str() as end:
            return Quiet(time.fromisoformat(start), time.fromisoformat(end))
    raise Refusal(Kind.INVALID, "NOTI_QUIET_HOURS", wording="half")


def _preferences_view(stated: Preferences, rules: NotificationRules) -> NotificationPreferencesView:
    wishes = stated.wishes
    quiet = wishes.quiet_in(rules)
    return NotificationPreferencesView(
        statutory=wishes.wants(Category.STATUTORY),
        procedural=wishes.wants(Category.PROCEDURAL),
        reminder=wishes.wants(Category.REMINDER),
        campaign=wishes.wants(Category.CAMPAIGN),
        channels=list(channels_in_order(rules, first=wishes.channels)),
        quiet_from=quiet.start.isoformat("minutes"),
        quiet_until=quiet.end.isoformat("minutes"),
        language=wishes.language,
        large_print=wishes.large_print,
        voice=wishes.voice,
        stated_at=stated.stated_at,
    )
