"""Reports of providers over HTTP: who may post them, and what each does to the delivery that it names, and to no
other."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from common.door.uow import view
from notification.domain import delivering
from notification.domain.channels import Address, Channel
from notification.domain.delivery import Delivery, State
from notification.store import deliveries
from tests.notification.outbound import taken, work
from tests.notification.providers import SECRETS, Outside, outside
from tests.snapshots import Snapshots
from tests.world import World

NUMBER = "1380000"


@pytest.fixture(scope="module")
async def world(snapshots: Snapshots) -> AsyncIterator[World]:
    async with snapshots.world() as made:
        yield made


@pytest.fixture
async def out(world: World) -> AsyncIterator[Outside]:
    async with outside(world) as made:
        yield made


async def posted(out: Outside, body: Any, *, provider: str = "sms", secret: str | None = None) -> Any:
    """The answer to reports that the provider posts, signed with its secret or another."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    key = SECRETS[f"{provider}.secret"] if secret is None else secret
    headers = {"x-signature": hmac.new(key.encode(), content, "sha256").hexdigest()}
    return await out.world.http.post(f"/v1/provider-callbacks/{provider}", content=content, headers=headers)


def report(delivery: Delivery, code: str, **more: str) -> dict[str, Any]:
    return {"reports": [{"out_id": delivery.id, "biz_id": delivery.reference, "err_code": code, **more}]}


async def submitted(out: Outside, ending: str = "0010", **more: Any) -> Delivery:
    """A delivery that the provider took and about which it will say nothing by itself."""
    message = await out.outbound.message()
    await out.outbound.send(message, address=NUMBER + ending, **more)
    await out.dispatch()
    (delivery,) = await out.outbound.of(message)
    assert delivery.state is State.SUBMITTED
    return delivery


async def state_of(out: Outside, delivery: Delivery) -> State:
    async with view(out.outbound.runtime.db, work()) as v:
        return (await deliveries.get(v, delivery.id)).state


async def test_a_report_counts_only_from_the_provider_itself(out: Outside) -> None:
    delivery = await submitted(out)
    body = report(delivery, "DELIVRD")

    forged = await posted(out, body, secret="another")
    unsigned = await out.world.http.post("/v1/provider-callbacks/sms", json=body)
    unknown = await out.world.http.post("/v1/provider-callbacks/nobody", json=body)
    out.roster.providers["sms"].reports.networks[:] = ["203.0.113.0/24"]  # type: ignore[union-attr]
    elsewhere = await posted(out, body)
    out.roster.providers["sms"].reports.networks[:] = ["127.0.0.0/8"]  # type: ignore[union-attr]
    await out.job("reports")

    refused = [forged, unsigned, unknown, elsewhere]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {
        (401, "NOTI_CALLBACK_REFUSED")
    }
    assert await state_of(out, delivery) is State.SUBMITTED
    taken = await posted(out, body)
    assert (taken.status_code, taken.json()) == (200, {"code": 0})
    async with out.world.database("notification") as db:
        kept = await db.fetchval("SELECT body FROM provider_callbacks")
    assert delivery.id.encode() not in kept  # sealed, as it came
    await out.job("reports")
    assert await state_of(out, delivery) is State.ARRIVED


async def test_accepted_is_not_delivered(out: Outside) -> None:
    """Peers counted the provider's 2xx, or its report that it accepted an order, as delivery."""
    delivery = await submitted(out)

    await posted(out, report(delivery, "WAITING"))
    await posted(out, report(delivery, "SOMETHING_NEW"))
    await out.job("reports")

    assert await state_of(out, delivery) is State.SUBMITTED
    assert (await out.outbound.message_row_of(delivery))["state"] == "CREATED"


async def test_accepted_and_later_denied_counts_as_not_reached(out: Outside) -> None:
    """Peers kept the first good news, and never looked at what came after it."""
    delivery = await submitted(out)

    await posted(out, report(delivery, "DELIVRD"))
    await out.job("reports")
    assert await state_of(out, delivery) is State.ARRIVED
    await posted(out, report(delivery, "UNDELIV"))
    await out.job("reports")

    assert await state_of(out, delivery) is State.UNDELIVERED_PERMANENT
    types = await out.world.record_types("notification", delivery.id.stream)
    assert types[-2:] == ["delivery.arrived", "delivery.undelivered"]
    assert (await out.outbound.message_row_of(delivery))["failure"] == "NOTI_NOBODY_REACHED"
    told = await out.world.record_types("notification", delivery.message_id.stream)
    assert told == ["message.created", "message.delivered", "message.arrival_denied", "message.failed"]


