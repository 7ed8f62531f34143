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


def calls(case: str) -> list[tuple[str, str, str, Any]]:
    """Every call about files, for whoever tries them on the case at the path `case`."""
    return [
        ("CASE_OFFICER", "POST", f"{case}/uploads", announced(b"x")),
        ("CASE_OFFICER", "GET", f"{case}/uploads/1", None),
        ("CASE_OFFICER", "PUT", f"{case}/uploads/1/parts/1", b"x"),
        ("CASE_OFFICER", "POST", f"{case}/uploads/1/completion", {}),
        ("TEAM_LEAD", "GET", f"{case}/defences", None),
        ("TEAM_LEAD", "GET", f"{case}/files", None),
        ("TEAM_LEAD", "GET", f"{case}/files/1", None),
    ]
