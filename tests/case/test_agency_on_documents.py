"""A document names the agency whose officers act, and no other (APL 59)."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from common.values.law import APL_59
from tests.case.story import Story
from tests.world import World


@pytest.mark.begins("prompt")
async def test_each_agencys_documents_bear_its_own_name_and_number(world: World) -> None:
    story = await (await Story(world).opened()).walk("prompt")

    documents = (await world.person("CASE_OFFICER").get(f"/v1/cases/{story.case_id}/documents")).json()[
        "items"
    ]
    pdf = await world.person("CASE_OFFICER").get(documents[0]["href"])

    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages).replace("\n", "")
    profile = world.runtimes["case"].profile
    assert profile.office("示范市城市管理行政执法局").agency_name in text, APL_59
    assert documents[0]["number"].startswith("示城执")
    assert profile.office("示范市交通执法支队").document_prefix == "示交执"
