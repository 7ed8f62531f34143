"""A party hands a file in, part by part, as its phone does."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import httpx

from common.files.digests import digest_field


class Caller(Protocol):
    """Somebody with a session: a client of the world, or a phone."""

    async def post(self, path: str, **options: Any) -> httpx.Response: ...

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response: ...


def announced(data: bytes, name: str = "说明.txt") -> dict[str, Any]:
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


async def send_part(caller: Caller, path: str, n: int, data: bytes) -> httpx.Response:
    headers = {"content-digest": digest_field(data), "content-type": "application/octet-stream"}
    return await caller.request("PUT", f"{path}/parts/{n}", content=data, headers=headers)


async def hand_in(caller: Caller, case: str, data: bytes, name: str = "说明.txt") -> dict[str, Any]:
    """The view of the file that `data` became in the case at the path `case`."""
    upload = await caller.post(f"{case}/uploads", json=announced(data, name))
    assert upload.status_code == 201, upload.text
    path = f"{case}/uploads/{upload.json()['number']}"
    half = max(1, len(data) // 2)
    for n, part in enumerate(filter(None, (data[:half], data[half:])), 1):
        assert (await send_part(caller, path, n, part)).status_code == 200
    done = await caller.post(f"{path}/completion", json={})
    assert done.status_code == 201, done.text
    view: dict[str, Any] = done.json()
    return view
