"""E-mail: one mail to one recipient, under a Message-ID of ours that is the same on every repeat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from common.calls.fetch import Guard
from common.calls.mail import MailReply, MailServer, hand_in
from common.calls.providers import NoAnswer, NotSent
from ledger.clock import real_time
from notification.channels.configs import Provider
from notification.channels.letters import Letter
from notification.channels.texts import code_of
from notification.domain.answers import Answer, Verdict
from notification.domain.delivery import Basis

_FULL: Final = ("4.2.2", "5.2.2")
Attachments = Callable[[str], Awaitable[bytes]]
"""The bytes of a document by its SHA-256."""


class SmtpCarrier:
    """Hands mail to one server. Where it is the own server of the recipient's domain, its 250 is an arrival."""

    def __init__(self, provider: Provider, guard: Guard, *, secret: str, attachments: Attachments) -> None:
        assert provider.smtp is not None
        form = provider.smtp
        self.name, self.channel = provider.name, provider.channel
        self.level, self.weight = provider.level, provider.weight
        self._form, self._guard, self._attachments = form, guard, attachments
        self._server = MailServer(
            host=form.host,
            port=form.port,
            tls=form.tls,
            hello=form.domain,
            user=form.user,
            password=secret,
            networks=tuple(provider.networks),
            deadline_s=form.deadline_s,
        )

    async def send(self, letter: Letter) -> Answer:
        if not _is_address(letter.address):
            return Answer(Verdict.ADDRESS, "NO_MAILBOX")
        attachment = await self._attachments(letter.attachment_sha256) if letter.attachment_sha256 else None
        mail = mail_of(letter, sender=self._form.sender, domain=self._form.domain, attachment=attachment)
        try:
            reply = await hand_in(
                self._guard,
                self._server,
                mail.as_bytes(),
                sender=self._return_path(letter.reference),
                recipient=letter.address,
                envelope_id=letter.reference,
            )
        except NotSent as end:
            return Answer(Verdict.AWAY, end.why)
        except NoAnswer as end:
            return Answer(Verdict.SILENT, end.why)
        return self._judged(reply, letter)

    async def ask(self, reference: str) -> Answer | None:
        """A mail server tells nothing about a mail that it may have; its report may still come."""
        return None

    async def close(self) -> None:
        """Nothing stays open: each mail has a connection of its own."""

    def _return_path(self, reference: str) -> str:
        """Where reports of this one mail go: the address itself names the mail, so no report is taken for another's."""
        if self._form.bounces:
            return self._form.bounces.replace("{reference}", reference)
        return self._form.sender

    def _judged(self, reply: MailReply, letter: Letter) -> Answer:
        verdict = verdict_of(reply)
        if verdict is Verdict.TAKEN and self._form.is_final and self._form.reaches(letter.address):
            verdict = Verdict.ARRIVED
        return Answer(
            verdict,
            code_of(reply.enhanced),
            reference=reply.queue_id,
            basis=Basis.RECIPIENT_MX,
            is_bare=letter.is_bare,
            transcript="\n".join(reply.lines),
        )


def verdict_of(reply: MailReply) -> Verdict:
    """What the last reply to this one recipient means (RFC 5321, 4.2.1; RFC 3463).

    A refusal of the sender, or of the content, is our fault and says nothing about the recipient's address. A full
    mailbox is full for now, whatever class the server gives it.
    """
    if reply.is_taken:
        return Verdict.TAKEN
    if 400 <= reply.status < 500 or reply.enhanced in _FULL:
        return Verdict.LATER
    about_address = reply.step == "RCPT" and not reply.enhanced.startswith(("5.7.", "5.5."))
    return Verdict.ADDRESS if about_address or reply.enhanced.startswith("5.1.") else Verdict.ORDER


def mail_of(letter: Letter, *, sender: str, domain: str, attachment: bytes | None) -> EmailMessage:
    """The mail: its Message-ID is our reference, and it says that a machine wrote it (RFC 3834)."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = letter.address
    mail["Subject"] = letter.title
    mail["Date"] = format_datetime(real_time())
    mail["Message-ID"] = f"<{letter.reference}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.whole + "\n")
    if attachment is not None:
        name = f"{letter.reference}.pdf"
        mail.add_attachment(attachment, maintype="application", subtype="pdf", filename=name)
    return mail


def _is_address(text: str) -> bool:
    """Whether `text` can be put into a command and a header: one mailbox, no blank, no line."""
    local, at, domain = text.rpartition("@")
    is_plain = all("!" <= character <= "~" and character not in '<>(),;:\\"[]' for character in text)
    return bool(at and local and domain) and is_plain and len(text) <= 254
