"""The answers of the door to a GA/T 1400 client; their form is that of `common.web.viid`.

The HTTP status of an answer to objects is 200, whatever becomes of each: 201 breaks one of the clients seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi import Response

from common.values.errors import Kind, Refusal
from common.web import viid
from common.web.viid import MEDIA_TYPE, Status, local_time, status_of, words

__all__ = ("ItemStatus", "Status", "batch", "local_time", "of_item", "one", "refused", "respond")


@dataclass(frozen=True)
class ItemStatus:
    """The answer to one object of a batch. `reason` is its text; `code` names it in the catalogue, and is counted."""

    id: str | None
    status: Status
    reason: str = ""
    code: str = ""


def of_item(id: str | None, refusal: Refusal) -> ItemStatus:
    """The refusal of one object; the others of its batch stand."""
    return ItemStatus(id, status_of(refusal), words(refusal), refusal.code)


def one(id: str | None, *, url: str, at: datetime) -> Response:
    """OK for a system message."""
    return respond({"ResponseStatusObject": _object(ItemStatus(id, Status.OK), url, at)})


def batch(items: Sequence[ItemStatus], *, url: str, at: datetime) -> Response:
    """The answer to each object, and one for the whole batch: the first that is not OK, or else OK."""
    objects = [_object(item, url, at) for item in items]
    whole = next((o for o in objects if o["StatusCode"] != Status.OK), objects[0])
    return respond(
        {"ResponseStatusListObject": {"ResponseStatusObject": objects}, "ResponseStatusObject": whole}
    )


def refused(refusal: Refusal, *, url: str, at: datetime, challenge: str | None = None) -> Response:
    """A whole request refused. `challenge` is the one WWW-Authenticate header that every client accepts."""
    status, headers, body = viid.refused(refusal, url=url, at=at, is_challenge=challenge is not None)
    if challenge is not None:
        headers["www-authenticate"] = challenge
    if refusal.kind is Kind.TOO_LARGE:
        headers["connection"] = "close"
    return Response(body, status, headers)


def respond(document: dict[str, Any], status: int = 200) -> Response:
    """`document` as these clients read it."""
    return Response(orjson.dumps(document), status, media_type=MEDIA_TYPE)


def _object(item: ItemStatus, url: str, at: datetime) -> dict[str, Any]:
    return viid.status_object(item.status, id=item.id, url=url, at=at, text=item.reason)
