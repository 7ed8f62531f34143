"""The words of messages: an agency drafts, two persons of its legal office approve, some things are refused."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from notification.domain.templates import CLASSES, Language
from tests.world import Client, World

PROMPT: Final = {
    "code": "N-01",
    "title": "涉嫌违法行为提示",
    "text": "{agency}提示:{time}在{place}涉嫌{act}。请{correction},至{deadline}止。查询码{query_code},电话{phone}。"
    "本提示不收取任何费用。",
}
PATH: Final = "/v1/templates"


async def drafted(author: Client, **change: Any) -> Any:
    response = await author.post(PATH, json=PROMPT | change)
    assert response.status_code == 201, response.text
    return response.json()


async def test_words_are_in_force_after_two_persons_approved_who_did_not_write_them(world: World) -> None:
    lead, first, second = _people(world)
    template = await drafted(first)
    path = f"{PATH}/{template['template_id']}"

    by_the_author = await first.post(f"{path}/approvals", json={})
    by_a_lead = await lead.post(f"{path}/approvals", json={})
    answers = await asyncio.gather(*(second.post(f"{path}/approvals", json={}) for _ in range(8)))
    shown = (await lead.get(path)).json()

    assert (template["version"], template["state"]) == (1, "DRAFT")
    assert (by_the_author.status_code, by_the_author.json()["code"]) == (409, "NOTI_TEMPLATE_SECOND_PERSON")
    assert by_a_lead.status_code == 403
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (shown["state"], shown["approved_by"]) == ("DRAFT", [second.id])

    again = await drafted(lead, text=PROMPT["text"].replace("提示:", "告知:"))
    approvals = [
        await person.post(f"{PATH}/{again['template_id']}/approvals", json={}) for person in (first, second)
    ]
    withdrawn = await asyncio.gather(
        *(lead.post(f"{PATH}/{again['template_id']}/withdrawal", json={}) for _ in range(8))
    )
    stranger = await world.person("TEAM_LEAD", 1).get(path)
    listed = (await lead.get(PATH, params={"code": "N-01"})).json()["items"]

    assert again["version"] == 2
    assert [answer.json()["state"] for answer in approvals] == ["DRAFT", "IN_FORCE"]
    assert sorted(answer.status_code for answer in withdrawn) == [201] + [409] * 7
    assert stranger.status_code == 404
    assert [each["state"] for each in listed] == ["DRAFT", "WITHDRAWN"]
    types = await world.record_types("notification", "template/%")
    assert types.count("template.approved") == 3


async def test_words_that_their_class_may_not_say_are_refused_at_draft_and_in_a_preview(world: World) -> None:
    lead, *_ = _people(world)
    template = await drafted(lead)

    refused = [
        (await lead.post(PATH, json=PROMPT | {"text": text})).json()
        for text in (
            PROMPT["text"].replace("{place}", "路上"),
            PROMPT["text"] + "应缴费200元,详见附件。",
            PROMPT["text"] + "{sum}",
            PROMPT["text"].replace("涉嫌", "构成违法:"),
        )
    ]
    english = await lead.post(PATH, json=PROMPT | {"language": "en", "text": PROMPT["text"]})
    preview = await lead.post(f"{PATH}/{template['template_id']}/previews", json={})
    smuggled = [
        await lead.post(f"{PATH}/{template['template_id']}/previews", json={"values": values})
        for values in ({"correction": "请扫码缴款"}, {"place": "长" * 300}, {"phone": " ", "place": ""})
    ]

    assert [each["code"] for each in refused] == [
        "NOTI_VARIABLE_MISSING",
        "NOTI_CONTENT_FORBIDDEN",
        "NOTI_TEMPLATE_VARIABLES",
        "NOTI_CONTENT_FORBIDDEN",
    ]
    assert refused[0]["facts"]["missing"] == ["place"]
    assert refused[1]["facts"]["forbidden"] == ["AMOUNT", "WAY_TO_PAY", "ATTACHMENT"]
    assert english.json()["code"] == "NOTI_SUPPLEMENT"
    assert "在示范路1号门前涉嫌机动车违法停放人行道" in preview.json()["text"]
    assert preview.json()["segments"] == -(-preview.json()["characters"] // 67)
    assert [answer.json()["code"] for answer in smuggled] == [
        "NOTI_CONTENT_FORBIDDEN",
        "NOTI_CONTENT_FORBIDDEN",
        "NOTI_VARIABLE_MISSING",
    ]
    assert smuggled[2].json()["facts"]["missing"] == ["phone", "place"]


async def test_every_class_ships_with_words_in_two_languages(world: World) -> None:
    lead, *_ = _people(world)

    listed = (await lead.get("/v1/message-classes")).json()["items"]

    numbered = [f"N-{n:02}" for n in range(1, 20)]
    assert [each["code"] for each in listed] == [
        *numbered[:9],
        "N-09A",
        "N-09B",
        "N-09C",
        "N-09D",
        "N-09E",
        "N-09F",
        *numbered[9:],
    ]
    assert all("The Chinese text prevails." in each["text_en"] for each in listed)
    assert {each["code"] for each in listed if each["kind"] == "SERVICE"} == {
        "N-06", "N-08", "N-09", "N-09A", "N-09B", "N-09C", "N-09D", "N-09E", "N-09F",
        "N-12", "N-13", "N-15", "N-16", "N-17",
    }  # fmt: skip
    assert CLASSES["N-01"].templates[Language.ZH].text == listed[0]["text"]


def _people(world: World) -> tuple[Client, Client, Client]:
    """A team lead, and the two persons of the legal office."""
    legal = [world.person("CASE_LEGAL_REVIEWER", 0, nth) for nth in range(2)]
    return world.person("TEAM_LEAD"), legal[0], legal[1]
