"""Files with a statement or a defence: sent in parts, judged, sealed, listed, opened on record (APL 41(3), 45)."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from datetime import datetime, timedelta

import pytest

from common.values.law import APL_45, NJ_17
from mz.demo import orders
from tests.case.handing import announced, hand_in, send_part
from tests.case.story import OPENED, Story
from tests.fakes.clamd import EICAR, clamd
from tests.gateway.test_party_sessions import TAIL, code_of, enter, prompted, text_of
from tests.phone import Phone
from tests.world import World

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
PDF = b"%PDF-1.7 a receipt %%EOF\n"


def scanner_at(world: World, address: str) -> None:
    """From here on the case service asks the scanner at `address`."""
    world.runtimes["case"].scanner.__init__(address)


@pytest.mark.law(APL_45)
@pytest.mark.begins("serve notice")
async def test_NAT_2_a_defence_has_20_files_and_10000_characters_costs_nothing_and_is_open_to_the_last_minute(
    world: World,
) -> None:
    story, phone = await Story(world).opened(), Phone(world)
    notice = (await story.view())["notices"][0]
    paper = await world.person("PARTY").get(f"/v1/documents/{notice['document_id']}")
    world.clock.to(datetime.fromisoformat(notice["defence_until"]) - timedelta(minutes=1))
    # A query code on paper and the end of the identity number: no account, no fee, no certificate.
    assert (await enter(phone, await code_of(world, story), TAIL)).status_code == 201
    handed = [await hand_in(phone, story.path, JPEG + bytes([n]), f"照片{n}.jpg") for n in range(21)]
    numbers = [one["number"] for one in handed]
    words = "当时送病人就医。" * 1_250

    many = await phone.post(f"{story.path}/defences", json={"statement": words, "files": numbers})
    stated = await phone.post(f"{story.path}/defences", json={"statement": words, "files": numbers[:20]})
    again = await phone.post(f"{story.path}/defences", json={"statement": words, "files": numbers[19:]})
    more = await phone.post(f"{story.path}/defences", json={"statement": "又及。", "files": numbers[20:]})

    assert (len(words), len(numbers[:20])) == (10_000, 20)
    assert (many.status_code, many.json()["code"]) == (422, "CASE_FILES_MANY")
    assert (again.status_code, again.json()["code"]) == (409, "CASE_FILE_NAMED")
    assert (stated.status_code, more.status_code) == (201, 201)  # what a refusal kept out was not lost
    assert [one["files"] for one in more.json()["defences"]] == [numbers[:20], numbers[20:]]
    named = text_of(paper.content)
    assert "当面、书面提出" in named


@pytest.mark.law(APL_45)
@pytest.mark.begins(OPENED)
async def test_the_party_is_heard_before_the_notice_too_and_answered_before_the_decision(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    file = await hand_in(world.person("PARTY"), story.path, PDF, "收据.pdf")

    early = await story.act("PARTY", "defences", {"statement": "当日车辆已出借。", "files": [file["number"]]})
    await story.walk("serve notice")
    world.clock.working_days(6)
    silent = await story.act("TEAM_LEAD", "defence-review", {"answers": []})
    reviewed = await story.review()
    late = await story.act("PARTY", "defences", {"statement": "再补充一点。"})
    unheard = await story.decide()
    answer = orders.ANSWERS["answers"][0] | {"number": 2}
    await story.act("TEAM_LEAD", "defence-review", {"answers": [answer]})
    decided = await story.decide()
    after = await story.act("PARTY", "defences", {"statement": "太晚了吗？"})

    assert (early.status_code, early.json()["state"]) == (201, "PROMPTED")
    path = f"{story.path}/defences"
    read = [await world.person(role).get(path) for role in ("PARTY", "TEAM_LEAD", "FINANCE_CLERK")]
    assert [answer.status_code for answer in read] == [200, 200, 403]
    first = read[1].json()["items"][0]
    assert (first["statement"], first["adopted"], first["files"][0]["name"]) == (
        "当日车辆已出借。",
        False,
        "收据.pdf",
    )
    assert read[0].json() == read[1].json()
    assert (silent.status_code, silent.json()["code"]) == (422, "CASE_DEFENCE_NOT_REVIEWED")
    assert (reviewed.json()["state"], late.json()["state"]) == ("DEFENCE_REVIEW", "PRIOR_NOTICE_SERVED")
    assert unheard.status_code == 409
    assert (decided.status_code, decided.json()["state"]) == (201, "DECIDED")
    assert (after.status_code, after.json()["code"]) == (409, "CASE_TRANSITION_NOT_ALLOWED")


@pytest.mark.begins("file")
async def test_a_file_comes_in_parts_and_a_refusal_of_one_takes_none_of_the_others(world: World) -> None:
    story, party = await Story(world).opened(), world.person("PARTY")
    whole = PDF * 100
    upload = (await party.post(f"{story.path}/uploads", json=announced(whole, "证明.pdf"))).json()
    path = f"{story.path}/uploads/{upload['number']}"

    unknown = await party.post(f"{path}/completion", json={})
    await send_part(party, path, 2, whole[1000:])
    gap = await party.post(f"{path}/completion", json={})
    await send_part(party, path, 1, b"x" * 1000)
    wrong = await party.post(f"{path}/completion", json={})
    fat = await send_part(party, path, 3, b"x")
    nothing = await send_part(party, path, 1, b"")
    resumed = (await party.get(path)).json()
    await send_part(party, path, 1, whole[:1000])
    racing = await asyncio.gather(*(party.post(f"{path}/completion", json={}) for _ in range(8)))
    late = await send_part(party, path, 1, whole[:1000])

    assert [unknown.json()["code"], gap.json()["code"]] == ["CASE_PARTS_MISSING"] * 2
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "FILE_DIGEST_WRONG")
    assert (fat.status_code, fat.json()["errors"][0]["code"]) == (422, "FILE_SIZE_WRONG")
    assert (nothing.status_code, nothing.json()["code"]) == (413, "FILE_PART_SIZE")
    assert [(part["n"], part["size"]) for part in resumed["parts"]] == [(1, 1000), (2, len(whole) - 1000)]
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    assert (late.status_code, late.json()["code"]) == (409, "CASE_UPLOAD_COMPLETED")
    large = announced(b"x") | {"size": 2**30, "name": "../etc"}
    refused = (await party.post(f"{story.path}/uploads", json=large)).json()
    assert [error["code"] for error in refused["errors"]] == [
        "FILE_NAME_NOT_ALLOWED",
        "FILE_SIZE_NOT_ALLOWED",
    ]
    types = await world.record_types("case", f"case/{story.case_id}")
    assert types.count("case.file.handed_in") == 1
    async with world.database("case") as rows:
        kept = [
            str(dict(row)) for row in await rows.fetch("SELECT * FROM files UNION ALL SELECT * FROM files")
        ]
    assert "证明" not in "".join(kept)
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_17)
@pytest.mark.begins("file")
async def test_a_file_opens_on_record_for_its_party_and_the_officers_of_the_case_alone(world: World) -> None:
    story, party = await Story(world).opened(), world.person("PARTY")
    file = await hand_in(party, story.path, PDF, "收据.pdf")
    path = f"{story.path}/files/{file['number']}"
    readers = {
        "its party": (party, 200),
        "the first officer": (world.person("CASE_OFFICER"), 200),
        "the second officer": (world.person("CASE_OFFICER", nth=1), 200),
        "who reviews the defence": (world.person("TEAM_LEAD"), 200),
        "another agency": (world.person("CASE_OFFICER", agency=1), 404),
        "the cashier": (world.person("FINANCE_CLERK"), 403),
        "the archivist": (world.person("ARCHIVIST"), 403),
        "nobody": (world.anonymous, 401),
    }

    answers = {who: await person.get(path) for who, (person, _) in readers.items()}
    part = await party.get(path, headers={"range": "bytes=0-7"})

    assert {who: answer.status_code for who, answer in answers.items()} == {
        who: status for who, (_, status) in readers.items()
    }
    opened = answers["its party"]
    assert (opened.content, part.status_code, part.content) == (PDF, 206, PDF[:8])
    assert (opened.headers["cache-control"], opened.headers["x-content-type-options"]) == (
        "no-store",
        "nosniff",
    )
    assert opened.headers["content-type"] == "application/octet-stream"
    types = await world.record_types("case", f"case/{story.case_id}")
    assert types.count("case.file.opened") == 5
    listed = (await world.person("CASE_OFFICER").get(f"{story.path}/files")).json()["items"]
    assert [(one["name"], one["scan"], one["opens"]) for one in listed] == [("收据.pdf", "NOT_SCANNED", True)]
    assert [one["name"] for one in (await story.view("FINANCE_CLERK"))["files"]] == [None]
    assert (await world.person("FINANCE_CLERK").get(f"{story.path}/files")).status_code == 403


@pytest.mark.begins("file")
async def test_what_is_infected_or_of_no_known_form_is_kept_and_never_opens(world: World) -> None:
    story, party = await Story(world).opened(), world.person("PARTY")
    before = await hand_in(party, story.path, b"harmless so far " + EICAR, "a.txt")
    async with clamd() as (fake, address):
        scanner_at(world, address)
        clean = await hand_in(party, story.path, PDF, "b.pdf")
        bad = await hand_in(party, story.path, EICAR, "c.txt")
        program = await hand_in(party, story.path, b"MZ\x90\x00 a program", "d.exe")
        fake.answer = b"stream: Size limit reached, object was not scanned ERROR\0"
        unsure = await hand_in(party, story.path, PDF + b" ", "e.pdf")
        fake.answer = None
        numbers = [one["number"] for one in (before, clean, bad, program, unsure)]
        answers = [await party.get(f"{story.path}/files/{n}") for n in numbers]
    await world.settle()

    shown = [(one["scan"], one["opens"]) for one in (before, clean, bad, program, unsure)]
    assert shown == [
        ("NOT_SCANNED", True),
        ("CLEAN", True),
        ("INFECTED", False),
        ("CLEAN", False),
        ("NOT_SCANNED", True),
    ]
    assert [answer.status_code for answer in answers] == [409, 200, 409, 409, 200]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"CASE_FILE_CLOSED"}
    assert "病毒" in answers[0].json()["detail"]  # found when somebody wanted to open it
    scans = {one["number"]: one["scan"] for one in (await story.view())["files"]}
    assert [scans[n] for n in numbers] == ["INFECTED", "CLEAN", "INFECTED", "CLEAN", "CLEAN"]
    named = await story.act("PARTY", "defences", {"statement": "见附件。", "files": numbers})
    assert named.status_code == 201  # nothing that was handed in is refused for what it is
    export = await world.person("CASE_OFFICER").get(f"{story.path}/export")
    with zipfile.ZipFile(io.BytesIO(export.content)) as archive:
        files = sorted(name for name in archive.namelist() if name.startswith("files/"))
        lines = json.loads(archive.read("files.json"))
        assert archive.read(files[0]) == PDF
    assert files == [f"files/{clean['number']:03}.pdf", f"files/{unsure['number']:03}.pdf"]
    assert [(line["name"], line["scan"], line["statement"]) for line in lines][2] == ("c.txt", "INFECTED", 1)


@pytest.mark.begins("file")
async def test_the_counter_writes_the_same_events_and_says_who_took_the_file(world: World) -> None:
    story = await Story(world).opened()

    taken = await hand_in(world.person("CASE_OFFICER", nth=1), story.path, JPEG, "窗口.jpg")
    strangers = [
        await world.person("CASE_OFFICER", agency=1).post(f"{story.path}/uploads", json=announced(JPEG)),
        await world.person("TEAM_LEAD").post(f"{story.path}/uploads", json=announced(JPEG)),
    ]
    stated = await story.act(
        "PARTY", "defences", {"statement": "见窗口提交的照片。", "files": [taken["number"]]}
    )

    assert taken["at_counter"]
    assert [answer.status_code for answer in strangers] == [404, 403]
    assert stated.json()["files"][0]["statement"] == 1
    types = await world.record_types("case", f"case/{story.case_id}")
    assert [kind for kind in types if kind.startswith("case.file.")] == ["case.file.handed_in"]


@pytest.mark.begins(OPENED)
async def test_a_session_of_one_case_hands_in_to_its_case_and_to_no_other(world: World) -> None:
    story, phone = await prompted(world), Phone(world)
    await enter(phone, await code_of(world, story), TAIL)
    file = await hand_in(phone, story.path, JPEG, "a.jpg")
    elsewhere = story.path[:-4] + "zzzz"

    opened = await phone.get(f"{story.path}/files/{file['number']}")
    other = await phone.post(f"{elsewhere}/uploads", json=announced(JPEG))
    stranger = await world.person("PARTY").get(f"{story.path}/files/{file['number']}")

    assert (opened.status_code, opened.content) == (200, JPEG)
    assert (other.status_code, stranger.status_code) == (404, 404)
