"""A mail server on a port of its own. The name before the @ says what it does with a mail.

bounce  550 5.1.1      defer  451 4.3.0      full  552 5.2.2      spam  554 5.7.1 after the content
cut     takes the mail and closes the line   slow  never answers the content
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

_REFUSED = {
    "bounce": "550 5.1.1 no such user",
    "defer": "451 4.3.0 try again later",
    "full": "552 5.2.2 mailbox full",
}


@dataclass
class MailSink:
    """`mails` are those that were taken, each with its envelope. `rcpts` counts RCPT by address, `params` are
    theirs."""

    mails: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    rcpts: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.rcpts.append(address)
        refused = _REFUSED.get(address.partition("@")[0])
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "spam":
            return "554 5.7.1 content refused"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope, mail))
        if name == "cut":
            server.transport.abort()
        if name == "slow":
            await asyncio.sleep(3600)
        return f"250 2.0.0 OK queued as Q{len(self.mails):05}"

    def protocol(self) -> SMTP:
        sink = self

        class WithDsn(SMTP):
            """Takes the parameters of RFC 3461, which the library does not know."""

            async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802
                await super().smtp_MAIL(sink._noted(arg))

            async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802
                await super().smtp_RCPT(sink._noted(arg))

        return WithDsn(self, hostname="mx.mail.example", enable_SMTPUTF8=True)

    def _noted(self, arg: str) -> str:
        address, _, params = arg.partition(">")
        self.params.append(params.strip())
        return address + ">"


@asynccontextmanager
async def a_mail_sink() -> AsyncIterator[MailSink]:
    """The server, listening until the end of the block."""
    sink = MailSink()
    server = await asyncio.get_running_loop().create_server(sink.protocol, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()


def status_mail(
    *, to: str, blocks: list[dict[str, str]], about: str = "", kind: str = "delivery-status"
) -> bytes:
    """A report as a mail server or a mail program sends it: `blocks` are its groups of fields, `about` a Message-ID."""
    groups = "\r\n\r\n".join(
        "\r\n".join(f"{name}: {value}" for name, value in block.items()) for block in blocks
    )
    part = "message/delivery-status" if kind == "delivery-status" else "message/disposition-notification"
    returned = f"Message-ID: {about}\r\nSubject: x\r\n\r\n"
    lines: list[Any] = [
        f"To: {to}",
        "From: MAILER-DAEMON@mx.mail.example",
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"',
        "MIME-Version: 1.0",
        "",
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.",
        f"--b\r\nContent-Type: {part}\r\n\r\n{groups}\r\n",
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}",
        "--b--\r\n",
    ]
    return "\r\n".join(lines).encode()