async def test_a_denied_arrival_goes_on_to_the_next_address_and_that_tells(out: Outside) -> None:
    delivery = await submitted(out, others=[Address(Channel.FAX, "025-9")])
    for code in ("DELIVRD", "UNDELIV"):
        await posted(out, report(delivery, code))
        await out.job("reports")
    assert (await out.outbound.message_row_of(delivery))["state"] == "CREATED"

    await out.dispatch()
    await posted(out, {"reports": out.channels.reports}, provider="fax")
    await out.job("reports")

    assert (await out.outbound.message_row_of(delivery))["state"] == "DELIVERED"


async def test_what_said_only_that_a_document_waits_has_told_nobody(out: Outside) -> None:
    delivery = await submitted(out, level=3, others=[Address(Channel.FAX, "025-8")])
    assert delivery.is_bare

    await posted(out, report(delivery, "DELIVRD"))
    await out.job("reports")

    bare, whole = await out.outbound.of_id(delivery.message_id)
    assert (bare.state, bare.is_bare, whole.channel) == (State.ARRIVED, True, Channel.FAX)
    assert (await out.outbound.message_row_of(delivery))["state"] == "CREATED"


async def test_the_first_providers_late_arrival_counts_after_another_took_over(out: Outside) -> None:
    message = await out.outbound.message()
    await out.outbound.send(message, address=NUMBER + "0005")
    await out.dispatch()
    (first,) = await out.outbound.of(message)
    assert (first.provider, first.state) == ("sms", State.UNDELIVERED_TEMPORARY)
    taken_over = await out.outbound.happens(
        first, lambda each, at: delivering.attempt(each, "sms-b", at=at), taken
    )
    assert (taken_over.provider, taken_over.state) == ("sms-b", State.SUBMITTED)

    await posted(out, report(first, "UNDELIV"))
    await out.job("reports")
    assert await state_of(out, first) is State.SUBMITTED
    await posted(out, report(first, "DELIVRD"))
    await out.job("reports")

    assert await state_of(out, first) is State.ARRIVED


async def test_late_and_repeated_reports_change_nothing_twice(out: Outside) -> None:
    repeated, late = await submitted(out, "0003", hours=2), await submitted(out, "0004", hours=2)
    for each in out.channels.reports:
        await posted(out, {"reports": [each]})
        await posted(out, {"reports": [each], "page": 2})  # another body with the same report
    await out.job("reports")
    out.world.clock.advance(hours=3)
    await out.dispatch()
    assert await state_of(out, late) is State.EXPIRED

    for each in out.channels.late:
        await posted(out, {"reports": [each]})
    await out.job("reports")

    assert await state_of(out, repeated) is State.ARRIVED
    assert await state_of(out, late) is State.ARRIVED_LATE
    types = await out.world.record_types("notification", repeated.id.stream)
    assert types.count("delivery.arrived") == 1
    assert (await out.outbound.message_row_of(late))["failure"] == "NOTI_NOBODY_REACHED"


async def test_one_name_of_the_provider_for_several_orders_moves_only_the_one_that_is_named(
    out: Outside,
) -> None:
    """A peer's provider gave several mails of one call one reference; one bounce made all of them fail."""
    one, other = await submitted(out), await submitted(out, "0020")
    both = [{"out_id": one.id, "biz_id": "00000042", "err_code": "UNDELIV"}]

    await posted(out, {"reports": both})
    await out.job("reports")

    # It names another order of the provider than the one that was given: a failure of that is none of this.
    assert [await state_of(out, each) for each in (one, other)] == [State.SUBMITTED] * 2
    both[0]["biz_id"] = str(one.reference)
    await posted(out, {"reports": both})
    await out.job("reports")
    assert [await state_of(out, each) for each in (one, other)] == [
        State.UNDELIVERED_PERMANENT,
        State.SUBMITTED,
    ]


async def test_a_name_that_a_provider_gave_to_several_orders_names_none_of_them(out: Outside) -> None:
    out.channels.one_name = "00009999"
    one, other = await submitted(out), await submitted(out, "0020")
    assert one.reference == other.reference == "00009999"

    await posted(out, {"reports": [{"biz_id": "00009999", "err_code": "UNDELIV"}]})
    await out.job("reports")
    assert [await state_of(out, each) for each in (one, other)] == [State.SUBMITTED] * 2

    await posted(out, report(other, "UNDELIV"))  # our own name of the order is there: it is that one
    await out.job("reports")
    assert [await state_of(out, each) for each in (one, other)] == [
        State.SUBMITTED,
        State.UNDELIVERED_PERMANENT,
    ]


