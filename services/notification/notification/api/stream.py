"""The inbox as it changes: server-sent events behind the cursor of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import PartyId
from common.web.auth import HEAD_HEADER, Allow
from common.web.eventstream import MEDIA_TYPE, NOTHING, EventStream, Page, event
from common.web.openapi import refuses, sends
from common.web.pages import Cursor
from notification.api.inbox import filters_of
from notification.api.views import entry_view, party_of
from notification.domain.entries import Cursor as Start
from notification.domain.entries import Reach
from notification.runtime import NotificationRuntime, Run
from notification.store import inbox, messages
from notification.store.inbox import Entry

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.MESSAGE_READ))]
EVENTS = 50
"""Events that are read and written at once."""


@router.get(
    "/v1/inbox/stream",
    summary="收件箱实时变化 · Follow the inbox",
    response_class=Response,
    responses=sends(MEDIA_TYPE) | refuses(Kind.LIMITED),
)
async def follow_inbox(
    mandate: Reading,
    runtime: Run,
    cursor: Cursor = "",
    last_event_id: Annotated[str, Header(max_length=40)] = "",
    head: Annotated[str, Header(alias=HEAD_HEADER, include_in_schema=False)] = "",
) -> Response:
    """The entries after Last-Event-ID or `cursor`, then each as it comes: events `item`, `update` and `tombstone`.

    `id` is the cursor that the list takes too. `reset` says that the cursor is too old: forget the messages, the whole
    inbox follows. `end` comes after about ten minutes, or when the server stops; come back with the last `id`. A
    comment every 20 s keeps the line alive. A device has three streams at most.
    """
    party_id, start = party_of(mandate), Start.read(last_event_id or cursor)
    if head:
        return Response(media_type=MEDIA_TYPE)
    session = mandate.actor.session
    wakeup = runtime.live.open(party_id, session)
    following = _Following(runtime, mandate, party_id, start)
    return EventStream(following.read, wakeup, closing=lambda: runtime.live.close(party_id, session, wakeup))


@dataclass
class _Following:
    """How far one stream has read."""

    runtime: NotificationRuntime
    mandate: Mandate
    party_id: PartyId
    cursor: Start

    async def read(self) -> Page:
        """The next events. Nothing stays open after it returns."""
        reached = await self.runtime.live.reaches.of(self.party_id)
        if self.cursor.place == reached.last and self.cursor.is_within(reached):
            self.runtime.live.reached(self.party_id, reached.last)
            return NOTHING
        async with self.runtime.live.turn(), view(self.runtime.db, self.mandate) as v:
            reach, entries = await inbox.list_entries(
                v,
                self.party_id,
                after=self.cursor.place,
                limit=EVENTS + 1,
                filters=filters_of(self.mandate),
            )
            if not self.cursor.is_within(reach):
                self.cursor = Start()
                return Page(event("reset", '{"code":"NOTI_CURSOR_GONE"}', id="0"), has_more=True)
            shown = {m.id: m for m in await messages.list_by_id(v, {e.message_id for e in entries})}
        page, has_more = entries[:EVENTS], len(entries) > EVENTS
        lines = [
            event(
                entry.change.lower(),
                entry_view(entry, shown.get(entry.message_id)).model_dump_json(),
                id=self.cursor.moved(entry.place, reach),
            )
            for entry in page
        ]
        self._move(page, reach, has_more=has_more)
        return Page(b"".join(lines), has_more)

    def _move(self, page: Sequence[Entry], reach: Reach, *, has_more: bool) -> None:
        if not has_more:
            self.runtime.live.reached(self.party_id, reach.last)
        self.cursor = Start.read(self.cursor.moved(page[-1].place if has_more else reach.last, reach))
