"""A mail server of the demo: it takes every mail for the party's mailbox, as the recipient's own server would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

PORT: Final = 3125
PROVIDER: Final = f"""\
# Written by ./mz demo notification: the mail server that the demo itself runs. is_final: its 250 is an arrival.
[[provider]]
name = "demo-mail"
channel = "EMAIL"
level = 3
[provider.smtp]
host = "127.0.0.1"
port = {PORT}
tls = "NONE"
is_final = true
domains = ["party.example"]
sender = "notice@demo.mingzheng.example"
domain = "demo.mingzheng.example"
deadline_s = 10.0
"""


def write_provider(path: Path) -> bool:
    """Write the file of providers that names the demo's mail server; False if there is another one already."""
    if path.exists():
        return path.read_text() == PROVIDER
    path.write_text(PROVIDER)
    return True


@asynccontextmanager
async def a_mail_server() -> AsyncIterator[list[bytes]]:
    """The mails that came, until the end of the block."""
    mails: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 mx.party.example ESMTP")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                await say("354 go on")
                mails.append(await reader.readuntil(b"\r\n.\r\n"))
                await say(f"250 2.0.0 OK queued as D{len(mails):04}")
            elif verb == b"QUIT":
                await say("221 2.0.0 bye")
                break
            else:
                await say("250 2.1.5 OK")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", PORT, limit=2**24)
    async with server:
        yield mails
