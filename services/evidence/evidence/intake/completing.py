"""Objects on hold, until they are captures: pictures are fetched, and what is whole goes on record (ADR-0038).

    due ─▶ fetch what is missing ─▶ all here ───────────────────────▶ record, like a push          TAKEN
                                 ├─▶ some missing, time left ───────▶ kept; looked at again later
                                 ├─▶ time over, some pictures ──────▶ record, MEDIA_MISSING        INCOMPLETE
                                 └─▶ time over, none ───────────────▶ quarantine, with a reason    GIVEN_UP

A job does all of this, so that it goes on after a restart. The capture is received when its last picture is here: only
then is the evidence fixed. A process that stops between the record and the removal of the row records the object once
more after its start: the same capture, pushed again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from common.door.uow import operational
from common.policy import Action, authorize, service_actor
from common.values.errors import Refusal
from common.web.app import Job
from evidence.domain.capture import Flag, Submission
from evidence.intake import nested
from evidence.intake.accounts import Account, Accounts
from evidence.intake.answers import ItemStatus
from evidence.intake.door import Admitted, Intake
from evidence.intake.gat1400 import Broken, Item, RawPicture, read_json
from evidence.intake.holding import HELD, host_of
from evidence.intake.images import MAX_BYTES
from evidence.intake.message import Message
from evidence.intake.receiving import MAX_BODY, Push, look_at, mandate_of, set_aside
from evidence.intake.recording import Delivery, record
from evidence.runtime import EvidenceRuntime
from evidence.store import held
from evidence.store.held import Held, Part

log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
_OF_ONE_ACCOUNT: Final = 12
"""So many objects are on their way at once, all together and of one account: places are left for the others."""

_FOR_NEWCOMERS: Final = 4
"""The last places are for accounts that have nothing on its way, one each, however slow the hosts of the others are."""

_LOOK_S: Final = 0.5
_SMALL: Final = 8 << 20
_LARGE_AT_ONCE: Final = 2
"""An object with up to 8 MiB of pictures, or in a message of up to 8 MiB, goes its way among the sixteen. Of larger
objects and of larger messages two at a time are in memory."""

_PATIENCE_S: Final = 20.0
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=30)
_PICTURES: Final = "image/jpeg, image/png"
_TOO_LARGE: Final = "FETCH_REFUSED:SIZE"


@dataclass(frozen=True)
class _Object:
    """One object on hold, and its own words, read from the message again."""

    held: Held
    item: Item
    body: bytes
    claimed: dict[str, str]


@dataclass(frozen=True)
class _Lanes:
    """Where large messages, and objects with large pictures, wait for each other."""

    messages: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LARGE_AT_ONCE))
    objects: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LARGE_AT_ONCE))


def going_on(intake: Intake) -> Job[EvidenceRuntime]:
    """The job that brings objects on hold on their way."""
    return Job("held", lambda runtime: go_on(runtime, intake))


async def go_on(runtime: EvidenceRuntime, intake: Intake) -> None:
    """Everything that is due, and what becomes due meanwhile. Two processes never look at one object at the same time.

    A place that is free is given away at once, first to the account that has fewest. Slow hosts keep their own accounts
    waiting, and no account that has nothing on its way.
    """
    lanes, under_way = _Lanes(), dict[asyncio.Task[None], list[Held]]()
    try:
        while True:
            for objects in await _claim(runtime, [row for rows in under_way.values() for row in rows]):
                under_way[asyncio.create_task(_message(runtime, intake, objects, lanes))] = objects
            if not under_way:
                return
            done, _ = await asyncio.wait(under_way, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                objects = under_way.pop(task)
                # One object that cannot be taken in must not keep the others waiting; its lease ends by itself.
                if (error := task.exception()) is not None:
                    log.error("couldn't go on with %d objects on hold", len(objects), exc_info=error)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _claim(runtime: EvidenceRuntime, under_way: list[Held]) -> list[list[Held]]:
    """Objects for the places that are free beside those `under_way`, together where they came in one message."""
    free, now = _AT_ONCE - len(under_way), runtime.clock()
    if not free:
        return []
    async with operational(runtime.db) as conn:
        due = await held.claim_due(conn, now=now, limit=free, of_one_account=1, under_way=under_way)
        if (room := free - len(due) - _FOR_NEWCOMERS) > 0:
            taken = [*under_way, *due]
            due += await held.claim_due(
                conn, now=now, limit=room, of_one_account=_OF_ONE_ACCOUNT, under_way=taken
            )
    messages = defaultdict(list)
    for row in due:
        messages[row.message_id].append(row)
    return list(messages.values())


async def _message(runtime: EvidenceRuntime, intake: Intake, objects: list[Held], lanes: _Lanes) -> None:
    async with AsyncExitStack() as stack:
        if await held.count_bytes(runtime.db, objects[0]) > _SMALL:
            await stack.enter_async_context(lanes.messages)
        async with operational(runtime.db) as conn:
            body = await held.get_body(conn, runtime.db.secrets, objects[0])
        items, claimed = await asyncio.to_thread(_read, body, nested.Shape(objects[0].shape))
        things = []
        for row in objects:
            item = items[row.place]
            assert not isinstance(item, Broken), "only an object that could be read was put on hold"
            things.append(_Object(row, item, body, claimed))
        results = await asyncio.gather(
            *(_go_on(runtime, intake, thing, lanes) for thing in things), return_exceptions=True
        )
        errors = [result for result in results if isinstance(result, Exception)]
        if errors:
            raise ExceptionGroup(f"{len(errors)} of {len(things)} objects of a message", errors)


def _read(body: bytes, shape: nested.Shape) -> tuple[list[Item | Broken], dict[str, str]]:
    document, _ = read_json(body)
    return nested.items_of(document, shape), nested.hashes(document) if shape is nested.Shape.IMAGES else {}


async def _go_on(runtime: EvidenceRuntime, intake: Intake, thing: _Object, lanes: _Lanes) -> None:
    parts = await held.list_parts(runtime.db, thing.held)
    here = {come.n: come.picture for come in parts}
    missing = [part for part in thing.held.awaited if part.n not in here]
    async with AsyncExitStack() as stack:
        fetched, troubles = await _fetch_all(runtime, intake.accounts, thing.held, missing, most=_SMALL)
        if _TOO_LARGE in troubles:
            await stack.enter_async_context(lanes.objects)
            missing = [part for part in missing if part.n not in fetched]
            most = MAX_BODY - sum(map(len, fetched.values()))
            more, troubles = await _fetch_all(runtime, intake.accounts, thing.held, missing, most=most)
            fetched |= more
        pictures, now, trouble = here | fetched, runtime.clock(), next(iter(troubles), None)
        if len(pictures) == len(thing.held.awaited):
            await _take(runtime, intake, thing, pictures, outcome="TAKEN")
        elif now < thing.held.until:
            await _wait(runtime, thing.held, fetched, trouble, now=now)
        elif pictures or thing.item.pictures:
            await _take(runtime, intake, thing, pictures, outcome="INCOMPLETE")
        else:
            await _give_up(runtime, intake, thing, trouble or "VIID_ITEM_MEDIA_NOT_SENT")


async def _take(
    runtime: EvidenceRuntime, intake: Intake, thing: _Object, pictures: dict[int, bytes], *, outcome: str
) -> None:
    """The object goes the way of every push, with the pictures that are here."""
    item = _with_pictures(thing, pictures)
    if outcome == "INCOMPLETE":
        item = replace(item, flags=item.flags | {Flag.MEDIA_MISSING})
    push = await _push(runtime, intake, thing, item)
    submission = await look_at(intake, push, item)
    if isinstance(submission, ItemStatus):
        await _give_up(runtime, intake, thing, submission.code)
        return
    assert isinstance(submission, Submission), "an object without links waits for nothing"
    await record(runtime, mandate_of(push.admitted), push.delivery, [submission])
    await held.remove(runtime.db, thing.held)
    HELD.labels(outcome).inc()


def _with_pictures(thing: _Object, pictures: dict[int, bytes]) -> Item:
    come = [
        RawPicture(pictures[n], link.kind, link.image_id, link.shot_at, link.device_code, link.claims)
        for n, link in enumerate(thing.item.links)
        if n in pictures
    ]
    item = replace(thing.item, pictures=(*thing.item.pictures, *come), links=())
    return replace(item, flags=item.flags | nested.differing(item, thing.claimed))


async def _push(runtime: EvidenceRuntime, intake: Intake, thing: _Object, item: Item) -> Push:
    """The push as it would be if it came whole, now. What was acknowledged counts: the device was on the list then."""
    row, at = thing.held, runtime.clock()
    account = await intake.accounts.find(row.account) or Account(
        row.account, "", "", {}, row.agency_id, at, at
    )
    devices = account.devices | {row.device_code: row.device_id}
    admitted = Admitted(
        account=replace(account, devices=devices, agency_id=row.agency_id, digest=row.relaxed),
        code=row.code,
        default_device=row.device_code,
        flags=frozenset(),
        message=Message(thing.body),
        mandate=authorize(service_actor("evidence"), Action.CAPTURE_CHECK),
        received_at=at,
        transport=row.transport,
    )
    delivery = Delivery(thing.body, row.sha256)
    return Push(admitted, [item], frozenset(row.flags), at, delivery, nested.Shape(row.shape))


async def _wait(
    runtime: EvidenceRuntime, row: Held, fetched: dict[int, bytes], trouble: str | None, *, now: datetime
) -> None:
    by_url = any(part.url for part in row.awaited)
    pause = min(_FIRST_WAIT * 2 ** min(row.tries, 20), _LONGEST_WAIT)
    at = min(now + pause, row.until) if by_url else row.until
    async with operational(runtime.db) as conn:
        await held.add_parts(conn, runtime.db.secrets, row, fetched, now=now)
        await held.put_off(conn, row, next_try_at=at, reason=trouble)


async def _give_up(runtime: EvidenceRuntime, intake: Intake, thing: _Object, reason: str) -> None:
    push = await _push(runtime, intake, thing, thing.item)
    # Quarantine first: when we stop between the two, the message is still here and this is done again.
    await set_aside(runtime, push.admitted, {reason: 1})
    async with operational(runtime.db) as conn:
        await held.give_up(conn, thing.held, reason=reason, now=runtime.clock())
    HELD.labels("GIVEN_UP").inc()


# ---- fetching -----------------------------------------------------------------------------------------


async def _fetch_all(
    runtime: EvidenceRuntime, accounts: Accounts, row: Held, missing: Iterable[Part], *, most: int
) -> tuple[dict[int, bytes], list[str]]:
    """The pictures that could be fetched, of `most` bytes together, by their number; the troubles with the others."""
    wanted = [(part.n, part.url) for part in missing if part.url is not None]
    if not wanted:
        return {}, []
    account = await accounts.find(row.account)
    hosts = account.media_hosts if account else ()
    fetched: dict[int, bytes] = {}
    troubles = []
    for n, url in wanted:
        room = min(MAX_BYTES, most - sum(map(len, fetched.values())))
        answer = await _fetch(runtime, url, hosts, most=room)
        if isinstance(answer, bytes):
            fetched[n] = answer
        else:
            troubles.append(answer)
    return fetched, troubles


async def _fetch(runtime: EvidenceRuntime, url: str, hosts: tuple[str, ...], *, most: int) -> bytes | str:
    """The bytes at `url`, or why there are none. The list of the account is asked again: it may have become shorter."""
    if host_of(url) not in hosts:
        return "FETCH_REFUSED:LIST"
    try:
        # Plain HTTP as well: platforms serve pictures inside the video network by nothing else.
        return await runtime.guard.fetch(
            url, networks=_networks(hosts), most=most, deadline_s=_PATIENCE_S, plain=True, accept=_PICTURES
        )
    except Refusal as refusal:
        return f"{refusal.code}:{refusal.facts['why']}"


def _networks(hosts: Iterable[str]) -> list[str]:
    """The addresses on the list. A name may lead to a private address only where the list has that address too."""
    networks = []
    for host in hosts:
        bare = host.rpartition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
        try:
            networks.append(str(ipaddress.ip_network(bare)))
        except ValueError:
            continue
    return networks
