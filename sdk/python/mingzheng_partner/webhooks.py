"""Hints that the platform posts to an address of ours (Standard Webhooks). They are hints: the feed has every event.

webhook-id          the same on every repeat: remember it, and a repeat changes nothing
webhook-timestamp   seconds since 1970
webhook-signature   `v1,<base64 HMAC-SHA256 of id.timestamp.body>`, one for each secret in force
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final, cast

from mingzheng_partner.clock import Clock
from mingzheng_partner.models import CloudEvent

__all__ = ["HintNotVerified", "verified_hint", "challenge_of"]

TOLERANCE_S: Final = 300


class HintNotVerified(Exception):
    """A hint that the platform did not sign, or one that somebody sends again long afterwards."""


def verified_hint(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, now: float | None = None
) -> CloudEvent:
    """The event in `body`, signed by one of `secrets` (whsec_…). Raises HintNotVerified.

    For 24 hours after a rotation give both secrets: the platform then signs with both. `now` is in seconds since 1970.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = fields["webhook-id"], fields["webhook-timestamp"]
        offered = fields["webhook-signature"].split(" ")
        at = int(timestamp)
    except (KeyError, ValueError):
        raise HintNotVerified("the header fields of Standard Webhooks are missing") from None
    if abs((Clock().seconds() if now is None else now) - at) > TOLERANCE_S:
        raise HintNotVerified(f"it was signed more than {TOLERANCE_S} s away from now")
    content = f"{message_id}.{timestamp}.".encode() + body
    good = [hmac.digest(_bytes_of(secret), content, "sha256") for secret in secrets]
    if not any(hmac.compare_digest(_signature(text), one) for text in offered for one in good):
        raise HintNotVerified("no signature is by one of our secrets")
    event = json.loads(body)
    # The challenge of a new address comes before any event and has no id.
    if event.get("id", message_id) != message_id:
        raise HintNotVerified("the event has another id than the hint")
    return cast(CloudEvent, event)


def challenge_of(body: bytes) -> str | None:
    """The challenge of a new address: answer 200 with it as the whole body. None for an event."""
    message = json.loads(body)
    is_challenge = message.get("type") == "cn.mingzheng.webhook.challenge.v1"
    return str(message["challenge"]) if is_challenge else None


def _bytes_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def _signature(text: str) -> bytes:
    version, _, encoded = text.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""
