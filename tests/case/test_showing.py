"""What a party sees of the evidence: covered pictures, the dossier of the device, each look on record (APL 41(3))."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from PIL import Image

from common.values.law import APL_41_1, APL_41_3, NJ_17, PIPL_6
from mz.demo.picture import SIZE
from tests.case.story import OPENED, Story
from tests.gateway.test_party_sessions import TAIL, code_of, enter, prompted
from tests.phone import Phone
from tests.world import World

REVIEW = {"x-purpose-of-use": "REVIEW"}
COVER = (58, 62, 66)
BOX = {"left": 620, "top": 380, "right": 1220, "bottom": 740}
LINE = {"left": 0, "top": 0, "right": 1920, "bottom": 64}
"""The line that the device burnt into its picture: time, place and violation."""


def seen(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def is_covered(image: Image.Image, at: tuple[int, int]) -> bool:
    pixel = image.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 3 for one, other in zip(pixel, COVER, strict=True))


async def hrefs(story: Story, who: Any) -> list[str]:
    page = (await who.get(f"{story.path}/pictures")).json()
    return [picture["href"] for item in page["items"] for picture in item["pictures"]]


@pytest.mark.law(APL_41_3, PIPL_6, NJ_17)
@pytest.mark.begins(OPENED)
async def test_the_party_sees_its_vehicle_and_nothing_beside_it_until_a_reviewer_opens_more(
    world: World,
) -> None:
    story, phone = await prompted(world), Phone(world)
    assert (await enter(phone, await code_of(world, story), TAIL)).status_code == 201
    first, second = await hrefs(story, phone)
    capture = f"/v1/captures/{story.evidence_id}"
    reviewer, strange = world.person("EVIDENCE_REVIEWER"), world.person("EVIDENCE_REVIEWER", agency=1)
    original = await reviewer.get(f"{capture}/images/1", headers=REVIEW)

    before = await phone.get(first)
    whole = await phone.get(second)
    order = {"picture": 1, "boxes": [LINE], "reason": "画面文字载明时间、地点"}
    opened = await reviewer.post(f"{capture}/redactions", json=order)
    after, again = await phone.get(first), await phone.get(first)
    preview = await reviewer.get(f"{capture}/redactions/1")

    picture = seen(before.content)
    assert (before.status_code, before.headers["content-type"], picture.size) == (200, "image/jpeg", SIZE)
    assert before.headers["etag"] == f'"{hashlib.sha256(before.content).hexdigest()}"'
    assert not is_covered(picture, (900, 600))  # its own vehicle
    for at in ((10, 10), (612, 600), (1232, 600), (900, 372), (900, 748), (100, 300), (1900, 1070)):
        assert is_covered(picture, at), at
    assert all(
        is_covered(seen(whole.content), at) for at in ((900, 600), (10, 10))
    )  # no box was named in this one
    assert picture.getexif() == {}
    assert opened.json()["items"][0] == {
        "n": 1, "width": 1920, "height": 1080, "own": BOX, "opened": [LINE], "href": f"{capture}/redactions/1",
    }  # fmt: skip
    assert [not is_covered(seen(after.content), at) for at in ((30, 5), (900, 600), (100, 300))] == [
        True,
        True,
        False,
    ]
    assert after.content == again.content == preview.content != original.content
    record = await world.record_types("case", f"case/{story.case_id}")
    assert record.count("case.picture.shown") == 4
    evidence = await world.record_types("evidence", f"evidence/{story.evidence_id}")
    assert (evidence.count("evidence.redacted"), evidence.count("evidence.regions_opened")) == (3, 1)

    refusals = {
        "the original": (await phone.get(f"{capture}/images/1"), 403),
        "the party's address": (await phone.get(f"{capture}/party-images/1"), 403),
        "a stranger's address": (await reviewer.get(f"{capture}/party-images/1"), 403),
        "another party": (await world.person("PARTY").get(first), 404),
        "another agency": (await world.person("CASE_OFFICER", agency=1).get(first), 404),
        "the cashier": (await world.person("FINANCE_CLERK").get(first), 403),
        "a third picture": (await phone.get(first[:-1] + "3"), 404),
        "a capture of no case": (await phone.get(first.replace(story.evidence_id[-6:], "zzzzzz")), 404),
        "a reviewer elsewhere": (await strange.post(f"{capture}/redactions", json=order), 404),
        "who looked too": (
            await world.person("EVIDENCE_REVIEWER", nth=1).post(
                f"{capture}/redactions", json=order | {"picture": 2}
            ),
            201,
        ),
        "an officer of the case": (await world.person("CASE_OFFICER").get(f"{capture}/redactions"), 403),
    }
    assert {who: answer.status_code for who, (answer, _) in refusals.items()} == {
        who: status for who, (_, status) in refusals.items()
    }
    assert (await world.person("CASE_OFFICER").get(first)).content == after.content
    outside = order | {"boxes": [LINE | {"right": 1921}, {"left": 5, "top": 5, "right": 5, "bottom": 9}]}
    wrong = await reviewer.post(f"{capture}/redactions", json=outside)
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/boxes/0", "/boxes/1"]
    # A region in the vehicle's own box opens nothing more: the copy has the bytes of the first one, and is found again.
    inside = order | {"boxes": [{"left": 700, "top": 400, "right": 800, "bottom": 500}]}
    assert (await reviewer.post(f"{capture}/redactions", json=inside)).status_code == 201
    looks = [await phone.get(first), await reviewer.get(f"{capture}/redactions/1"), await phone.get(first)]
    assert [look.content for look in looks] == [before.content] * 3
    closed = await reviewer.post(f"{capture}/redactions", json=order | {"boxes": []})
    assert closed.json()["items"][0]["opened"] == []
    assert (await phone.get(first)).content == before.content
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
async def test_eight_who_look_at_once_see_one_copy_and_leave_eight_records(world: World) -> None:
    story = await (await Story(world).opened()).walk("identify")
    party = world.person("PARTY")
    first = (await hrefs(story, party))[0]

    answers = await asyncio.gather(*(party.get(first) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    evidence = await world.record_types("evidence", f"evidence/{story.evidence_id}")
    assert evidence.count("evidence.redacted") == 1
    assert (await world.record_types("case", f"case/{story.case_id}")).count("case.picture.shown") == 8


@pytest.mark.law(APL_41_1, APL_41_3)
@pytest.mark.begins("file")
async def test_the_party_reads_the_papers_of_the_device_at_the_second_of_capture(world: World) -> None:
    story, party = await Story(world).opened(), world.person("PARTY")
    path = f"{story.path}/device-dossier"

    read = await party.get(path)
    refused = {
        "another agency": (await world.person("CASE_OFFICER", agency=1).get(path)).status_code,
        "the cashier": (await world.person("FINANCE_CLERK").get(path)).status_code,
        "nobody": (await world.anonymous.get(path)).status_code,
    }

    assert refused == {"another agency": 404, "the cashier": 403, "nobody": 401}
    page = read.json()
    assert page["power"]["listed"]
    item = page["items"][0]
    dossier = item["dossier"]
    assert (dossier["at"], dossier["state"], dossier["lawful"], dossier["codes"]) == (
        item["captured_at"], "ACTIVE", True, [],
    )  # fmt: skip
    assert [dossier[name]["result"] for name in ("legal_review", "technical_review")] == ["PASS", "PASS"]
    assert all(dossier[name] for name in ("sign_from", "publication", "standards"))
    assert [bool(function["bases"]) for function in dossier["functions"]] == [True] * len(
        dossier["functions"]
    )
    words = "".join(one["zh"] for one in item["sentences"])
    for said in ("设置依据", "法制审核于", "技术审核于", "现场标志自", "向社会公布", "可以用于取证"):
        assert said in words
    # Signed by the registry, and the signature is over these bytes.
    assert hashlib.sha256(item["note"].encode()).hexdigest() == item["sha256"]
    assert (
        json.loads(item["note"].split("\n\n")[0].splitlines()[-1])["device_id"]
        == item["dossier"]["device_id"]
    )
    # Nothing beyond what the law publishes and demands: no hands, no network, no exact place.
    text = json.dumps(page)
    assert not any(word in text for word in ("officer", "reviewer", "off_", "192.", "account", "key"))
    assert len(dossier["longitude"].partition(".")[2]) == 4
    types = await world.record_types("case", f"case/{story.case_id}")
    assert types.count("case.device_dossier.shown") == 1
    export = await world.person("CASE_OFFICER").get(f"{story.path}/export")
    with zipfile.ZipFile(io.BytesIO(export.content)) as archive:
        lines = json.loads(archive.read("devices.json"))
        assert archive.read(lines[0]["file"]).decode().splitlines()[0] == item["note"].splitlines()[0]
    assert any("法制审核" in words for words in lines[0]["words"])
