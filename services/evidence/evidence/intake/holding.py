"""Objects whose pictures are not all here: which ones are waited for, and how they are put on hold (ADR-0038).

A picture by URL is waited for where its host is on the account's list, and nowhere else: the address comes from a
device, and we shall call it. An object that has pictures in its message does not wait for a host that is not listed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from prometheus_client import Counter

from common.door.uow import operational
from evidence.domain.capture import Flag
from evidence.intake.door import Admitted
from evidence.intake.gat1400 import Item
from evidence.intake.nested import LATER, Shape
from evidence.intake.recording import Delivery
from evidence.runtime import EvidenceRuntime
from evidence.store import held
from evidence.store.held import Held, Part, State
from ledger.canonical import canonical

FOR_DATA: Final = timedelta(minutes=10)
FOR_URLS: Final = timedelta(hours=24)
HELD: Final = Counter(
    "mingzheng_intake_held",
    "objects put on hold (HELD), and what became of them: TAKEN, INCOMPLETE (without some picture), GIVEN_UP",
    ["outcome"],
)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Waiting:
    """An object of a listed device that waits for `parts`; `place` is its place in the message."""

    place: int
    item: Item
    device_code: str
    parts: tuple[Part, ...]

    @property
    def object_id(self) -> str:
        return self.item.object_id


def awaited(item: Item, hosts: Iterable[str], *, shape: Shape) -> tuple[Part, ...]:
    """The pictures of `item` that are elsewhere and may be waited for, `hosts` being the list of its account."""
    listed = set(hosts)
    parts = []
    for n, link in enumerate(item.links):
        if shape is Shape.IMAGES and link.url.startswith(LATER):
            parts.append(Part(n, None, link.url.removeprefix(LATER)))
        elif host_of(link.url) in listed:
            parts.append(Part(n, link.url, link.image_id))
    return tuple(parts)


def host_of(url: str) -> str | None:
    """The host of `url` as a list of hosts names it, with its port where that is not the usual one; None for no URL."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.password is not None:
        return None
    shown = f"[{host}]" if ":" in host else host
    return shown if port in (None, _PORTS[parts.scheme]) else f"{shown}:{port}"


async def hold(
    runtime: EvidenceRuntime,
    delivery: Delivery,
    admitted: Admitted,
    waiting: Sequence[Waiting],
    *,
    shape: Shape,
    flags: frozenset[Flag],
) -> None:
    """Keep the message, sealed, and one row for each object. Everything is durable on return.

    An equal object that waits already stays as it is.
    """
    account, now, message_id = admitted.account, admitted.received_at, uuid4().hex
    rows = [
        Held(
            key=_key(account.name, each),
            account=account.name,
            agency_id=account.agency_id,
            device_id=account.devices[each.device_code],
            device_code=each.device_code,
            object_id=each.object_id,
            message_id=message_id,
            sha256=delivery.body_sha256,
            shape=shape,
            place=each.place,
            awaited=each.parts,
            transport=admitted.transport,
            relaxed=account.digest,
            flags=tuple(sorted(flags | _differs(each, admitted))),
            code=admitted.code,
            state=State.PENDING_MEDIA,
            reason=None,
            tries=0,
            received_at=now,
            until=now + (FOR_URLS if any(part.url for part in each.parts) else FOR_DATA),
        )
        for each in waiting
    ]
    async with operational(runtime.db) as conn:
        await held.put(conn, runtime.db.secrets, rows, body=delivery.body, now=now)
    HELD.labels("HELD").inc(len(rows))


def _differs(waiting: Waiting, admitted: Admitted) -> frozenset[Flag]:
    other = admitted.code != waiting.device_code and admitted.code in admitted.account.devices
    return frozenset({Flag.DEVICE_ID_DIFFERS}) if other else frozenset()


def _key(account: str, waiting: Waiting) -> str:
    """Equal for two equal objects, whatever message brings them: SHA-256 in hex."""
    here = sorted(hashlib.sha256(picture.data).hexdigest() for picture in waiting.item.pictures)
    there = [[part.url, part.image_id] for part in waiting.parts]
    return hashlib.sha256(canonical([account, waiting.object_id, here, there])).hexdigest()
