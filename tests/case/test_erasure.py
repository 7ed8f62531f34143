"""Erasing a case (PIPL 47): two people erase it, no backup can show the party again, and every proof holds."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from case.jobs import destroy_erased
from case.store import dossiers
from case.store.dossiers import Dossier
from common.door.sealed import SealedBlobs
from common.door.secrets import Secrets
from common.door.stores import Folder
from common.door.uow import view
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId
from mz.demo import orders
from mz.demo.picture import PLATE
from mz.operate.proof import run_verifier
from tests import given
from tests.backups import backed_up, everything_in, restored
from tests.case.story import messages_of
from tests.world import World, opened

pytestmark = pytest.mark.begins(given.ARCHIVED)

WHY = {"reason": "RETENTION_ENDED"}
HANDLING = {"x-purpose-of-use": "CASE_HANDLING"}
SERVICES = ("evidence", "case", "notification")
_PARTY = orders.party("")

PERSONAL = {
    **{name: _PARTY[name] for name in ("name", "identity_number", "address")},
    "plate": PLATE,
    "fact": orders.REPORT["facts"][0],
    "reason": orders.REPORT["reasons"][0],
    "statement": orders.DEFENCE["statement"],
    "answer": orders.ANSWERS["answers"][0]["reason"],
}
"""The personal data of the party that case and notification hold."""


@dataclass
class Archived:
    """A case in the archive, its documents by id, and the messages that brought them to the party."""

    id: str
    documents: dict[str, str]
    messages: list[str]

    @property
    def path(self) -> str:
        return f"/v1/cases/{self.id}"

    async def shown(self, world: World) -> list[httpx.Response]:
        """The answers to the officer, who asks for each document, and to the party, who asks for each message."""
        officer, party = world.person("CASE_OFFICER"), world.person("PARTY")
        in_file = [await officer.get(f"/v1/documents/{id}") for id in self.documents]
        return in_file + [await party.get(f"/v1/inbox/{id}/document") for id in self.messages]


@pytest.fixture
async def file(world: World) -> Archived:
    case_id = await given.a_case_in_the_archive(world)
    listed = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}/documents")).json()["items"]
    inbox = messages_of((await world.person("PARTY").get("/v1/inbox")).json())
    ours = [message for message in inbox if message["case_id"] == case_id and message["document_id"]]
    messages = [message["message_id"] for message in ours]
    return Archived(case_id, {document["id"]: document["sha256"] for document in listed}, messages)


async def erased(world: World, file: Archived) -> httpx.Response:
    """Proposed, approved, destroyed; the answer to the approval."""
    proposed = await world.person("ARCHIVIST").post(f"{file.path}/erasure-proposal", json=WHY)
    assert proposed.status_code == 201, proposed.text
    approved = await world.person("AGENCY_HEAD").post(f"{file.path}/erasures", json={})
    await world.settle()
    return approved


async def dossier_of(world: World, file: Archived) -> Dossier:
    """Everything that the case service can still read of the case."""
    async with view(world.runtimes["case"].db, authorize(service_actor("case"), Action.CASE_OPEN)) as v:
        return await dossiers.get(v, CaseId(file.id))


def words_in(data: bytes) -> list[str]:
    """What of the party these bytes tell: plain, in JSON, hex or base64, in a PDF, packed or not."""
    texts = [data, *(text.encode() for text in _printed_in(data))]
    return sorted({name for name, word in PERSONAL.items() for text in texts if _tells(text, word)})


def _tells(text: bytes, personal: str) -> bool:
    plain = [personal.encode(), json.dumps(personal)[1:-1].encode()]
    return any(trace in text for word in plain for trace in (word, word.hex().encode(), *_in_base64(word)))


def _in_base64(word: bytes) -> Iterator[bytes]:
    """What base64 makes of `word` at each of the three places where it can begin, without its edges."""
    for before in range(3):
        yield base64.b64encode(bytes(before) + word)[4:-4]


def _printed_in(data: bytes) -> Iterator[str]:
    """The text and the attachments of every PDF that `data` holds: as it lies, or in hex as a dump writes bytes."""
    for start in (match.start() for match in re.finditer(rb"%PDF-1", data)):
        reader = PdfReader(io.BytesIO(data[start:]))
        yield re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
        yield from (part.decode() for parts in reader.attachments.values() for part in parts)
    for packed in re.findall(rb"255044462d31[0-9a-f]*", data):
        yield from _printed_in(bytes.fromhex(packed[: len(packed) // 2 * 2].decode()))


async def test_two_people_erase_a_case_and_its_records_stay(world: World, file: Archived) -> None:
    impact = {"criteria": ["PUBLIC_ATTENTION"], "reason": "新闻媒体已经报道。"}
    await world.person("CASE_OFFICER").post(f"{file.path}/social-impact", json=impact)
    await world.person("TEAM_LEAD").post(f"{file.path}/publication", json={})
    (public,) = (await world.http.get("/v1/public/decisions")).json()["items"]
    world.clock.advance(days=10 * 366)
    before = await world.record_types("case", f"case/{file.id}")

    answer = await erased(world, file)

    unpublished = (await world.http.get("/v1/public/decisions")).json()["items"]
    page = await world.http.get(f"/v1/public/decisions/{public['publication_id']}/page")
    again = await world.person("AGENCY_HEAD").post(f"{file.path}/erasures", json={})
    now = await world.record_types("case", f"case/{file.id}")
    shown = (await world.person("CASE_OFFICER").get(file.path)).json()
    assert (answer.status_code, answer.json()["notice"]) == (201, "已依法删除")
    assert (again.status_code, again.json()["code"]) == (410, "CASE_ERASED")
    assert [a.status_code for a in await file.shown(world)] == [410] * 6
    # What was public is public no more: nothing of it is left.
    assert (unpublished, page.status_code) == ([], 404)
    assert (shown["state"], shown["party"]["name"], shown["exhibits"][0]["plate"]) == ("ARCHIVED", None, None)
    assert now == [*before, "case.erasure_proposed", "case.erased"]  # nobody read a document since
    assert (await world.record_types("notification")).count("message.erased") == len(
        file.messages
    ) + 5  # and five without a document == 3
    assert (await world.fsck()).findings == []


async def test_the_file_is_kept_for_its_period_and_nobody_erases_alone(world: World, file: Archived) -> None:
    archivist, head = world.person("ARCHIVIST"), world.person("AGENCY_HEAD")
    path = f"{file.path}/erasure-proposal"

    early = await archivist.post(path, json=WHY)
    world.clock.advance(days=10 * 366)
    unasked = await head.post(f"{file.path}/erasures", json={})
    stranger = await world.person("ARCHIVIST", agency=1).post(path, json=WHY)
    other = await world.person("CASE_OFFICER").post(path, json=WHY)
    own = await head.post(path, json=WHY)
    alone = await head.post(f"{file.path}/erasures", json={})

    assert (early.status_code, early.json()["code"]) == (409, "CASE_RETENTION_RUNS")
    assert (unasked.status_code, unasked.json()["code"]) == (409, "CASE_ERASURE_NOT_PROPOSED")
    assert [answer.status_code for answer in (stranger, other, own)] == [404, 403, 201]
    assert (alone.status_code, alone.json()["code"]) == (403, "ROLE_CONFLICT")
    assert [answer.status_code for answer in await file.shown(world)] == [200] * 6


@pytest.mark.slow
async def test_a_crash_after_the_record_is_finished_by_the_next_start(
    world: World, file: Archived, tmp_path: Path
) -> None:
    world.clock.advance(days=10 * 366)
    await world.person("ARCHIVIST").post(f"{file.path}/erasure-proposal", json=WHY)
    await world.person("AGENCY_HEAD").post(f"{file.path}/erasures", json={})
    secrets, copies = (world.runtimes[service].db.secrets for service in ("case", "notification"))
    before = shutil.copytree(copies.root, tmp_path / "secrets-before")

    # The process dies before its job ran, and the list of due erasures is lost with it.
    async with world.database("case") as conn:
        await conn.execute("DELETE FROM erasures_due")
    assert secrets.has(f"case/{file.id}")
    assert "was erased, and its secret is still here" in {f.reason for f in (await world.fsck()).findings}
    refused = await world.person("CASE_OFFICER").get(f"/v1/documents/{next(iter(file.documents))}")
    async with opened(world.installation):
        await destroy_erased(world.runtimes["case"])
    await world.settle()

    assert refused.status_code == 410
    assert (secrets.has(f"case/{file.id}"), copies.has(f"case/{file.id}")) == (False, False)
    # And a secret that comes back with a backup of the secrets is destroyed when the service starts.
    shutil.rmtree(copies.root)
    shutil.copytree(before, copies.root)
    assert copies.has(f"case/{file.id}")
    async with opened(world.installation):
        pass
    assert not copies.has(f"case/{file.id}")
    assert (await world.fsck()).findings == []


@pytest.mark.slow
async def test_restoring_a_backup_from_before_the_erasure_brings_nothing_of_the_party_back(
    world: World, file: Archived, tmp_path: Path
) -> None:
    world.clock.advance(days=10 * 366)
    # The control: until now every word can be read, so a word that is missing below was there before.
    answers = await file.shown(world)
    await world.settle()
    party = (await dossier_of(world, file)).party
    assert party is not None
    assert party.texts is not None
    assert party.texts.name == PERSONAL["name"]
    assert {name for answer in answers for name in words_in(answer.content)} == PERSONAL.keys()
    backup = await backed_up(world, tmp_path)
    shutil.copytree(world.folder / "erasable/case", tmp_path / "secrets-before")

    await erased(world, file)

    assert (await world.fsck()).findings == []
    async with restored(world, backup, *SERVICES) as old:
        shown = (await old.person("CASE_OFFICER").get(file.path)).json()
        refused = await file.shown(old)
        dossier = await dossier_of(old, file)
    # Only the destroyed secret hides the documents: a backup of the secrets would open them again.
    before = SealedBlobs(Folder(backup.folder / "blobs/case"), Secrets(tmp_path / "secrets-before"))
    assert [await before.get(sha256) for sha256 in file.documents.values()] == [
        a.content for a in answers[:3]
    ]
    assert (shown["party"]["name"], shown["exhibits"][0]["plate"]) == (None, None)
    assert [answer.status_code for answer in refused] == [410] * 6
    assert personal(dossier) == {None}
    # The account's own name is the gateway's, and in the demo's list of people: it ends with the account.
    theirs = [(name, data) for name, data in _all(world, backup) if name not in ("gateway", "demo.json")]
    assert [(name, words) for name, data in theirs if (words := words_in(data))] == []


@pytest.mark.slow
async def test_nothing_about_data_that_is_gone_can_be_answered_granted_or_shown(
    world: World, file: Archived
) -> None:
    party, lead, head = (world.person(role) for role in ("PARTY", "TEAM_LEAD", "AGENCY_HEAD"))
    asked = await party.post(f"{file.path}/data-requests", json={"right": "ACCESS", "words": "查阅"})
    assert asked.status_code == 201, asked.text
    world.clock.advance(days=10 * 366)
    await erased(world, file)

    answers = [
        await lead.post(f"{file.path}/data-requests/1/decision", json={"granted": True, "reasons": "依法"}),
        await head.post(
            f"{file.path}/unmasking-grants",
            json={"officer_id": world.person("CASE_OFFICER").id, "more": 1, "reason": "送达"},
        ),
        await lead.post(
            f"{file.path}/unmaskings", json={"fields": ["PLATES"], "reason": "核对"}, headers=HANDLING
        ),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(410, "CASE_ERASED")] * 3


def personal(dossier: Dossier) -> set[Any]:
    """Everything in the dossier that could tell who the party is."""
    parties = [dossier.party.texts] if dossier.party else []
    statements = [line.texts for line in dossier.defences]
    plates = [line.plate for line in dossier.exhibits]
    return {*parties, *statements, *plates, dossier.report}


def _all(world: World, backup: Any) -> Iterator[tuple[str, bytes]]:
    """Every file of the installation as it is and as it was, and every dump."""
    yield from everything_in(backup.folder)
    yield from everything_in(world.folder)
    yield from backup.dumps.items()


async def test_proofs_hold_after_the_erasure(world: World, file: Archived, tmp_path: Path) -> None:
    world.clock.advance(days=10 * 366)
    await erased(world, file)
    officer = world.person("CASE_OFFICER")

    made = await officer.post("/v1/evidence-bundles", json={"case_id": file.id}, headers=HANDLING)
    data = (await officer.get(made.json()["href"], headers=HANDLING)).content

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (tmp_path / "verify.py").write_bytes(archive.read("verify/verify.py"))
    (tmp_path / "bundle.zip").write_bytes(data)
    trusted = ["--key", world.installation.d.root_key().vkey]
    run = run_verifier(tmp_path / "verify.py", tmp_path / "bundle.zip", trusted)
    assert run.returncode == 0, run.stdout
