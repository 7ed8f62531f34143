"""The handler that an intake is held against: FastAPI that takes a push and does the least that could be called so.

    /plain   base64, both pictures decoded as anybody would (`Image.load` in a child), two files with fsync, one row
    /ours    the same with the decoder of this tree, where it has one that runs by itself

It knows nobody, seals nothing, hashes nothing, checks nothing and keeps no record.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

CHILDREN: Final = 2
SERVER: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    "access_log": False,
    "log_level": "warning",
}
"""As our own server is set, in words of its own: this file runs beside a checkout of an older commit too."""

TABLE: Final = "CREATE TABLE pushes (id bigserial PRIMARY KEY, object text NOT NULL, files text[] NOT NULL)"
_INSERT: Final = "INSERT INTO pushes (object, files) VALUES ($1, $2) RETURNING id"
OURS: Final = Path(__file__).parents[2] / "services/evidence/evidence/intake"


class Children:
    """Two children that decode, in the order in which the pictures come."""

    def __init__(self, *command: str) -> None:
        self._free: asyncio.Queue[subprocess.Popen[bytes]] = asyncio.Queue()
        for _ in range(CHILDREN):
            self._free.put_nowait(
                subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )

    async def decode(self, data: bytes) -> Any:
        child = await self._free.get()
        try:
            return await asyncio.to_thread(_ask, child, data)
        finally:
            self._free.put_nowait(child)


def _ours() -> Children | None:
    """Our own children; an older commit's run by themselves, and one before that has none."""
    programs = [str(each) for name in ("confined.py", "decoding.py") if (each := OURS / name).exists()]
    return Children("-I", *programs) if programs else None


def _ask(child: subprocess.Popen[bytes], data: bytes) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(struct.pack(">I", len(data)) + data)
    child.stdin.flush()
    answer = orjson.loads(child.stdout.readline())
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer


def _decode_plainly() -> None:
    """The plain child."""
    from PIL import Image

    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(header := stdin.read(4)) == 4:
        with Image.open(io.BytesIO(stdin.read(struct.unpack(">I", header)[0]))) as image:
            image.load()
            stdout.write(orjson.dumps({"width": image.width, "height": image.height}) + b"\n")
        stdout.flush()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def create(database: str, folder: Path) -> FastAPI:
    """The app over `database`, a table of which it makes, and `folder`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database, min_size=8, max_size=8) as pool:
            await pool.execute(TABLE)
            app.state.pool = pool
            app.state.plain = Children("-m", "tests.bench._bare_intake")
            app.state.ours = _ours()
            yield

    app = FastAPI(lifespan=lifespan)

    async def take(request: Request, children: Children) -> Response:
        pushed = orjson.loads(await request.body())["MotorVehicleListObject"]["MotorVehicleObject"][0]
        names = []
        for picture in pushed["SubImageList"]["SubImageInfoObject"]:
            data = base64.b64decode(picture["Data"])
            await children.decode(data)
            names.append(f"{pushed['MotorVehicleID']}-{len(names)}")
            await asyncio.to_thread(_write, folder / names[-1], data)
        row = await request.app.state.pool.fetchval(_INSERT, pushed["MotorVehicleID"], names)
        return Response(
            orjson.dumps({"ResponseStatusObject": {"Id": str(row), "StatusCode": 0}}),
            media_type="application/json",
        )

    @app.post("/plain")
    async def plain(request: Request) -> Response:
        return await take(request, request.app.state.plain)

    @app.post("/ours")
    async def ours(request: Request) -> Response:
        return await take(request, request.app.state.ours)

    return app


if __name__ == "__main__":
    if len(sys.argv) == 1:
        _decode_plainly()
    else:
        database, folder, port = sys.argv[1:]
        uvicorn.run(create(database, Path(folder)), port=int(port), **SERVER)