async def test_a_report_that_overtakes_the_answer_is_read_again(out: Outside) -> None:
    """It names only the provider's own name of the order, which nobody here knows yet."""
    out.channels.one_name = "00000777"
    body = {"reports": [{"biz_id": "00000777", "err_code": "DELIVRD"}]}
    await posted(out, body)
    await out.job("reports")

    delivery = await submitted(out)
    assert delivery.reference == "00000777"
    out.world.clock.advance(minutes=1)
    await out.job("reports")

    assert await state_of(out, delivery) is State.ARRIVED


async def test_reports_of_one_provider_move_no_order_of_another(out: Outside) -> None:
    delivery = await submitted(out)
    fax = {"reports": [{"reference": delivery.id, "result": "VOICE"}]}

    await posted(out, fax, provider="fax")
    await out.job("reports")

    assert await state_of(out, delivery) is State.SUBMITTED


async def test_a_fax_has_arrived_when_the_machine_confirmed_the_pages(out: Outside) -> None:
    messages = [await out.outbound.message() for _ in range(2)]
    for message, number in zip(messages, ("025-5555", "025-0001"), strict=True):
        await out.outbound.send(message, Channel.FAX, number)
    await out.dispatch()

    await posted(out, {"reports": out.channels.reports}, provider="fax")
    await out.job("reports")

    (reached,), (unreached,) = [await out.outbound.of(message) for message in messages]
    assert (reached.state, reached.basis, reached.code) == (State.ARRIVED, "T30", "MCF")
    assert (unreached.state, unreached.code) == (State.UNDELIVERED_PERMANENT, "NO_CARRIER")
    assert (await out.outbound.message_row(messages[0]))["state"] == "DELIVERED"


async def test_what_providers_posted_is_destroyed_when_its_time_is_over(out: Outside) -> None:
    await posted(out, report(await submitted(out), "DELIVRD"))
    await out.job("reports")

    out.world.clock.advance(days=182)
    await out.job("forget-reports")

    async with out.world.database("notification") as db:
        assert await db.fetchval("SELECT count(*) FROM provider_callbacks") == 0


async def test_a_report_that_cannot_be_followed_stops_no_other(
    out: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    """The rule of the database that refuses the one stands for every fault that one body may meet."""
    bad, beside, after = [await submitted(out, ending) for ending in ("0050", "0051", "0052")]
    async with out.world.database("notification") as db:
        await db.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
        await db.execute(
            "CREATE TRIGGER refused BEFORE UPDATE ON deliveries FOR EACH ROW"
            f" WHEN (old.id = '{bad.id}') EXECUTE FUNCTION refuse()"
        )
    try:
        one_body = {"reports": [report(each, "DELIVRD")["reports"][0] for each in (bad, beside)]}
        await posted(out, one_body)
        await posted(out, report(after, "DELIVRD"))
        await out.job("reports")
        assert [await state_of(out, each) for each in (bad, beside, after)] == [
            State.SUBMITTED,
            State.ARRIVED,
            State.ARRIVED,
        ]
        for _ in range(12):
            out.world.clock.advance(hours=36)
            await out.job("reports")
        async with out.world.database("notification") as db:
            kept = await db.fetch("SELECT tries, next_at FROM provider_callbacks WHERE tries > 1")
        assert [tuple(row) for row in kept] == [(12, None)]
        assert "gave up the reports" in caplog.text
    finally:
        async with out.world.database("notification") as db:
            await db.execute("DROP TRIGGER refused ON deliveries; DROP FUNCTION refuse()")


async def test_a_second_end_of_one_delivery_sends_nothing_on_twice(out: Outside) -> None:
    """It expired and was sent on, arrived late, and was denied: the next address has its delivery already."""
    message = await out.outbound.message()
    await out.outbound.send(
        message, address=NUMBER + "0010", hours=2, others=[Address(Channel.SMS, NUMBER + "0053")]
    )
    await out.dispatch()
    out.world.clock.advance(hours=3)
    await out.dispatch()
    first, second = await out.outbound.of(message)
    assert (first.state, second.state) == (State.EXPIRED, State.ACCEPTED)

    for code in ("DELIVRD", "UNDELIV"):
        await posted(out, report(first, code))
        await out.job("reports")

    first, second = await out.outbound.of(message)
    assert (first.state, second.state) == (State.UNDELIVERED_PERMANENT, State.ACCEPTED)
