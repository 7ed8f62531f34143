"""The electronic seal of a document, and how anybody verifies a document (APL 59(2); ESL 14)."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from pypdf import PdfReader

from common.documents.seal import NO_EFFECT, SealStatement
from common.values.law import APL_59, ESL_14
from common.values.sealrules import SealRules
from tests.case.story import Story
from tests.case.test_ending import failed
from tests.world import World


async def unseal(world: World, document_id: str) -> None:
    """Leave the document as it would be if the provider of the seal had been away when it was made."""
    async with world.database("case") as db:
        await db.execute("ALTER TABLE documents DISABLE TRIGGER ALL")
        await db.execute(
            "UPDATE documents SET seal_certificate = NULL, seal_signature = NULL WHERE id = $1", document_id
        )
        await db.execute("ALTER TABLE documents ENABLE TRIGGER ALL")


async def statement_of(world: World, document_id: str) -> SealStatement:
    async with world.database("case") as db:
        row = await db.fetchrow("SELECT * FROM documents WHERE id = $1", document_id)
    assert row is not None
    return SealStatement(row["sha256"], row["seal_certificate"], row["seal_signature"])


@pytest.mark.law(APL_59, ESL_14)
@pytest.mark.begins("decide")
async def test_SEAL_1_an_unsealed_decision_is_not_served_where_a_seal_is_demanded(world: World) -> None:
    story = await (await Story(world).opened()).walk("decide")
    document = (await story.view())["decision"]["document_id"]
    pdf = (await world.person("CASE_OFFICER").get(f"/v1/documents/{document}")).content
    sealed = await statement_of(world, document)
    await unseal(world, document)

    async def seal(role: str, agency: int = 0) -> Any:
        return await world.person(role, agency).post(f"/v1/documents/{document}/seal", json={})

    refused = await story.serve_decision()
    others = [await seal("CASE_OFFICER"), await seal("SERVICE_OFFICER", 1)]
    late, twice = await seal("SERVICE_OFFICER"), await seal("SERVICE_OFFICER")
    served = await story.serve_decision()

    assert sealed.is_of(pdf)
    subject = x509.load_der_x509_certificate(sealed.certificate).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == NO_EFFECT
    assert failed(refused) == (409, "CASE_DOCUMENT_UNSEALED")
    assert refused.json()["article"] == "APL 59"
    assert [answer.status_code for answer in others] == [403, 404]
    assert (late.status_code, late.json()["is_sealed"]) == (201, True)
    assert failed(twice) == (409, "CASE_DOCUMENT_SEALED")
    assert (await statement_of(world, document)).is_of(pdf)
    assert served.status_code == 201, served.text
    assert (await world.fsck()).clean


@pytest.mark.law(ESL_14)
@pytest.mark.begins("notify")
async def test_SEAL_1_a_notice_is_served_without_a_seal_where_the_profile_demands_none(world: World) -> None:
    story = await (await Story(world).opened()).walk("consent")
    await unseal(world, (await story.view())["notices"][-1]["document_id"])

    refused = await story.serve_notice()
    world.adopt(seal=SealRules(("D-20a",)))
    served = await story.serve_notice()

    assert failed(refused) == (409, "CASE_DOCUMENT_UNSEALED")
    assert refused.json()["article"] == "ESL 14"
    assert served.status_code == 201, served.text
    assert (await story.view())["state"] == "PRIOR_NOTICE_SERVED"


@pytest.mark.law(ESL_14)
@pytest.mark.begins("decide")
async def test_anybody_verifies_a_document_with_the_code_that_is_printed_on_it(world: World) -> None:
    story = await (await Story(world).opened()).walk("decide")
    document = (await story.view())["decision"]["document_id"]
    pdf = (await world.person("CASE_OFFICER").get(f"/v1/documents/{document}")).content
    pages = PdfReader(io.BytesIO(pdf)).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    printed = re.search("验证码：([0-9A-Z]{10})", text)
    assert printed is not None
    path = f"/v1/public/documents/{document}/verification"

    answer = await world.anonymous.get(path, params={"code": printed[1]})
    wrong = await world.anonymous.get(path, params={"code": "0" * 10})
    nothing = await world.anonymous.get(path)
    unknown = await world.anonymous.get(
        f"/v1/public/documents/doc_{'0' * 26}/verification", params={"code": "0" * 10}
    )

    said = answer.json()
    assert answer.status_code == 200, answer.text
    assert set(said) == {"issuer", "kind", "number", "made_at", "pages", "sha256", "sealed", "valid"}
    assert said["sha256"] == hashlib.sha256(pdf).hexdigest()
    assert (said["issuer"], said["kind"]) == ("示范市城市管理行政执法局", "D-20a")
    assert (said["pages"], said["sealed"], said["valid"]) == (len(pages), True, True)
    assert (wrong.status_code, unknown.status_code, nothing.status_code) == (404, 404, 422)
    page = f"/portal/verify?document={document}&code={printed[1]}"
    assert f"https://portal.demo.mingzheng.example{page}" in text
    assert "真实，现在有效" in (await world.http.get(page)).text

    by_file = f"/v1/public/document-digests/{said['sha256']}"
    changed = f"/v1/public/document-digests/{hashlib.sha256(pdf + b' ').hexdigest()}"
    assert (await world.anonymous.get(by_file)).json() == said
    assert (await world.anonymous.get(changed)).status_code == 404
