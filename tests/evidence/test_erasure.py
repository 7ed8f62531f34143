"""Erasing a capture (PIPL 47): two people agree, no copy or backup can be read, every proof still holds."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.door.blobs import BlobMissing
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased, Secrets
from common.door.stores import Folder
from common.door.uow import view
from common.policy import Action, authorize
from common.values.ids import EvidenceId
from evidence.jobs.custody import destroy_erased
from evidence.runtime import SELF
from evidence.store import bundles
from evidence.store import captures as rows
from mz.demo.orders import ATTRIBUTES
from mz.demo.story import Watching
from mz.operate.proof import run_verifier
from tests import given
from tests.backups import backed_up, everything_in, restored
from tests.case.story import OPENED
from tests.evidence.camera import Device, camera_in_service, captures, plate_of
from tests.evidence.intake.given import jpeg, push
from tests.snapshots import Place
from tests.world import World, opened

pytestmark = pytest.mark.begins(given.IN_SERVICE)

PLATE = "苏A12345"
WHY = {"reason": "RETENTION_ENDED"}
READING = {"x-purpose-of-use": "REVIEW"}
HANDLING = {"x-purpose-of-use": "CASE_HANDLING"}


@dataclass
class Party:
    """The person in a capture: its id, its message, and every spelling in which the person's data could turn up."""

    capture_id: str
    body: bytes

    @property
    def path(self) -> str:
        return f"/v1/captures/{self.capture_id}"

    @property
    def traces(self) -> dict[str, bytes]:
        """Bytes that must not occur anywhere; a dump of the database writes them in hex."""
        picture = jpeg(shade=90)[400:460]
        plain = {
            "plate": PLATE.encode(),
            "plate in JSON": json.dumps(PLATE)[1:-1].encode(),
            "picture": picture,
            "picture in the message": base64.b64encode(jpeg(shade=90))[800:860],
            "message": self.body[:60],
        }
        return plain | {f"{name}, hex": value.hex().encode() for name, value in plain.items()}

    def traces_in(self, data: bytes) -> list[str]:
        """The names of the traces that occur in `data`."""
        return [name for name, trace in self.traces.items() if trace in data]


async def pushed(world: World, camera: Device, **fields: Any) -> Party:
    """The person in a new capture, which was checked."""
    body = push(camera.vehicle(**fields))
    known = {row["id"] for row in await captures(world)}
    answer = await camera.proved("/VIID/MotorVehicles", body)
    assert answer.status_code == 200, answer.text
    await world.settle()
    [row] = [row for row in await captures(world) if row["id"] not in known]
    return Party(row["id"], body)


async def rejected(world: World, party: Party) -> None:
    """A reviewer opens every picture and rejects the capture."""
    reviewer = world.person("EVIDENCE_REVIEWER")
    await reviewer.post(f"{party.path}/review", json={})
    for n in (1, 2):
        assert (await reviewer.get(f"{party.path}/images/{n}", headers=READING)).status_code == 200
    answer = await reviewer.post(
        f"{party.path}/rejection", json={"codes": ["E-QLT-01"], "attributes": ATTRIBUTES}
    )
    assert answer.status_code == 201, answer.text
    await world.settle()


async def erased(world: World, party: Party, *, at_once: int = 1) -> list[httpx.Response]:
    """Propose the erasure, approve it `at_once` times at once, carry it out. The answers to the approvals."""
    proposed = await world.person("ARCHIVIST").post(f"{party.path}/erasure-proposal", json=WHY)
    assert proposed.status_code == 201, proposed.text
    head, path = world.person("AGENCY_HEAD"), f"{party.path}/erasures"
    approved = await asyncio.gather(*(head.post(path, json={}) for _ in range(at_once)))
    await world.settle()
    return sorted(approved, key=lambda answer: answer.status_code)


@pytest.fixture
async def camera(world: World) -> Device:
    if CAMERA in world.ready:
        return replace(world.ready.pop(CAMERA), world=world)
    camera = await camera_in_service(world)
    await camera.register()
    return camera


@pytest.fixture
def party(world: World) -> Party:
    """The person in a capture that was rejected: for tests that begin there."""
    rejected: Party = world.ready[PARTY]
    return rejected


async def _to_a_rejected_capture(world: World) -> None:
    camera = await camera_in_service(world)
    await camera.register()
    party = await pushed(world, camera)
    await rejected(world, party)
    world.ready |= {CAMERA: camera, PARTY: party}


