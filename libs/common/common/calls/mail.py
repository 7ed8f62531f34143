"""One mail to one recipient over SMTP (RFC 5321), with everything that the server said. The only import of aiosmtplib.

    connect ─▶ EHLO ─▶ STARTTLS ─▶ AUTH ─▶ MAIL ─▶ RCPT ─▶ DATA ─▶ 250 and the queue's name of it

Up to DATA the server holds nothing, so an end before it is a mail that was not sent. From DATA on, only the server's
reply says whether it took the mail; without one nobody knows.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from common.calls.fetch import Guard
from common.calls.providers import NoAnswer, NotSent
from common.values.errors import Refusal

_QUEUED: Final = re.compile(r"\b(?:queued as|id=|queue id)\s*([A-Za-z0-9._-]{4,64})", re.IGNORECASE)


@dataclass(frozen=True)
class MailServer:
    """Where and how to hand mail in. `tls` is STARTTLS, TLS or NONE; `hello` is the name that we say in EHLO."""

    host: str
    port: int
    tls: str
    hello: str
    user: str = ""
    password: str = field(default="", repr=False)
    networks: tuple[str, ...] = ()
    deadline_s: float = 30.0


@dataclass
class MailReply:
    """The last reply. `step` is the command that it answers: MAIL, RCPT or DATA. `lines` is the transcript.

    `is_given`: the content was on its way, so without a reply nobody knows.
    """

    step: str = ""
    status: int = 0
    text: str = ""
    tls: str = ""
    is_given: bool = False
    lines: list[str] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        return self.step == "DATA" and 200 <= self.status < 300

    @property
    def queue_id(self) -> str | None:
        """The server's own name of the mail, where its reply tells one."""
        match = _QUEUED.search(self.text)
        return match[1] if match else None

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463) of the reply, or its three digits."""
        match = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", self.text)
        return match[1] if match else str(self.status)

    def note(self, step: str, status: int, text: str) -> None:
        self.step, self.status, self.text = step, status, text
        self.lines.append(f"{step}: {status} {text}"[:500])


async def hand_in(
    guard: Guard, server: MailServer, mail: bytes, *, sender: str, recipient: str, envelope_id: str
) -> MailReply:
    """The server's last reply to one mail to one recipient. Raises NotSent or NoAnswer as the module says.

    The whole exchange takes at most `server.deadline_s` seconds, however slowly the server answers each command.
    """
    reply = MailReply()
    try:
        async with asyncio.timeout(server.deadline_s):
            client = await _connected(guard, server, reply)
            try:
                await _offer(client, reply, sender=sender, recipient=recipient, envelope_id=envelope_id)
                if reply.step == "RCPT" and 200 <= reply.status < 300:
                    reply.is_given = True
                    await _give(client, reply, mail)
            finally:
                client.close()
    except TimeoutError:
        if reply.is_taken:
            return reply  # only the goodbye was slow
        raise (NoAnswer("TIME") if reply.is_given else NotSent("TIME")) from None
    return reply


async def _connected(guard: Guard, server: MailServer, reply: MailReply) -> SMTP:
    """The server after EHLO, STARTTLS and AUTH. Raises NotSent: so far it holds nothing of ours."""
    try:
        address = await guard.checked(server.host, server.port, server.networks)
    except Refusal:
        raise NotSent("ADDRESS") from None
    context = None if server.tls == "NONE" else guard.context or ssl.create_default_context()
    client = SMTP(
        # With TLS from the first byte the library takes the name for the certificate from here. It is a name that an
        # operator configured, not one that a party gave us.
        hostname=server.host if server.tls == "TLS" else str(address),
        port=server.port,
        local_hostname=server.hello,
        use_tls=server.tls == "TLS",
        start_tls=False,
        timeout=server.deadline_s,
        tls_context=context if server.tls == "TLS" else None,
    )
    try:
        greeting = await client.connect()
        reply.note(f"CONNECT {server.host} [{address}]:{server.port}", greeting.code, greeting.message)
        if server.tls == "STARTTLS":
            await client.starttls(server_hostname=server.host, tls_context=context)
        if server.tls != "NONE":
            cipher = client.get_transport_info("cipher") or ("-", "-", 0)
            reply.tls = f"{cipher[1]} {cipher[0]}"
            reply.lines.append(f"TLS: {reply.tls}")
        await client.ehlo()  # what the server can do, told anew once the line is secret (RFC 3207, 4.2)
        if server.user:
            await client.login(server.user, server.password)
    except (SMTPException, OSError, TimeoutError, ValueError) as error:
        client.close()
        raise NotSent(type(error).__name__) from None
    return client


async def _offer(client: SMTP, reply: MailReply, *, sender: str, recipient: str, envelope_id: str) -> None:
    """MAIL and RCPT. A server that knows DSN (RFC 3461) is asked to report, and told our name of the mail."""
    dsn = client.supports_extension("dsn")
    mail_options = [f"ENVID={envelope_id}", "RET=HDRS"] if dsn else []
    rcpt_options = ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"] if dsn else []
    try:
        answer = await client.mail(sender, options=mail_options)
        reply.note("MAIL", answer.code, answer.message)
        answer = await client.rcpt(recipient, options=rcpt_options)
        reply.note("RCPT", answer.code, answer.message)
    except SMTPResponseException as refused:
        reply.note("RCPT" if reply.step == "MAIL" else "MAIL", refused.code, refused.message)
    except (SMTPException, OSError, TimeoutError, ValueError) as error:
        raise NotSent(type(error).__name__) from None


async def _give(client: SMTP, reply: MailReply, mail: bytes) -> None:
    try:
        answer = await client.data(mail)
        reply.note("DATA", answer.code, answer.message)
    except SMTPResponseException as refused:
        reply.note("DATA", refused.code, refused.message)
    except (SMTPException, OSError, TimeoutError) as error:
        raise NoAnswer(type(error).__name__) from None
    try:
        await client.quit()
    except (SMTPException, OSError, TimeoutError):
        reply.lines.append("QUIT: no answer")  # the mail is the server's already


def _xtext(address: str) -> str:
    """`address` as a value of ESMTP (RFC 3461, 4): every character outside the printable ones, + and = in hex."""
    plain = (
        chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}" for byte in address.encode()
    )
    return "".join(plain)
