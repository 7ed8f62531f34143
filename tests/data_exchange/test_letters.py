"""The letters between agencies (D-37): made with their act, numbered without a gap, read by both sides."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from common.documents.series import take
from common.door.uow import change
from common.policy import Action, authorize, service_actor
from common.values.clock import BEIJING
from common.values.errors import Refusal
from common.values.ids import ExchangeId
from data_exchange.documents.drafts import Draft
from data_exchange.domain.letters import Letter, LetterKind
from data_exchange.store.letters import table
from ledger.entry import body_of
from tests.data_exchange.given import ASKED, ASKING, a_request, act, assistance, letters_of, officer, text_of
from tests.world import World


async def test_a_request_and_its_answers_are_letters_that_both_sides_read(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "deliverables", {"text": "已有两页", "is_whole": False})
    await act(world, ASKED, exchange, "deliverables", {"text": "记录共三页", "is_whole": True})

    letters = await letters_of(world, exchange, ASKED)

    assert [letter["number"] for letter in letters] == [
        "示城执协〔2025〕第1号",
        "示交执复〔2025〕第1号",
        "示交执复〔2025〕第2号",
    ]
    request = await text_of(world, exchange, 1, ASKED)
    assert all(
        words in request
        for words in (
            "协助函",
            "示范市交通执法支队",
            "《中华人民共和国行政处罚法》第二十六条",
            "2025年3月10日",
        )
    )
    reply = await text_of(world, exchange, 3)
    assert all(words in reply for words in ("复函", "记录共三页", exchange["number"]))
    unknown = await officer(world, ASKING).get(f"/v1/exchanges/{exchange['exchange_id']}/letters/4")
    assert unknown.status_code == 404
    # Both readings are on record, with the agency that read.
    query = "SELECT note FROM outbox WHERE type = 'exchange.disclosed' ORDER BY seq"
    async with world.database("data-exchange") as connection:
        readings = [body_of(bytes(row["note"]))["data"] for row in await connection.fetch(query)]
    assert [(reading["what"], reading["by_agency_id"], reading["sha256"]) for reading in readings] == [
        ("LETTER", world.agencies[ASKED], letters[0]["sha256"]),
        ("LETTER", world.agencies[ASKING], letters[2]["sha256"]),
    ]
    assert (await world.fsck()).clean


async def test_a_refusal_is_a_letter_with_its_grounds(world: World) -> None:
    exchange = await a_request(world)
    competent = {"code": "R1", "competent_agency_id": world.demo.agencies[3]["id"]}

    await act(world, ASKED, exchange, "refusal", {"reason": "停车管理不由本机关负责"} | competent)

    reply = await text_of(world, exchange, 2)
    assert all(
        words in reply
        for words in ("不予协助", "不属于本机关职权范围", "停车管理不由本机关负责", "示范市公安局")
    )


async def test_the_number_of_a_letter_that_is_void_is_not_given_again(world: World) -> None:
    first = await a_request(world)
    await act(world, ASKING, first, "withdrawal", {"reason": "已自行查明"})
    second = await a_request(world)
    await act(world, ASKED, second, "acknowledgement")
    await act(world, ASKING, second, "withdrawal", {"reason": "已自行查明"})

    void, standing = (await letters_of(world, first))[0], (await letters_of(world, second))[0]

    assert (void["number"], void["voided_at"] is not None) == ("示城执协〔2025〕第1号", True)
    assert (standing["number"], standing["voided_at"]) == ("示城执协〔2025〕第2号", None)


async def test_eight_requests_at_once_bear_eight_numbers_without_a_gap(world: World) -> None:
    answers = await asyncio.gather(
        *(
            officer(world, ASKING).post("/v1/assistance-requests", json=assistance(world, subject=f"事项{n}"))
            for n in range(8)
        )
    )

    assert [answer.status_code for answer in answers] == [201] * 8
    letters = [await letters_of(world, answer.json()) for answer in answers]
    numbers = {letter["number"] for made in letters for letter in made}
    assert numbers == {f"示城执协〔2025〕第{n}号" for n in range(1, 9)}


async def test_an_act_that_is_refused_takes_no_number(world: World) -> None:
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "refusal", {"code": "R2", "reason": "法律不允许"})  # names no law
    await act(world, ASKED, exchange, "acceptance", {"note": "这个字印不出来:\U00020bb7"})

    await act(world, ASKED, exchange, "acceptance", {"note": "三日内提供"})

    assert [letter["number"] for letter in await letters_of(world, exchange)] == [
        "示城执协〔2025〕第1号",
        "示交执复〔2025〕第1号",
    ]


async def test_a_number_that_another_process_took_is_refused(world: World) -> None:
    exchange = await a_request(world)
    made = (await letters_of(world, exchange))[0]
    series = f"{world.agencies[ASKING]}/REQUEST"
    db = world.runtimes["data-exchange"].db

    with pytest.raises(Refusal) as refusal:
        async with change(db, authorize(service_actor("data-exchange"), Action.EXCHANGE_WATCH)) as tx:
            await take(tx, table, series=series, year=2025, serial=1)

    assert (made["number"], refusal.value.code) == ("示城执协〔2025〕第1号", "DOC_NUMBER_TAKEN")


def test_a_letter_of_yesterday_is_not_sent_today() -> None:
    made_at = datetime(2025, 3, 3, 23, 59, tzinfo=BEIJING)
    letter = Letter(LetterKind.REPLY, "s", 2025, 1, "复〔2025〕第1号", "D-37/REPLY@1", "0" * 64, made_at)
    draft = Draft(ExchangeId.new(made_at), 0, letter)

    with pytest.raises(Refusal) as refusal:
        draft.of_today(made_at + timedelta(minutes=1))

    assert draft.of_today(made_at) is letter
    assert refusal.value.code == "DX_CHANGED_MEANWHILE"
