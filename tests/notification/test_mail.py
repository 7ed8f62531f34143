"""E-mail against a real mail server, and the reports that come back as mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from common.door.uow import view
from notification.domain.channels import Channel
from notification.domain.delivery import Basis, Delivery, State
from notification.store import attempts
from notification.store.deliveries import Sending
from tests.fakes.mail import MailSink, a_mail_sink, status_mail
from tests.notification.outbound import DOCUMENT, work
from tests.notification.providers import Outside, outside
from tests.notification.test_callbacks import posted
from tests.snapshots import Snapshots
from tests.world import World

RELAY = """
[[provider]]
name = "mail"
channel = "EMAIL"
level = 3
[provider.smtp]
host = "127.0.0.1"
port = {port}
tls = "NONE"
is_final = {is_final}
sender = "notice@city.example"
bounces = "bounce+{{reference}}@city.example"
domain = "city.example"
deadline_s = 4.0
[provider.reports]
secret = "mail.secret"
networks = ["127.0.0.0/8"]
code = "-"
[provider.reports.codes]
"""
OWN = 'true\ndomains = ["Mail.example"]'


@pytest.fixture(scope="module")
async def world(snapshots: Snapshots) -> AsyncIterator[World]:
    async with snapshots.world() as made:
        yield made


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with a_mail_sink() as made:
        yield made


@pytest.fixture
async def out(world: World, sink: MailSink) -> AsyncIterator[Outside]:
    async with outside(world, more=RELAY.format(port=sink.port, is_final="false")) as made:
        yield made


async def mailed(out: Outside, *addresses: str, **more: Any) -> list[Delivery]:
    """A message by mail to each address, after one pass of the worker."""
    messages = [await out.outbound.message() for _ in addresses]
    for message, address in zip(messages, addresses, strict=True):
        await out.outbound.send(message, Channel.EMAIL, address, **more)
    await out.dispatch()
    return [(await out.outbound.of(message))[0] for message in messages]


async def now(out: Outside, delivery: Delivery) -> Delivery:
    (found,) = [each for each in await out.outbound.of_id(delivery.message_id) if each.id == delivery.id]
    return found


async def test_each_reply_of_a_mail_server_has_its_meaning(out: Outside, sink: MailSink) -> None:
    expected = {
        "party@mail.example": (State.SUBMITTED, "2.0.0"),
        "bounce@mail.example": (State.UNDELIVERED_PERMANENT, "5.1.1"),
        "defer@mail.example": (State.UNDELIVERED_TEMPORARY, "4.3.0"),
        "full@mail.example": (State.UNDELIVERED_TEMPORARY, "5.2.2"),
        "spam@mail.example": (State.REJECTED, "5.7.1"),
        "cut@mail.example": (State.UNKNOWN, "CRASHED"),
        "slow@mail.example": (State.UNKNOWN, "CRASHED"),
        "no mailbox\r\nBcc: x@y.example": (State.UNDELIVERED_PERMANENT, "NO_MAILBOX"),
    }

    found = await mailed(out, *expected)

    assert [(each.state, each.code) for each in found] == list(expected.values())
    # Each mail has one recipient, a Message-ID and a way back of its own.
    names = [str(mail["Message-ID"]) for _, mail in sink.mails]
    assert len(set(names)) == len(names) == 3
    assert [len(envelope.rcpt_tos) for envelope, _ in sink.mails] == [1] * len(names)
    ((envelope, mail),) = [each for each in sink.mails if each[0].rcpt_tos == ["party@mail.example"]]
    assert mail["Message-ID"] == f"<{found[0].id}@city.example>"
    assert envelope.mail_from == f"bounce+{found[0].id}@city.example"
    assert any(f"ENVID={found[0].id}" in each for each in sink.params)
    assert any("NOTIFY=SUCCESS,FAILURE,DELAY" in each for each in sink.params)
    async with view(out.outbound.runtime.db, work()) as v:
        said = await attempts.find_transcript(v, found[0], 1)
    assert said is not None
    assert said.splitlines()[0].startswith("CONNECT 127.0.0.1 [127.0.0.1]")
    assert "queued as Q0000" in said


async def test_what_a_crash_left_open_is_not_mailed_twice_if_it_serves(out: Outside, sink: MailSink) -> None:
    """A mail server tells nothing afterwards, so the mail waits for its report until its end."""
    await out.outbound.consent()
    message = await out.outbound.message("D-14", party=out.world.person("PARTY").id)
    notice = await out.outbound.message()
    await out.outbound.send(message, Channel.EMAIL, "cut@mail.example", hours=2)
    await out.outbound.send(notice, Channel.EMAIL, "cut@mail.example", may_come_twice=True)

    for _ in range(4):
        await out.dispatch()
        out.world.clock.advance(minutes=6)

    (serving,), (informing,) = await out.outbound.of(message), await out.outbound.of(notice)
    assert (serving.state, serving.attempts) == (State.UNKNOWN, 1)
    assert informing.attempts > 1
    out.world.clock.advance(hours=2)
    await out.dispatch()
    assert (await out.outbound.of(message))[0].state is State.EXPIRED
    (informing,) = await out.outbound.of(notice)
    assert sink.rcpts.count("cut@mail.example") == 1 + informing.attempts


async def test_the_recipients_own_server_says_that_it_arrived(world: World, sink: MailSink) -> None:
    words = Sending("", "告知书", "请查收附件。", attachment_sha256=None)
    async with outside(world, more=RELAY.format(port=sink.port, is_final=OWN)) as out:
        message = await out.outbound.message()
        words = Sending("", "告知书", "请查收附件。", attachment_sha256=message.document_sha256)
        await out.outbound.send(message, Channel.EMAIL, "party@mail.example", sending=words)
        await out.dispatch()

        (delivery,) = await out.outbound.of(message)

    assert (delivery.state, delivery.basis) == (State.ARRIVED, Basis.RECIPIENT_MX)
    (_, mail) = sink.mails[0]
    (attachment,) = mail.iter_attachments()
    assert attachment.get_payload(decode=True) == DOCUMENT
    assert mail["Subject"] == "告知书"
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_a_report_names_its_mail_by_envelope_by_envelope_id_or_by_the_mail_that_it_returns(
    out: Outside,
) -> None:
    one, two, three = await mailed(out, "a@mail.example", "b@mail.example", "c@mail.example")
    good, bad = {"Action": "delivered", "Status": "2.0.0"}, {"Action": "failed", "Status": "5.1.1"}
    reports = [
        status_mail(
            to=f"bounce+{one.id}@city.example",
            blocks=[{"Reporting-MTA": "dns;mx"}, {"Final-Recipient": "rfc822;a@mail.example", **good}],
        ),
        status_mail(
            to="bounce@city.example",
            blocks=[{"Original-Envelope-Id": two.id}, {"Final-Recipient": "rfc822; B@mail.example", **good}],
        ),
        status_mail(
            to="bounce@city.example",
            blocks=[{"Reporting-MTA": "dns;mx"}, {"Final-Recipient": "rfc822;c@mail.example", **bad}],
            about=f"<{three.id}@city.example>",
        ),
    ]  # fmt: skip

    for report in reports:
        assert (await posted(out, report, provider="mail")).status_code == 200
    await out.job("reports")

    states = [await now(out, each) for each in (one, two, three)]
    assert [(each.state, each.basis) for each in states] == [
        (State.ARRIVED, Basis.DSN),
        (State.ARRIVED, Basis.DSN),
        (State.UNDELIVERED_PERMANENT, None),
    ]


async def test_a_copys_receipt_does_not_overwrite_a_bounce(out: Outside) -> None:
    """A peer took the good report about the recipient of a copy for one about the addressee, whose mail had bounced."""
    (delivery,) = await mailed(out, "party@mail.example")
    to = f"bounce+{delivery.id}@city.example"
    copy = {"Final-Recipient": "rfc822;archive@city.example", "Action": "delivered", "Status": "2.0.0"}
    own = {"Original-Recipient": "rfc822;party@mail.example", "Action": "failed", "Status": "5.1.1"}

    await posted(out, status_mail(to=to, blocks=[{"Reporting-MTA": "dns;mx"}, own, copy]), provider="mail")
    await out.job("reports")

    assert (await now(out, delivery)).state is State.UNDELIVERED_PERMANENT
    await posted(out, status_mail(to=to, blocks=[{"X": "late"}, copy]), provider="mail")
    await out.job("reports")
    assert (await now(out, delivery)).state is State.UNDELIVERED_PERMANENT


async def test_a_mail_that_was_opened_has_arrived_and_the_message_is_told_so(out: Outside) -> None:
    """A peer's provider reported only that a mail was opened; it was noted and passed on to nobody."""
    (delivery,) = await mailed(out, "party@mail.example")
    blocks = [
        {
            "Final-Recipient": "rfc822;party@mail.example",
            "Original-Message-ID": f"<{delivery.id}@city.example>",
            "Disposition": "manual-action/MDN-sent-manually; displayed",
        }
    ]

    mdn = status_mail(to="notice@city.example", blocks=blocks, kind="disposition-notification")
    await posted(out, mdn, provider="mail")
    await out.job("reports")

    found = await now(out, delivery)
    assert (found.state, found.basis, found.code) == (State.ARRIVED, Basis.MDN, "DISPLAYED")
    assert (await out.outbound.message_row_of(delivery))["state"] == "DELIVERED"


