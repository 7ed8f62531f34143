"""The answers to a GA/T 1400 client, to the letter (ResponseStatus of GA/T 1400.4).

    {"ResponseStatusObject": {"Id", "RequestURL", "StatusCode" (integer), "StatusString", "LocalTime"}}
    a batch carries ResponseStatusListObject and, beside it, ResponseStatusObject

A status code as text breaks three of the clients seen, 201 instead of 200 a fourth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import orjson
from fastapi import Response

from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal

MEDIA_TYPE = "application/VIID+JSON;charset=UTF-8"

RETRY_AFTER_S = 5
"""Seconds after which a camera that was told to wait may send again."""


class Status(IntEnum):
    """ConfirmStatusType."""

    OK = 0
    OTHER_ERROR = 1
    DEVICE_BUSY = 2
    INVALID_OPERATION = 4
    INVALID_JSON_FORMAT = 7
    INVALID_JSON_CONTENT = 8


STRINGS = {
    Status.OK: "OK",
    Status.OTHER_ERROR: "Other Error",
    Status.DEVICE_BUSY: "Device Busy",
    Status.INVALID_OPERATION: "Invalid Operation",
    Status.INVALID_JSON_FORMAT: "Invalid JSON Format",
    Status.INVALID_JSON_CONTENT: "Invalid JSON Content",
}

_REFUSED = {
    Kind.MALFORMED: (400, Status.INVALID_JSON_FORMAT),
    Kind.UNAUTHENTICATED: (401, Status.INVALID_OPERATION),
    Kind.FORBIDDEN: (403, Status.INVALID_OPERATION),
    Kind.NOT_FOUND: (404, Status.INVALID_OPERATION),
    Kind.TOO_LARGE: (413, Status.OTHER_ERROR),
    Kind.LIMITED: (429, Status.DEVICE_BUSY),
    Kind.NOT_BUILT: (501, Status.INVALID_OPERATION),
    Kind.UNAVAILABLE: (503, Status.DEVICE_BUSY),
}


@dataclass(frozen=True)
class ItemStatus:
    """The answer to one object of a batch."""

    id: str | None
    status: Status
    reason: str = ""


def local_time(at: datetime) -> str:
    """Beijing time in the 14 digits of the standard."""
    return at.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


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
    http, status = _REFUSED.get(refusal.kind, (500, Status.OTHER_ERROR))
    text = "Unauthorized" if challenge else STRINGS[status]
    body = _object(ItemStatus(None, status), url, at) | {"StatusString": text}
    response = respond({"ResponseStatusObject": body}, http)
    if challenge:
        response.headers["WWW-Authenticate"] = challenge
    if refusal.kind in (Kind.LIMITED, Kind.UNAVAILABLE):
        response.headers["Retry-After"] = str(refusal.headers.get("retry-after", RETRY_AFTER_S))
    if http == 413:
        response.headers["Connection"] = "close"
    return response


def respond(document: dict[str, Any], status: int = 200) -> Response:
    """`document` as these clients read it."""
    return Response(orjson.dumps(document), status, media_type=MEDIA_TYPE)


def _object(item: ItemStatus, url: str, at: datetime) -> dict[str, Any]:
    string = STRINGS[item.status] + (f": {item.reason}" if item.reason else "")
    return {
        "Id": item.id,
        "RequestURL": url,
        "StatusCode": int(item.status),
        "StatusString": string,
        "LocalTime": local_time(at),
    }
