"""Handing a file of a form in through the API: announced, sent by parts, joined (APL 41(3), 45)."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

from starlette.datastructures import FormData, UploadFile

from gateway.web.visitor import Visitor


async def hand_in(visitor: Visitor, case_id: str, file: UploadFile) -> int:
    """The number of the file in the case. The same bytes that no statement names yet are not handed in twice.

    Raises Refused with the API's words for what it does not take.
    """
    data = await file.read()
    sha256 = hashlib.sha256(data).hexdigest()
    base = f"/v1/cases/{case_id}"
    for known in await list_files(visitor, case_id):
        if known["sha256"] == sha256 and known["statement"] is None:
            return int(known["number"])
    order = {"name": file.filename or "file", "size": len(data), "sha256": sha256}
    upload = await visitor.post(f"{base}/uploads", order, key=uuid.uuid4().hex)
    number, step = upload["number"], upload["part_bytes"]
    for n, start in enumerate(range(0, len(data), step), 1):
        part = data[start : start + step]
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        await visitor.ask(
            "PUT",
            f"{base}/uploads/{number}/parts/{n}",
            content=part,
            headers={"content-type": "application/octet-stream", "content-digest": f"sha-256=:{digest}:"},
        )
    await visitor.post(f"{base}/uploads/{number}/completion", {}, key=uuid.uuid4().hex)
    return int(number)


async def list_files(visitor: Visitor, case_id: str) -> list[dict[str, Any]]:
    """The files of the party in the case."""
    items: list[dict[str, Any]] = (await visitor.get(f"/v1/cases/{case_id}/files"))["items"]
    return items


def chosen(fields: FormData, name: str) -> list[UploadFile]:
    """The files that a form brings under `name`; a browser sends an empty one where nothing was chosen."""
    return [each for each in fields.getlist(name) if isinstance(each, UploadFile) and each.filename]
