"""A fine is paid at the bank (APL 67, 72; NJ 16): by parts, confirmed by the file of the day, with its receipt."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from common.documents.qr import qr_rows
from common.values.law import NJ_16
from mz.demo.fakebank import DAY_PATH, FakeBank, day_file, payment_notice, receipt
from tests.case.story import Story
from tests.world import World

pytestmark = pytest.mark.begins("serve decision")


def unreceipted(notice: bytes) -> bytes:
    """The notice without the receipt that the finance department issues later."""
    return json.dumps({**json.loads(notice), "receipt": None}).encode()


async def noticed(story: Story, **changes: Any) -> bytes:
    payment = (await story.view())["payment"]
    order = {
        "reference": payment["reference"],
        "amount_fen": payment["fine_fen"],
        "paid_at": story.world.clock() - timedelta(minutes=5),
        "serial": "S1",
    }
    return payment_notice(**(order | changes))


async def settled_by(
    story: Story, notice: bytes, *, role: str = "FINANCE_CLERK", agency: int = 0, bank: FakeBank | None = None
) -> httpx.Response:
    """A person of the agency settles a difference by this notice of the bank."""
    signature = (bank or story.world.installation.d.bank()).sign(notice)
    order = {"notice": base64.b64encode(notice).decode(), "signature": signature}
    return await story.act(role, "payment-differences", order, agency=agency)


@pytest.mark.law(NJ_16)
async def test_NJ_16_2_a_decision_shows_how_to_pay_and_is_performed_after_reconciliation(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    party, reference = world.person("PARTY"), (await story.view())["payment"]["reference"]
    listed = (await party.get(f"{story.path}/documents")).json()["items"]
    (href,) = [document["href"] for document in listed if document["kind"] == "D-20a"]
    pdf = PdfReader(io.BytesIO((await party.get(href)).content))
    printed = "".join("".join(page.extract_text() for page in pdf.pages).split())
    content = json.loads(pdf.attachments["document.json"][0])
    world.clock.advance(hours=1)
    notice, stranger = await noticed(story), FakeBank.open(world.folder / "keys" / "stranger.pem")
    today = day_file((world.clock()).date(), notice)

    forged = await stranger.tell(world.http, today, DAY_PATH)
    told = await story.tell(notice)
    paid = await story.view()
    differing = json.loads(notice) | {"amount_fen": 9_999}
    wrong = [await story.reconcile(json.dumps(differing).encode()) for _ in range(2)][1]
    settled = [await story.reconcile(notice) for _ in range(2)]

    assert reference in printed
    assert (await story.view())["payment"]["surcharge_law"] == "APL 72"
    assert content["collection"]["qr"] == list(qr_rows(reference))
    assert len(content["collection"]["qr"]) >= 21
    assert (forged.status_code, forged.json()["code"]) == (401, "BANK_SIGNATURE_WRONG")
    assert told.status_code == 201
    assert (paid["state"], paid["payment"]["paid_fen"]) == ("PERFORMING", 10_000)
    assert [each["cause"] for each in wrong.json()["differences"]] == ["AMOUNT_DIFFERS"]
    assert [answer.json()["reconciled"] for answer in settled] == [1, 0]
    assert settled[1].json()["known"] == 1
    assert (await world.record_types("case")).count("case.payment.differed") == 1
    assert (await story.view())["state"] == "PERFORMING"  # nobody settled the difference
    correction = json.dumps(json.loads(notice) | {"receipt": None}).encode()
    assert (await settled_by(story, correction)).status_code == 201
    late = await story.reconcile(json.dumps(differing | {"amount_fen": 1}).encode())
    assert [each["cause"] for each in late.json()["differences"]] == ["AMOUNT_DIFFERS"]
    case = await story.view()
    assert (case["state"], case["payment"]["parts"][0]["reconciled_on"]) == (
        "PERFORMED",
        settled[0].json()["day"],
    )
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_16)
async def test_NJ_16_3_a_paid_case_is_not_closed_without_its_receipt(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(hours=1)
    notice = unreceipted(await noticed(story))
    await story.tell(notice)
    await story.reconcile(notice)
    order = receipt("S1") | {"serial": "S1"}

    bare = await story.propose_closure()
    partial = [
        await story.act("FINANCE_CLERK", "receipts", {k: v for k, v in order.items() if k != missing})
        for missing in ("receipt_no", "receipt_code", "verification_url")
    ]
    officer = await story.act("CASE_OFFICER", "receipts", order)
    foreign = await story.act("FINANCE_CLERK", "receipts", order, agency=1)
    entered = [await story.act("FINANCE_CLERK", "receipts", order) for _ in range(2)]
    proposed = await story.propose_closure()

    assert (bare.status_code, bare.json()["code"], bare.json()["article"]) == (
        409,
        "CASE_RECEIPT_MISSING",
        "NJ 16",
    )
    assert [answer.status_code for answer in partial] == [422] * 3
    assert (officer.status_code, foreign.status_code) == (403, 404)
    assert [answer.status_code for answer in entered] == [201, 409]
    shown = entered[0].json()["payment"]["parts"][0]["receipt"]
    assert shown == {
        "number": order["receipt_no"],
        "code": order["receipt_code"],
        "verification_url": order["verification_url"],
    }
    assert proposed.status_code == 201


async def test_a_fine_may_be_paid_in_parts_and_the_file_enters_what_no_notice_told(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(hours=1)
    first = await noticed(story, amount_fen=4_000, serial="S1")
    second = await noticed(story, amount_fen=6_000, serial="S2")
    nobody = payment_notice(reference="0" * 20, amount_fen=1, paid_at=world.clock(), serial="S3")

    told = await story.tell(first)
    after_first = await story.reconcile(first)
    state = (await story.view())["state"]
    after_second = await story.reconcile(first, second, nobody)
    crossed = await story.reconcile(json.dumps(json.loads(nobody) | {"serial": "S1"}).encode())

    delayed = [
        await story.tell(second),
        await story.tell(await noticed(story, amount_fen=5_999, serial="S2")),
    ]

    assert (told.status_code, told.json()["surcharge_fen"]) == (201, 0)
    assert [(each.status_code, each.json().get("code")) for each in delayed] == [
        (201, None),
        (409, "CASE_PAYMENT_SERIAL_REUSED"),
    ]
    assert (after_first.json()["reconciled"], state) == (1, "PERFORMING")
    answer = after_second.json()
    assert (answer["reconciled"], answer["known"]) == (1, 1)
    assert [each["cause"] for each in answer["differences"]] == ["UNKNOWN_REFERENCE"]
    assert [each["cause"] for each in crossed.json()["differences"]] == ["REFERENCE_DIFFERS"]
    case = await story.view()
    assert (case["state"], case["payment"]["paid_fen"]) == ("PERFORMED", 10_000)
    assert [part["serial"] for part in case["payment"]["parts"]] == ["S1", "S2"]
    await world.settle()
    assert (await world.fsck()).clean


async def test_a_difference_is_settled_by_the_banks_corrected_notice_alone(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(hours=1)
    notice = await noticed(story)
    less, nothing = (json.dumps(json.loads(notice) | {"amount_fen": fen}).encode() for fen in (9_000, 8_999))
    await story.tell(notice)
    await story.reconcile(less)
    disputed = (await story.view())["payment"]["parts"][0]
    stranger = FakeBank.open(world.folder / "keys" / "stranger.pem")

    forged = await settled_by(story, less, bank=stranger)
    officer = await settled_by(story, less, role="CASE_OFFICER")
    foreign = await settled_by(story, less, agency=1)
    unnamed = await settled_by(story, nothing)
    racing = await asyncio.gather(*(settled_by(story, less) for _ in range(4)))
    part = (await story.view())["payment"]["parts"][0]
    again = await story.tell(less)
    rest = await noticed(story, serial="S2", amount_fen=1_000)
    await story.reconcile(rest)

    assert (disputed["amount_fen"], disputed["filed_fen"], disputed["is_in_dispute"]) == (10_000, 9_000, True)
    assert (forged.status_code, officer.status_code, foreign.status_code) == (401, 403, 404)
    assert (unnamed.status_code, unnamed.json()["code"]) == (409, "CASE_DIFFERENCE_UNPROVEN")
    assert sorted(answer.status_code for answer in racing) == [201, 409, 409, 409]
    assert (part["amount_fen"], part["is_in_dispute"]) == (9_000, False)
    assert part["reconciled_on"] is not None
    assert again.status_code == 201
    assert (await story.view())["state"] == "PERFORMED"
    await world.settle()
    assert (await world.fsck()).clean


async def test_a_receipt_that_a_late_notice_brings_is_entered_by_itself(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    world.clock.advance(hours=1)
    notice = await noticed(story)
    await story.tell(unreceipted(notice))
    before = (await story.view())["payment"]["has_receipt"]

    told = [await story.tell(notice) for _ in range(2)]
    other = json.dumps(json.loads(notice) | {"receipt": receipt("S9")}).encode()
    changed = await story.tell(other)

    assert [answer.status_code for answer in told] == [201, 201]
    assert (before, (await story.view())["payment"]["has_receipt"]) == (False, True)
    assert (changed.status_code, changed.json()["code"]) == (409, "CASE_PAYMENT_SERIAL_REUSED")
    assert (await world.record_types("case")).count("case.receipt.entered") == 1
