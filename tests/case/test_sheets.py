"""The sheets of a case file: made from the records, once each, in the secondary volume (APL 47)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from common.values.law import APL_47
from mz.demo import orders
from tests.case.story import Story
from tests.case.test_ending import failed, kinds_seen, printed
from tests.world import World

SHEETS = ["D-01", "D-06", "D-13", "D-17", "D-23", "D-30", "D-35"]


async def sheet(story: Story, kind: str, role: str = "CASE_OFFICER", **who: Any) -> httpx.Response:
    return await story.act(role, "sheets", {"kind": kind}, **who)


@pytest.mark.law(APL_47)
@pytest.mark.begins("serve decision")
async def test_the_file_is_completed_from_the_records_before_it_goes_into_the_archive(world: World) -> None:
    story = await (await Story(world).opened()).walk("propose closure")
    early = [await sheet(story, kind) for kind in ("D-30", "D-35")]
    await story.walk("close")
    others = [await sheet(story, "D-06", "FINANCE_CLERK"), await sheet(story, "D-06", agency=1)]

    made = [await sheet(story, kind) for kind in SHEETS]
    again = [await sheet(story, kind) for kind in SHEETS]

    assert {failed(answer) for answer in early} == {(409, "CASE_SHEET_NOT_DUE")}
    assert [answer.status_code for answer in others] == [403, 404]
    assert [answer.status_code for answer in made] == [201] * 7, [each.text for each in made]
    assert {failed(answer) for answer in again} == {(409, "CASE_SHEET_NOT_DUE")}
    assert (await printed(story, "D-06")).count("执法证号") >= 4
    assert "".join(str(orders.filing_application("")["reason"]).split()) in await printed(story, "D-06")
    assert "当时送病人就医" in await printed(story, "D-17")
    payment = (await story.view())["payment"]
    assert payment["reference"] in await printed(story, "D-23", "PARTY")
    assert "已于" in await printed(story, "D-30")
    assert made[5].json()["number"] in await printed(story, "D-35")

    archive = await world.person("ARCHIVIST").get(f"{story.path}/export")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        catalogue = json.loads(files.read("catalogue.json"))
    volumes = {line["kind"]: line["volume"] for line in catalogue["documents"]}
    inner = {kind for kind, volume in volumes.items() if volume == "secondary"}
    assert inner == set(SHEETS) - {"D-23"}
    assert set(await kinds_seen(story, "PARTY")).isdisjoint(inner)
    for document in made:
        if document.json()["kind"] in inner:
            hidden = await world.person("PARTY").get(document.json()["href"])
            assert hidden.status_code == 404
    await story.archive()
    assert failed(await sheet(story, "D-13")) == (409, "CASE_SHEET_NOT_DUE")
    await world.settle()
    assert (await world.fsck()).clean