async def test_a_delay_is_no_failure_and_a_server_that_gave_up_for_now_is_tried_again(out: Outside) -> None:
    delayed, gave_up = await mailed(out, "a@mail.example", "b@mail.example")
    for delivery, action, status in ((delayed, "delayed", "4.4.1"), (gave_up, "failed", "4.4.7")):
        block = {"Final-Recipient": f"rfc822;{'a' if delivery is delayed else 'b'}@mail.example"}
        block |= {"Action": action, "Status": status}
        report = status_mail(to=f"bounce+{delivery.id}@city.example", blocks=[{"R": "x"}, block])
        await posted(out, report, provider="mail")
    await out.job("reports")

    assert (await now(out, delayed)).state is State.SUBMITTED
    assert (await now(out, gave_up)).state is State.UNDELIVERED_TEMPORARY


async def test_a_mail_that_is_no_report_changes_nothing(out: Outside) -> None:
    (delivery,) = await mailed(out, "party@mail.example")
    away = f"To: bounce+{delivery.id}@city.example\r\nSubject: I am away\r\n\r\nback on Monday\r\n".encode()

    assert (await posted(out, away, provider="mail")).status_code == 200
    assert (await posted(out, b"\xff\x00 not even a mail", provider="mail")).status_code == 200
    await out.job("reports")

    assert (await now(out, delivery)).state is State.SUBMITTED


async def test_a_copys_receipt_does_not_hide_the_same_report_about_the_addressee(out: Outside) -> None:
    (delivery,) = await mailed(out, "party@mail.example")
    to = f"bounce+{delivery.id}@city.example"
    delivered = {"Action": "delivered", "Status": "2.0.0"}
    for recipient in ("archive@city.example", "party@mail.example"):
        block = {"Final-Recipient": f"rfc822;{recipient}", **delivered}
        await posted(out, status_mail(to=to, blocks=[{"Reporting-MTA": "dns;mx"}, block]), provider="mail")
    await out.job("reports")

    assert (await now(out, delivery)).state is State.ARRIVED


async def test_a_recipients_own_server_gets_no_mail_for_another_domain(world: World, sink: MailSink) -> None:
    """Its 250 for a foreign address is the word of a relay: it would have served a party that got nothing."""
    async with outside(world, more=RELAY.format(port=sink.port, is_final=OWN)) as out:
        message = await out.outbound.message()
        await out.outbound.send(message, Channel.EMAIL, "party@other.example")
        await out.dispatch()

        (delivery,) = await out.outbound.of(message)
    assert (delivery.state, delivery.code, sink.mails) == (State.HELD, "NO_PROVIDER", [])
