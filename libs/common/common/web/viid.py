"""Answers that a client of GA/T 1400 reads (ResponseStatus of GA/T 1400.4): the door and the gateway word them alike.

    {"ResponseStatusObject": {"Id", "RequestURL", "StatusCode" (integer), "StatusString", "LocalTime"}}
    a batch resource carries ResponseStatusListObject and, beside it, ResponseStatusObject

A camera reads this or nothing: a problem document (RFC 9457) is a broken answer to it. A status code as text breaks
three of the clients seen. The text of a refusal is for the person who installs the camera, so it begins in Chinese.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import IntEnum
from typing import Any, Final

import orjson

from common.values.clock import BEIJING
from common.values.errors import STATUS, Kind, Refusal
from common.values.refusals import Language

MEDIA_TYPE: Final = "application/VIID+JSON;charset=UTF-8"

RETRY_AFTER_S: Final = 5
"""Seconds after which a camera that was told to wait may send again."""


class Status(IntEnum):
    """ConfirmStatusType."""

    OK = 0
    OTHER_ERROR = 1
    DEVICE_BUSY = 2
    INVALID_OPERATION = 4
    INVALID_JSON_FORMAT = 7
    INVALID_JSON_CONTENT = 8


STRINGS: Final = {
    Status.OK: "OK",
    Status.OTHER_ERROR: "Other Error",
    Status.DEVICE_BUSY: "Device Busy",
    Status.INVALID_OPERATION: "Invalid Operation",
    Status.INVALID_JSON_FORMAT: "Invalid JSON Format",
    Status.INVALID_JSON_CONTENT: "Invalid JSON Content",
}

_OF_KIND: Final = {
    Kind.MALFORMED: Status.INVALID_JSON_FORMAT,
    Kind.INVALID: Status.INVALID_JSON_CONTENT,
    Kind.TOO_LARGE: Status.OTHER_ERROR,
    Kind.LIMITED: Status.DEVICE_BUSY,
    Kind.UNAVAILABLE: Status.DEVICE_BUSY,
}
"""Every other kind is an operation that is not allowed, not here, or not built: INVALID_OPERATION."""

_UNDER: Final = re.compile(r"/+viid(?:/|$)", re.IGNORECASE)
_BATCHES: Final = frozenset((
    "motorvehicles", "nonmotorvehicles", "persons", "faces", "things", "scenes", "images", "videoslices", "files",
    "cases", "apes", "apss", "tollgates", "lanes", "viidservers", "subscribes", "subscribenotifications",
    "dispositions", "dispositionnotifications",
))  # fmt: skip
_LONGEST_URL: Final = 256


def is_camera_path(path: str) -> bool:
    """Whether a client of GA/T 1400 asks: also by a path that nothing answers, such as //VIID or /viid."""
    return _UNDER.match(path) is not None


def is_batch(path: str) -> bool:
    """Whether the resource at `path` answers with a list: by its collection, so /VIID/Images/{id}/Data does too."""
    segments = [segment.lower() for segment in path.split("/") if segment]
    return len(segments) > 1 and segments[0] == "viid" and segments[1] in _BATCHES


def local_time(at: datetime) -> str:
    """Beijing time in the 14 digits of the standard."""
    return at.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def words(refusal: Refusal) -> str:
    """What is refused and why in both languages, Chinese first."""
    return " · ".join(refusal.said(language) for language in Language)


def status_of(refusal: Refusal) -> Status:
    """The StatusCode of a refusal, of a whole request or of one object."""
    if refusal.kind is Kind.CONFLICT:
        return Status.OTHER_ERROR
    # Only the door reads messages: where anything else is malformed, it is the path or a header.
    if refusal.kind is Kind.MALFORMED and not refusal.code.startswith("VIID_"):
        return Status.INVALID_OPERATION
    return _OF_KIND.get(refusal.kind, Status.INVALID_OPERATION)


def status_object(
    status: Status, *, id: str | None, url: str, at: datetime, text: str = ""
) -> dict[str, Any]:
    """One ResponseStatusObject. `text` follows the words that the standard has for `status`."""
    return {
        "Id": id,
        "RequestURL": url[:_LONGEST_URL],
        "StatusCode": int(status),
        "StatusString": STRINGS[status] + (f": {text}" if text else ""),
        "LocalTime": local_time(at),
    }


def refused(
    refusal: Refusal, *, url: str, at: datetime, is_challenge: bool = False
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a whole request that is refused. A challenge says no more than Unauthorized."""
    status = status_of(refusal)
    http = 500 if refusal.kind is Kind.CONFLICT else STATUS[refusal.kind]
    thing = status_object(status, id=None, url=url, at=at, text=words(refusal))
    if is_challenge:
        thing["StatusString"] = "Unauthorized"
    headers = {"content-type": MEDIA_TYPE, **refusal.headers}
    if http in (429, 503):
        headers.setdefault("retry-after", str(RETRY_AFTER_S))
    body: dict[str, Any] = {"ResponseStatusObject": thing}
    if is_batch(url):
        body = {"ResponseStatusListObject": {"ResponseStatusObject": [thing]}, **body}
    return http, headers, orjson.dumps(body)
