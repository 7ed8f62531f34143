"""The whole way of a case through HTTP, PostgreSQL, the ledger and the party's inbox."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from tests.case.story import Story, messages_of
from tests.world import World

PATH = [
    "case.opened",
    "case.party_identified",
    "case.prompt.drafted",
    "case.prompted",
    "case.prompt.delivered",
    "case.filing_applied",
    "case.filed",
    "case.law_weighed",
    "case.investigation_signed",
    "case.investigation_concluded",
    "case.prior_notice.issued",
    "case.service.ordered",
    "case.prior_notice.served",
    "case.defence.submitted",
    "case.defence.reviewed",
    "case.other_agencies_asked",
    "case.decided",
    "case.correction.ordered",
    "case.service.ordered",
    "case.served",
    "case.correction_order.served",
    "case.performance_due",
    "case.paid",
    "case.payment.reconciled",
    "case.performed",
    "case.closure_proposed",
    "case.closed",
    "case.archived",
]


@pytest.mark.slow
async def test_a_case_runs_from_an_accepted_capture_to_the_archive(world: World) -> None:
    story = await (await Story(world).opened()).walk("archive")
    await world.settle()

    case = await story.view()

    assert case["state"] == "ARCHIVED"
    assert (case["decision"]["proposal"]["fine_fen"], case["payment"]["paid_fen"]) == (10_000, 10_000)
    assert case["party"]["name"] == "张**"
    rules = {deadline["rule"]: deadline["law"] for deadline in case["deadlines"]}
    assert rules["decide"] == "APL 60"
    assert rules["pay"] == "APL 67"
    assert {"defence", "serve_decision", "reconsideration", "litigation", "archive"} <= set(rules)
    types = await world.record_types("case", f"case/{story.case_id}")
    # Who read the case or a document, and a copy that came after the opening, are noted whenever that was.
    beside = ("case.read", "document.disclosed", "case.backup_noted")
    course = [kind for kind in types if kind not in beside]
    assert course == PATH
    result = await world.fsck()
    assert result.clean, result.findings


@pytest.mark.begins("serve decision")
async def test_the_party_reads_its_own_case_and_every_document(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    party = world.person("PARTY")

    listed = (await party.get(f"/v1/cases/{story.case_id}/documents")).json()["items"]
    texts = []
    for document in listed:
        answer = await party.get(document["href"])
        assert answer.headers["etag"] == f'"{document["sha256"]}"'
        texts.append("".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))

    assert [document["kind"] for document in listed] == ["D-02", "D-14", "D-20a"]
    assert (await party.get(f"/v1/cases/{story.case_id}")).json()["state"] == "PERFORMING"
    assert "100.00" not in texts[0]
    assert all("100.00" in text for text in texts[1:])
    inbox = messages_of((await party.get("/v1/inbox")).json())
    assert {message["document_id"] for message in inbox} - {None} == {document["id"] for document in listed}
