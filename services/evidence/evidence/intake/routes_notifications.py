"""Notifications: a platform below or beside us pushes the captures that it was subscribed for (GA/T 1400.4)."""

from __future__ import annotations

import logging

from fastapi import Request, Response

from common.values.errors import Kind, Refusal
from evidence.intake import answers, nested
from evidence.intake.answers import ItemStatus, Status, of_item
from evidence.intake.door import admit, intake_of
from evidence.intake.gat1400 import PUSH
from evidence.intake.nested import Group, Shape
from evidence.intake.protocol import PUSHES, Connecting, camera_router
from evidence.intake.receiving import push_of, set_aside, take
from evidence.runtime import Run

log = logging.getLogger(__name__)
router = camera_router()

_PERSONS = ("face", "person")


@router.post(
    "/VIID/SubscribeNotifications", summary="订阅通知 · Push captures of a subscription", openapi_extra=PUSHES
)
@router.post(
    "/VIID/Subscribe/Notifications",
    summary="订阅通知 · Push captures of a subscription",
    openapi_extra=PUSHES,
)
async def notifications(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Take in the vehicles of each notification as if they were pushed; one status for each notification.

    It is OK only where every object in it is: a platform sends the others again.
    """
    admitted = await admit(request, runtime, mandate, envelope=PUSH)
    groups, push = await push_of(runtime, admitted, Shape.NOTIFICATIONS)
    statuses = await take(runtime, intake_of(request), push) if push.items else []
    for group in groups:
        if group.others:
            log.info("account %s notified us of %s too", admitted.account.name, ", ".join(group.others)[:200])
    answered = [_of_notification(group, own) for group, own in nested.dealt(groups, statuses)]
    for status in answered:
        if status.code in ("VIID_PERSONS_REFUSED", "VIID_NOTIFICATION_EMPTY"):
            await set_aside(runtime, admitted, {status.code: 1}, keep=False)
    return answers.batch(answered, url=request.url.path, at=runtime.clock())


def _of_notification(group: Group, statuses: list[ItemStatus]) -> ItemStatus:
    if any(name.startswith(_PERSONS) for name in group.others):
        return of_item(group.id, Refusal(Kind.FORBIDDEN, "VIID_PERSONS_REFUSED"))
    if not group.vehicles and not group.others:
        return of_item(group.id, Refusal(Kind.INVALID, "VIID_NOTIFICATION_EMPTY"))
    # Directories and states of devices are noted in the log alone: the registry is changed by people.
    return nested.folded(group.id, statuses) if group.vehicles else ItemStatus(group.id, Status.OK)
