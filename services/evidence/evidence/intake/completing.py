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
from dataclasses import dataclass, replace
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

_AT_ONCE: Final = 32
_OF_ONE_ACCOUNT: Final = 8
_MESSAGES_AT_ONCE: Final = 4
"""With MAX_BODY of pictures for each object, four messages hold 200 MiB in memory."""

_PATIENCE_S: Final = 20.0
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=30)
_PICTURES: Final = "image/jpeg, image/png"


@dataclass(frozen=True)
class _Object:
    """One object on hold, and its own words, read from the message again."""

    held: Held
    item: Item
    body: bytes
    claimed: dict[str, str]


def going_on(intake: Intake) -> Job[EvidenceRuntime]:
    """The job that brings objects on hold on their way."""
    return Job("held", lambda runtime: go_on(runtime, intake))


async def go_on(runtime: EvidenceRuntime, intake: Intake) -> None:
    """Everything that is due. Two processes never look at one object at the same time."""
    while True:
        async with operational(runtime.db) as conn:
            due = await held.claim_due(
                conn, now=runtime.clock(), limit=_AT_ONCE, of_one_account=_OF_ONE_ACCOUNT
            )
        if not due:
            return
        messages = defaultdict(list)
        for each in due:
            messages[each.message_id].append(each)
        few = asyncio.Semaphore(_MESSAGES_AT_ONCE)
        results = await asyncio.gather(
            *(_message(runtime, intake, objects, few) for objects in messages.values()),
            return_exceptions=True,
        )
        for objects, result in zip(messages.values(), results, strict=True):
            # One object that cannot be taken in must not keep the others waiting; its lease ends by itself.
            if isinstance(result, BaseException):
                log.error("couldn't go on with %d objects on hold", len(objects), exc_info=result)


async def _message(
    runtime: EvidenceRuntime, intake: Intake, objects: list[Held], few: asyncio.Semaphore
) -> None:
    async with few:
        async with operational(runtime.db) as conn:
            body = await held.get_body(conn, runtime.db.secrets, objects[0])
        items, claimed = await asyncio.to_thread(_read, body, nested.Shape(objects[0].shape))
        for each in objects:
            item = items[each.place]
            assert not isinstance(item, Broken), "only an object that could be read was put on hold"
            await _go_on(runtime, intake, _Object(each, item, body, claimed))


def _read(body: bytes, shape: nested.Shape) -> tuple[list[Item | Broken], dict[str, str]]:
    document, _ = read_json(body)
    return nested.items_of(document, shape), nested.hashes(document) if shape is nested.Shape.IMAGES else {}


async def _go_on(runtime: EvidenceRuntime, intake: Intake, thing: _Object) -> None:
    async with operational(runtime.db) as conn:
        parts = await held.list_parts(conn, runtime.db.secrets, thing.held)
    here = {come.n: come.picture for come in parts}
    missing = [part for part in thing.held.awaited if part.n not in here]
    fetched, trouble = await _fetch_all(runtime, intake.accounts, thing.held, missing)
    pictures, now = here | fetched, runtime.clock()
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
    async with operational(runtime.db) as conn:
        await held.remove(conn, thing.held)
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
    account = await intake.accounts.find(row.account) or Account(row.account, "", "", {}, row.agency_id)
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
    runtime: EvidenceRuntime, accounts: Accounts, row: Held, missing: Iterable[Part]
) -> tuple[dict[int, bytes], str | None]:
    """The pictures that could be fetched, by their number, and the code of the first trouble with another."""
    wanted = [(part.n, part.url) for part in missing if part.url is not None]
    if not wanted:
        return {}, None
    account = await accounts.find(row.account)
    hosts = account.media_hosts if account else ()
    fetched: dict[int, bytes] = {}
    troubles = []
    for n, url in wanted:
        most = min(MAX_BYTES, MAX_BODY - sum(map(len, fetched.values())))
        answer = await _fetch(runtime, url, hosts, most=most)
        if isinstance(answer, bytes):
            fetched[n] = answer
        else:
            troubles.append(answer)
    return fetched, next(iter(troubles), None)


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
