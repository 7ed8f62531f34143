"""The feed of events, and the document that describes them."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind as RefusalKind
from common.web.auth import Allow
from common.web.openapi import refuses
from common.web.pages import after as place_in
from data_exchange.contract.events import CloudEvent, EventsView
from data_exchange.documents.events import SCHEMA_AT, cloud_event
from data_exchange.domain.events import require_kept, types_wanted
from data_exchange.runtime import Run
from data_exchange.store import events

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.EVENT_READ))]
After = Annotated[
    str, Query(max_length=120, description="上次的 next_cursor · The `next_cursor` of the call before.")
]
Types = Annotated[
    str,
    Query(
        max_length=2_000,
        description="只要这些类型,逗号分隔 · Only events of these types, separated by commas.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get(
    "/v1/events", summary="事件 · Read the events of one's agency", responses=refuses(RefusalKind.GONE)
)
async def list_events(
    runtime: Run, mandate: Reading, after: After = "", types: Types = "", limit: Limit = 50
) -> EventsView:
    """The events of cases and exchanges of the caller's agencies, without a gap, in the ledger's order (AES 37).

    Keep `next_cursor` and give it as `after`. Events stay for 30 days; a reader who was away for longer is told so
    by 410 DX_EVENTS_GONE: list the objects anew, and begin without `after`.
    """
    wanted = types_wanted(types)
    start = place_in(after, int)
    async with view(runtime.db, mandate) as v:
        require_kept(start, await events.horizon(v))
        feed = await events.list_page(v, after=-1 if start is None else start, types=wanted, limit=limit)
    last = feed.events[-1].place if feed.events else -1
    # Beyond the last event shown there is none of this reader's up to `position`: the next call begins there.
    reached = last if feed.more else max(last, feed.position, -1 if start is None else start)
    return EventsView(
        items=[cloud_event(event, city_domain=runtime.profile.city_domain) for event in feed.events],
        next_cursor=base64.urlsafe_b64encode(str(reached).encode()).decode(),
        has_more=feed.more,
    )


@router.get(SCHEMA_AT, summary="事件说明 · Describe the events", response_model=dict[str, Any])
async def describe_events(
    mandate: Annotated[Mandate, Depends(Allow(Action.EVENT_DESCRIBE))],
) -> dict[str, Any]:
    """The AsyncAPI 3 document of the events: the schema to which each event's `dataschema` points."""
    return asyncapi()


def asyncapi() -> dict[str, Any]:
    """The events as AsyncAPI 3 describes them: one channel that is read, one that partners' addresses receive."""
    ref = {"$ref": "#/components/messages/event"}
    channel = {"messages": {"event": ref}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "明证 Mingzheng events", "version": "1"},
        "channels": {
            "feed": {"address": "/v1/events", **channel},
            "webhook": {"address": "{url}", "parameters": {"url": {}}, **channel},
        },
        "operations": {
            "readEvents": {"action": "send", "channel": {"$ref": "#/channels/feed"}},
            "receiveHint": {"action": "send", "channel": {"$ref": "#/channels/webhook"}},
        },
        "components": {
            "messages": {
                "event": {
                    "contentType": "application/cloudevents+json",
                    "payload": {"$ref": "#/components/schemas/CloudEvent"},
                }
            },
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Any]:
    document = CloudEvent.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    definitions: dict[str, Any] = document.pop("$defs", {})
    return definitions | {"CloudEvent": document}
