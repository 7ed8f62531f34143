"""Answers to repeated requests: the first answer is kept sealed for 48 hours and sent again byte for byte.

An answer shows the object that the change wrote, so it is sealed under the secret of that object's stream and
becomes unreadable with it. An answer that shows no such object is sealed under a secret of its day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from common.door.records import Answer
from common.door.secrets import Erased, Secrets
from common.policy import RequestKey
from common.values.errors import Kind, Refusal
from common.values.law import PIPL_47

KEPT: Final = timedelta(hours=48)
"""How long a repeat of a request is answered with the first answer."""

_OLDEST_BACKUP_DAYS: Final = 32


class Replay(Exception):
    """A repeated request: the first answer is sent again, byte for byte."""

    def __init__(self, *, status: int, body: bytes, records: str) -> None:
        super().__init__("a repeated request")
        self.status = status
        self.body = body
        self.records = records


def require_first(request: RequestKey, answer: Any, secrets: Secrets) -> None:
    """Let a first request pass; `answer` is the row of begin_change (door.sql).

    Raises Replay for a repeat. Refusal IDEMPOTENCY_RUNNING, IDEMPOTENCY_KEY_REUSED, ERASED.
    """
    if not answer.is_mine:
        raise Refusal(Kind.CONFLICT, "IDEMPOTENCY_RUNNING")
    if answer.sealed is None:
        return
    try:
        plain = secrets.open(answer.sealed_by, _name(request), bytes(answer.sealed))
    except Erased:
        raise Refusal(Kind.GONE, "ERASED", article=PIPL_47) from None
    first_hash, body = plain[: len(request.request_hash)], plain[len(request.request_hash) :]
    if first_hash != request.request_hash:
        raise Refusal(Kind.INVALID, "IDEMPOTENCY_KEY_REUSED")
    raise Replay(status=answer.status, body=body, records=answer.records)


async def sealed_answer(
    request: RequestKey,
    body: bytes,
    secrets: Secrets,
    *,
    written: Iterable[str],
    records: Iterable[str],
    now: datetime,
) -> Answer:
    """The answer `body` as it is stored. `written` are the streams of the change, `records` the ids of its records."""
    owner = next((stream for stream in written if not secrets.is_erased(stream)), of_day(now))
    # The request hash is encrypted together with the answer, because a plain hash of a short order can be guessed.
    sealed = await secrets.sealed(owner, _name(request), request.request_hash + body)
    return Answer(request.client, request.key, request.status, sealed, owner, ", ".join(records), now + KEPT)


async def forget_secrets(secrets: Secrets, now: datetime) -> None:
    """Destroy the secrets of the days whose answers are no longer repeated.

    It goes back 32 days, so that secrets restored from a backup are deleted too. If the service was down longer,
    some remain.
    """
    for days in range(3, _OLDEST_BACKUP_DAYS + 1):
        await asyncio.to_thread(secrets.discard, of_day(now - timedelta(days=days)))


def of_day(day: datetime) -> str:
    """The stream of the answers of one day that show no object with a secret of its own."""
    return f"answer/{day:%Y-%m-%d}"


def _name(request: RequestKey) -> str:
    return f"answer/{request.client}\n{request.key}"