CAMERA, PARTY = "registered camera", "rejected capture"
A_REJECTED_CAPTURE = pytest.mark.begins(PARTY, Place(given.IN_SERVICE, _to_a_rejected_capture))


@A_REJECTED_CAPTURE
async def test_two_people_erase_a_capture_and_its_records_stay(world: World, party: Party) -> None:
    world.clock.advance(days=31)
    before = await world.record_types("evidence", f"evidence/{party.capture_id}")

    answer, *too_late = await erased(world, party, at_once=8)

    head = world.person("AGENCY_HEAD")
    shown = (await head.get(party.path)).json()
    picture = await head.get(f"{party.path}/images/1", headers=HANDLING)
    unmasked = (await head.get(party.path, headers=HANDLING)).json()
    assert (answer.status_code, answer.json()["notice"]) == (201, "已依法删除")
    assert [late.status_code for late in too_late] == [410] * 7
    assert (shown["is_erased"], shown["erasure"]["notice"], shown["plate"]) == (True, "已依法删除", None)
    assert (unmasked["plate"], unmasked["plate_color"]) == (None, None)
    assert (picture.status_code, picture.json()["code"]) == (410, "EVD_ERASED")
    now = await world.record_types("evidence", f"evidence/{party.capture_id}")
    assert now == [
        *before,
        "evidence.erasure_proposed",
        "evidence.erased",
    ]  # the refused looks left no record
    assert (await world.fsck()).findings == []


@A_REJECTED_CAPTURE
async def test_an_erasure_needs_an_ended_period_and_a_legal_reason_and_two_people(
    world: World, party: Party
) -> None:
    archivist, head = world.person("ARCHIVIST"), world.person("AGENCY_HEAD")

    early = await archivist.post(f"{party.path}/erasure-proposal", json=WHY)
    unasked = await head.post(f"{party.path}/erasures", json={})
    world.clock.advance(days=31)
    stranger = await world.person("ARCHIVIST", agency=1).post(f"{party.path}/erasure-proposal", json=WHY)
    other = await world.person("CASE_OFFICER").post(f"{party.path}/erasure-proposal", json=WHY)
    unreasoned = await archivist.post(f"{party.path}/erasure-proposal", json={"reason": "TIDY"})
    own = await head.post(f"{party.path}/erasure-proposal", json=WHY)
    alone = await head.post(f"{party.path}/erasures", json={})

    assert (early.status_code, early.json()["code"]) == (409, "EVD_RETENTION_RUNS")
    assert (unasked.status_code, unasked.json()["code"]) == (409, "EVD_ERASURE_NOT_PROPOSED")
    assert [a.status_code for a in (stranger, other, unreasoned, own)] == [404, 403, 422, 201]
    assert (alone.status_code, alone.json()["code"]) == (403, "EVD_SECOND_PERSON_REQUIRED")
    assert await plate_of(world, party.capture_id) == PLATE


@pytest.mark.begins(given.ARCHIVED)
async def test_evidence_of_a_case_is_kept_with_its_file_and_goes_when_the_file_may(world: World) -> None:
    await given.a_case_in_the_archive(world)
    [row] = await captures(world)
    party = Party(row["id"], b"-" * 60)
    archivist = world.person("ARCHIVIST")

    early = await archivist.post(f"{party.path}/erasure-proposal", json=WHY)
    world.clock.advance(days=10 * 366)
    [answer] = await erased(world, party)

    assert (row["state"], early.json()["code"]) == ("FROZEN", "EVD_RETENTION_RUNS")
    assert (answer.status_code, (await world.fsck()).findings) == (201, [])


@pytest.mark.begins(OPENED)
async def test_a_capture_whose_case_is_open_stays_however_old(world: World, camera: Device) -> None:
    await given.accepted_evidence(world, Watching(camera.id, camera.code, camera.account, camera.password))
    await world.settle()
    [row] = await captures(world)
    world.clock.advance(days=4 * 366)

    answer = await world.person("ARCHIVIST").post(f"/v1/captures/{row['id']}/erasure-proposal", json=WHY)

    assert (answer.status_code, answer.json()["code"]) == (409, "EVD_ON_HOLD")


