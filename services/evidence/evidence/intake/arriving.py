"""The Data of an image that was announced before (`POST /VIID/Images/{ImageID}/Data`, the second phase).

    bytes ─▶ a picture? ─▶ every object of this account that waits for it has it now ─▶ a job records the whole ones

A client that did not hear our OK sends the picture again, when it may be part of a capture already: that is OK too.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

from common.door.blobs import sha256_hex
from common.door.uow import operational, view
from common.policy import Action, authorize, service_actor
from common.values.errors import Kind, Refusal
from evidence.intake import gat1400
from evidence.intake.answers import ItemStatus, Status, of_item
from evidence.intake.door import Admitted, Intake
from evidence.intake.images import Undecodable
from evidence.intake.receiving import body_of, set_aside
from evidence.runtime import EvidenceRuntime
from evidence.store import held, pushes

_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


async def arrive(runtime: EvidenceRuntime, intake: Intake, admitted: Admitted, image_id: str) -> ItemStatus:
    """Keep the picture in the message for every object that waits for it. An OK is durable."""
    try:
        data = await asyncio.to_thread(picture_in, await body_of(admitted))
        await intake.decoders.decode(data, account=admitted.account.name)
    except Undecodable as error:
        refusal = Refusal(Kind.INVALID, "VIID_ITEM_BROKEN_PICTURE")
        await set_aside(runtime, admitted, {refusal.code: 1})
        return replace(of_item(image_id, refusal), reason=str(error))
    except Refusal as refusal:
        if refusal.kind is not Kind.TOO_LARGE:
            await set_aside(runtime, admitted, {refusal.code: 1})
        return of_item(image_id, refusal)
    if await _keep(runtime, admitted, image_id, data) or await _is_taken(runtime, admitted, image_id, data):
        return ItemStatus(image_id, Status.OK)
    return of_item(image_id, Refusal(Kind.NOT_FOUND, "VIID_IMAGE_NOT_AWAITED"))


async def _keep(runtime: EvidenceRuntime, admitted: Admitted, image_id: str, data: bytes) -> bool:
    """Whether anything waits for the picture; then it is kept for each object that does."""
    secrets, now = runtime.db.secrets, admitted.received_at
    async with operational(runtime.db) as conn:
        waiting = await held.list_awaiting(conn, admitted.account.name, image_id)
        for each in waiting:
            numbers = [part.n for part in each.awaited if part.url is None and part.image_id == image_id]
            await held.add_parts(conn, secrets, each, dict.fromkeys(numbers, data), now=now)
            if await held.count_parts(conn, each) == len(each.awaited):
                await held.put_off(conn, each, next_try_at=now, reason=None)
    return bool(waiting)


def picture_in(body: bytes) -> bytes:
    """The picture in the body of a Data message: base64, alone, as JSON text or as `Data` of an object; or its bytes.

    Refusal INVALID where there is none.
    """
    bare = body.strip()
    if bare.startswith(_MAGIC):
        return body
    data: Any = bare.strip(b'"').decode("ascii", "replace")
    if bare.startswith(b"{"):
        data, _ = gat1400.read_json(body)
        while isinstance(data, dict):
            data = data.get("data") or next((v for v in data.values() if isinstance(v, dict)), None)
    return gat1400.decoded(data, set())


async def _is_taken(runtime: EvidenceRuntime, admitted: Admitted, image_id: str, data: bytes) -> bool:
    mandate = authorize(service_actor("evidence"), Action.CAPTURE_CHECK)
    async with view(runtime.db, mandate) as v:
        return await pushes.has_picture(v, admitted.account.name, image_id=image_id, sha256=sha256_hex(data))
