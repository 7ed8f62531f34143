"""Reports that come as mail: delivery status (RFC 3464) and disposition (RFC 8098) notifications.

A report names the mail that it is about in up to three places. They are asked in the order of their worth: the envelope
to which the report itself was sent, the envelope id that we gave, and the Message-ID of the mail that it returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import Final

from common.values.ids import DeliveryId
from notification.channels.texts import code_of
from notification.domain.answers import Verdict
from notification.domain.delivery import Basis

_NAME: Final = re.compile(r"\bdlv_[0-7][0-9a-hjkmnp-tv-z]{25}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """One report about one order. `recipient` is the address that it speaks of, None where the report does not say.

    `ours` is our own name of the order and `theirs` the provider's; one of them is there.
    """

    ours: str | None
    theirs: str | None
    verdict: Verdict
    code: str
    basis: Basis
    at: datetime | None = None
    recipient: str | None = None


def reports_in(raw: bytes) -> list[Report]:
    """The reports in a mail; none in a mail that is no report, and none that cannot be told which mail it is about."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    if mail.get_content_type() != "multipart/report":
        return []
    kind = str(mail.get_param("report-type") or "").lower()
    parts = list(mail.walk())
    ours = _named(mail, parts)
    if ours is None:
        return []
    found = (
        _statuses(parts)
        if kind == "delivery-status"
        else _dispositions(parts)
        if "disposition" in kind
        else ()
    )
    return [_with(report, ours) for report in found]


def _with(report: Report, ours: str) -> Report:
    return Report(ours, None, report.verdict, report.code, report.basis, report.at, report.recipient)


def _named(mail: EmailMessage, parts: Sequence[Message]) -> str | None:
    places = [str(mail.get("To", "")), str(mail.get("Delivered-To", ""))]
    for part in parts:
        content_type = part.get_content_type()
        if content_type in ("message/delivery-status", "message/disposition-notification"):
            for block in _blocks(part):
                places += [block.get("original-envelope-id", ""), block.get("original-message-id", "")]
        elif content_type in ("text/rfc822-headers", "message/rfc822"):
            match = re.search(r"(?im)^message-id:\s*(\S+)", _text(part))
            places.append(match[1] if match else "")
    for place in places:
        name = _NAME.search(place)
        if name:
            return str(DeliveryId(name[0].lower()))
    return None


def _statuses(parts: Sequence[Message]) -> Iterator[Report]:
    """Each recipient of a delivery status notification. `delayed`, `relayed` and `expanded` say nothing final."""
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            action, status = block.get("action", "").lower(), block.get("status", "")
            code = code_of(re.split(r"[\s(]", status.strip())[0])
            recipient = _address(block.get("original-recipient") or block.get("final-recipient", ""))
            at = _instant(block.get("last-attempt-date", ""))
            if action == "delivered":
                yield Report(None, None, Verdict.ARRIVED, code, Basis.DSN, at, recipient)
            elif action == "failed":
                # The server gave up. A class of 4 is no word about the address, only about this time.
                verdict = Verdict.LATER if code.startswith("4") else Verdict.ADDRESS
                yield Report(None, None, verdict, code, Basis.DSN, at, recipient)


def _dispositions(parts: Sequence[Message]) -> Iterator[Report]:
    """What a mail program did. Whatever it did, the mail was there: an opened mail has arrived (RFC 8098, 3.2.6)."""
    for part in parts:
        if part.get_content_type() != "message/disposition-notification":
            continue
        for block in _blocks(part):
            disposition = block.get("disposition", "")
            if disposition:
                recipient = _address(block.get("original-recipient") or block.get("final-recipient", ""))
                word = disposition.rpartition(";")[2].strip().lower().split("/")[0]
                yield Report(None, None, Verdict.ARRIVED, code_of(word.upper()), Basis.MDN, None, recipient)


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a report, each by its names in small letters."""
    payload = part.get_payload()
    groups = payload if isinstance(payload, list) else [message_from_bytes(_text(part).encode())]
    for group in groups:
        if isinstance(group, Message) and group.keys():
            yield {name.lower(): " ".join(str(value).split()) for name, value in group.items()}


def _text(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(each.as_string() for each in payload if isinstance(each, Message))
    decoded = part.get_payload(decode=True)
    return decoded.decode(errors="replace") if isinstance(decoded, bytes) else str(payload)


def _address(field: str) -> str | None:
    """The mailbox of `rfc822; a@b.example`, in small letters."""
    text = field.rpartition(";")[2].strip().strip("<>").lower()
    return text or None


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
