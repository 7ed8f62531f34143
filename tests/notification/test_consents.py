"""Consent to electronic service: signed by the party, read by case, taken back for the future (APL 61(2))."""

from __future__ import annotations

import asyncio
from typing import Any

from ledger.canonical import instant
from tests.world import Client, World

ORDER = {
    "documents": ["D-14", "D-20a"],
    "channel": "INBOX",
    "address": "portal account",
    "text_version": "ES-2025.1",
}


async def sign(party: Client, **change: Any) -> Any:
    response = await party.post("/v1/e-service-consents", json=ORDER | change)
    assert response.status_code == 201, response.text
    return response.json()


async def standing(client: Client, party: Client, world: World) -> Any:
    path = f"/v1/parties/{party.id}/e-service-consent"
    return await client.get(path, params={"at": instant(world.clock())})


async def test_a_party_reads_the_statement_before_signing(world: World) -> None:
    response = await world.person("PARTY").get("/v1/e-service-statement")

    statement = response.json()
    assert (response.status_code, statement["text_version"]) == (200, "ES-2025.1")
    assert statement["documents"] == [
        "D-03",
        "D-14",
        "D-18a",
        "D-20",
        "D-20a",
        "D-24",
        "D-27",
        "D-36",
        "D-36a",
    ]
    assert "纸质文书" in statement["text"]


async def test_a_signed_consent_stands_and_is_on_record_without_the_address(world: World) -> None:
    party = world.person("PARTY")

    signed = await sign(party)

    stands = (await standing(party, party, world)).json()
    assert [consent["consent_id"] for consent in stands["consents"]] == [signed["consent_id"]]
    async with world.database("notification") as db:
        note = await db.fetchval("SELECT note FROM outbox WHERE type = 'consent.signed'")
        disclosure = await db.fetchrow("SELECT stream, field, digest, sealed FROM disclosures")
    opened = world.runtimes["notification"].db.secrets.open_disclosure(*disclosure)
    assert b"portal account" not in bytes(note) + bytes(disclosure["sealed"])
    assert (disclosure["field"], opened.value) == ("address", "portal account")


async def test_a_repeat_with_the_same_key_signs_once(world: World) -> None:
    party = world.person("PARTY")

    answers = [await party.post("/v1/e-service-consents", json=ORDER, key="a" * 16) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert len((await standing(party, party, world)).json()["consents"]) == 1


async def test_a_consent_to_another_text_or_another_document_is_refused(world: World) -> None:
    party = world.person("PARTY")

    old = await party.post("/v1/e-service-consents", json=ORDER | {"text_version": "ES-2001.1"})
    other = await party.post("/v1/e-service-consents", json=ORDER | {"documents": ["D-28"]})

    assert (old.status_code, old.json()["code"]) == (422, "NOTI_STATEMENT_VERSION")
    assert (other.status_code, other.json()["article"]) == (422, "APL 61(2)")
    assert (await standing(party, party, world)).json()["consents"] == []


async def test_a_withdrawn_consent_stands_no_longer_but_stood_before(world: World) -> None:
    party = world.person("PARTY")
    signed = await sign(party)
    before = world.clock()

    response = await party.post(f"/v1/e-service-consents/{signed['consent_id']}/withdrawal")

    assert (response.status_code, response.json()["withdrawn_at"] is not None) == (201, True)
    assert (await standing(party, party, world)).json()["consents"] == []
    path = f"/v1/parties/{party.id}/e-service-consent"
    past = await party.get(path, params={"at": instant(before)})
    assert [consent["consent_id"] for consent in past.json()["consents"]] == [signed["consent_id"]]


async def test_of_eight_withdrawals_at_once_one_wins(world: World) -> None:
    party = world.person("PARTY")
    signed = await sign(party)
    path = f"/v1/e-service-consents/{signed['consent_id']}/withdrawal"

    answers = await asyncio.gather(*(party.post(path) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await world.record_types("notification") == ["consent.signed", "consent.withdrawn"]


async def test_an_officer_can_neither_sign_nor_withdraw_for_a_party(world: World) -> None:
    signed = await sign(world.person("PARTY"))
    officer = world.person("CASE_OFFICER")

    answers = [
        await officer.post("/v1/e-service-consents", json=ORDER),
        await officer.post(f"/v1/e-service-consents/{signed['consent_id']}/withdrawal"),
        await officer.get("/v1/inbox"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_a_party_cannot_see_the_consents_of_another(world: World) -> None:
    party = world.person("PARTY")
    unknown = party.id[:-4] + "0000"

    foreign = await party.get(
        f"/v1/parties/{unknown}/e-service-consent", params={"at": instant(world.clock())}
    )

    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")


async def test_a_consent_reaches_the_ledger_and_the_rows_follow_from_it(world: World) -> None:
    party = world.person("PARTY")
    signed = await sign(party)
    await party.post(f"/v1/e-service-consents/{signed['consent_id']}/withdrawal")

    await world.settle()

    async with world.database("notification") as db:
        placed = await db.fetchval("SELECT count(*) FROM receipts")
    assert placed == 2