@A_REJECTED_CAPTURE
async def test_the_same_picture_of_another_capture_stays(world: World, camera: Device, party: Party) -> None:
    other = await pushed(world, camera, serial=2)  # the same two pictures under another id
    await rejected(world, other)
    world.clock.advance(days=31)

    await erased(world, party)

    seen = await world.person("AGENCY_HEAD").get(f"{other.path}/images/1", headers=HANDLING)
    assert (seen.status_code, seen.content) == (200, jpeg(shade=90))
    assert await plate_of(world, other.capture_id) == PLATE
    assert (await world.fsck()).findings == []


async def test_a_message_of_two_captures_goes_with_the_first_and_not_while_the_other_needs_it(
    world: World, camera: Device
) -> None:
    body = push(camera.vehicle(serial=1), camera.vehicle(serial=2, shade=120))
    await camera.proved("/VIID/MotorVehicles", body)
    await world.settle()
    first, second = [Party(row["id"], body) for row in await captures(world)]
    await rejected(world, first)
    world.clock.advance(days=31)
    path = f"{first.path}/erasure-proposal"

    needed = await world.person("ARCHIVIST").post(path, json=WHY)
    await rejected(world, second)
    await erased(world, first)

    assert (needed.status_code, needed.json()["code"]) == (409, "EVD_ON_HOLD")
    with pytest.raises(BlobMissing):
        await world.sealed.get((await captures(world))[1]["body_sha256"])
    seen = await world.person("AGENCY_HEAD").get(f"{second.path}/images/1", headers=HANDLING)
    assert (seen.status_code, (await world.fsck()).findings) == (200, [])


@A_REJECTED_CAPTURE
async def test_a_camera_that_sends_again_what_was_erased_brings_nothing_back(
    world: World, camera: Device, party: Party
) -> None:
    world.clock.advance(days=31)
    await erased(world, party)
    await camera.register()

    answer = await camera.proved("/VIID/MotorVehicles", party.body)
    await world.settle()

    assert answer.json()["ResponseStatusObject"]["StatusCode"] == 0
    assert [name for name, data in everything_in(world.folder) if party.traces_in(data)] == []
    assert (await world.fsck()).findings == []


@A_REJECTED_CAPTURE
async def test_a_crash_after_the_record_is_finished_by_the_next_start(world: World, party: Party) -> None:
    world.clock.advance(days=31)
    await world.person("ARCHIVIST").post(f"{party.path}/erasure-proposal", json=WHY)
    await world.person("AGENCY_HEAD").post(f"{party.path}/erasures", json={})
    runtime, stream = world.runtimes["evidence"], f"evidence/{party.capture_id}"

    await world.carry()
    # The state after the process died before its job ran, and the list of due erasures was lost.
    async with world.database("evidence") as conn:
        await conn.execute("DELETE FROM erasures_due")
    assert runtime.db.secrets.has(stream)
    assert "was erased, and its secret is still here" in {f.reason for f in (await world.fsck()).findings}
    refused = await world.person("AGENCY_HEAD").get(f"{party.path}/images/1", headers=HANDLING)
    async with opened(world.installation):
        await destroy_erased(runtime)
        await destroy_erased(runtime)

    assert refused.status_code == 410
    assert (runtime.db.secrets.has(stream), runtime.db.secrets.is_erased(stream)) == (False, True)
    await world.settle()
    assert (await world.fsck()).findings == []


@A_REJECTED_CAPTURE
async def test_a_damaged_file_of_one_capture_does_not_stop_the_erasure_of_another(
    world: World, party: Party, camera: Device
) -> None:
    other = await pushed(world, camera)
    await rejected(world, other)
    first, second = sorted([party, other], key=lambda each: each.capture_id)
    async with world.database("evidence") as conn:
        query = "SELECT body_sha256 FROM captures WHERE id = $1"
        sha256 = await conn.fetchval(query, first.capture_id)
    store = world.sealed.store
    store.replace([(name, b"-" + store.get(name)) for name in world.sealed.named(sha256)])
    world.clock.advance(days=31)

    await erased(world, first)
    await erased(world, second)

    secrets = world.runtimes["evidence"].db.secrets
    assert [secrets.has(f"evidence/{each.capture_id}") for each in (first, second)] == [False, False]


