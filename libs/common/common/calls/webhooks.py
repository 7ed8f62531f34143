"""Webhooks: hints to a partner's address that something happened, signed as Standard Webhooks say.

    webhook-id          the event's id: the same on every repeat, so the partner notices one
    webhook-timestamp   real time in whole seconds since 1970
    webhook-signature   `v1,<base64 HMAC-SHA256 of id.timestamp.body>`, one for each secret in force, blank between

A hint is never the only word: the partner reads the feed. So an address that stays silent loses nothing.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.calls.fetch import Guard
from common.values.errors import Refusal

DEADLINE_S: Final = 20.0
RETRIES_S: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The pauses before each repeat. After the last one the hint is given up; the event stays in the feed."""
LONGEST_PAUSE_S: Final = 86_400
_PREFIX: Final = "whsec_"


@dataclass(frozen=True)
class Answer:
    """What the partner's address said. `status` is 0 where none came, and then `why` says which check did not hold."""

    status: int
    why: str = ""
    retry_after_s: int | None = None
    body: bytes = b""

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The partner wants no hints at this address any more (RFC 9110, 15.5.11)."""
        return self.status == 410


def new_secret() -> str:
    """A fresh secret in the form in which partners' libraries read it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(message_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The header fields over `body`, with a signature by each secret of `keys`. `at` is real time."""
    timestamp = str(int(at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    made = [hmac.digest(base64.b64decode(key.removeprefix(_PREFIX)), content, "sha256") for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


async def send(guard: Guard, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Give the hint to the address of a partner, through the guard. Raises nothing that the partner can cause."""
    headers = {"content-type": "application/cloudevents+json", **headers}
    try:
        answer = await guard.post(url, body, headers=headers, deadline_s=DEADLINE_S)
    except Refusal as refusal:
        return Answer(0, str(refusal.facts.get("why", refusal.code)))
    pause = answer.headers.get("retry-after", "")
    retry_after = int(pause) if pause.isascii() and pause.isdigit() and len(pause) < 7 else None
    return Answer(answer.status_code, "", retry_after, answer.content)


def next_try(attempts: int, answer: Answer, *, at: datetime) -> datetime | None:
    """When to repeat after `attempts` attempts; None: not again. Retry-After makes it later, never sooner."""
    if attempts > len(RETRIES_S):
        return None
    pause = RETRIES_S[attempts - 1] * (1 + secrets.randbelow(200) / 1000)
    return at + timedelta(seconds=min(max(pause, answer.retry_after_s or 0), 2 * LONGEST_PAUSE_S))