@A_REJECTED_CAPTURE
async def test_from_the_approval_on_no_bundle_shows_the_capture_though_its_secret_still_exists(
    world: World, party: Party
) -> None:
    officer = world.person("CASE_OFFICER")
    before = (await officer.post(f"{party.path}/bundles", headers=HANDLING)).json()
    world.clock.advance(days=31)
    await world.person("ARCHIVIST").post(f"{party.path}/erasure-proposal", json=WHY)
    await world.person("AGENCY_HEAD").post(f"{party.path}/erasures", json={})
    async with world.database("evidence") as conn:
        await conn.execute("DELETE FROM erasures_due")  # the job that destroys is late
    await world.settle()
    assert world.runtimes["evidence"].db.secrets.has(f"evidence/{party.capture_id}")

    old = await officer.get(before["href"], headers=HANDLING)
    made = await officer.post(f"{party.path}/bundles", headers=HANDLING)
    new = await officer.get(made.json()["href"], headers=HANDLING)

    assert (old.status_code, old.json()["code"]) == (410, "EVD_ERASED")
    assert (made.status_code, new.status_code) == (201, 200)
    assert party.traces_in(new.content) == []


@A_REJECTED_CAPTURE
async def test_restoring_a_backup_from_before_the_erasure_brings_nothing_back(
    world: World, party: Party, tmp_path: Path
) -> None:
    made = (await world.person("CASE_OFFICER").post(f"{party.path}/bundles", headers=HANDLING)).json()
    world.clock.advance(days=31)
    await world.settle()
    # The control: until now every trace can be read, so the searches below would find it.
    assert (await world.person("AGENCY_HEAD").get(party.path, headers=HANDLING)).json()["plate"] == PLATE
    assert await world.sealed.get((await captures(world))[0]["body_sha256"]) == party.body
    assert set(party.traces_in(party.body)) == {"plate in JSON", "picture in the message", "message"}
    backup = await backed_up(world, tmp_path)
    shutil.copytree(world.folder / "erasable/evidence", tmp_path / "old-secrets")

    await erased(world, party)

    assert (await world.fsck()).findings == []
    async with restored(world, backup, "evidence") as old:
        head, db = old.person("AGENCY_HEAD"), old.runtimes["evidence"].db
        shown = (await head.get(party.path, headers=HANDLING)).json()
        picture = await head.get(f"{party.path}/images/1", headers=HANDLING)
        bundle = await old.person("CASE_OFFICER").get(made["href"], headers=HANDLING)
        async with view(db, authorize(SELF, Action.CAPTURE_CHECK)) as v:
            subject = (await rows.get(v, EvidenceId(party.capture_id))).subject
            plates = await bundles.list_plates(v, [f"evidence/{party.capture_id}"])
        readable = [await opens(old, m["sha256"], party) for m in shown["media"]]

    # Only the destroyed secret hides the contents: with a backup of the secrets they can still be read.
    before = SealedBlobs(Folder(backup.folder / "blobs/evidence"), Secrets(tmp_path / "old-secrets"))
    assert await before.get(shown["media"][0]["sha256"]) == jpeg(shade=90)
    assert (shown["plate"], shown["is_erased"], shown["erasure"]) == (None, True, None)
    assert (picture.status_code, bundle.status_code) == (410, 410)
    assert (subject, plates, readable) == (None, [], [False, False])
    for name, data in [*everything_in(backup.folder), *everything_in(world.folder), *backup.dumps.items()]:
        assert party.traces_in(data) == [], name


@A_REJECTED_CAPTURE
async def test_proofs_hold_after_the_erasure(world: World, party: Party, tmp_path: Path) -> None:
    world.clock.advance(days=31)
    await erased(world, party)
    officer = world.person("CASE_OFFICER")

    made = (await officer.post(f"{party.path}/bundles", headers=HANDLING)).json()
    data = (await officer.get(made["href"], headers=HANDLING)).content

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        (tmp_path / "verify.py").write_bytes(archive.read("verify/verify.py"))
        report = archive.read("report.html").decode()
    (tmp_path / "bundle.zip").write_bytes(data)
    trusted = ["--key", world.installation.d.root_key().vkey]
    run = run_verifier(tmp_path / "verify.py", tmp_path / "bundle.zip", trusted)
    assert (run.returncode, "已依法删除" in run.stdout) == (0, True), run.stdout
    assert [name for name in names if name.startswith(("media/", "disclosures/"))] == []
    assert party.traces_in(data) == []
    assert "已依法删除" in report


async def opens(world: World, sha256: str, party: Party) -> bool:
    try:
        await world.sealed.get(sha256, of=f"evidence/{party.capture_id}")
    except Erased:
        return False
    return True
