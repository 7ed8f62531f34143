"""A court bundle proves itself with the standard library alone, and one flipped byte is found."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from mz.operate.proof import run_verifier, trusted_in
from tests import given
from tests.case.story import OPENED
from tests.world import World

pytestmark = pytest.mark.begins(OPENED)

HANDLING = {"x-purpose-of-use": "CASE_HANDLING"}


@pytest.fixture
async def evidence_id(world: World) -> str:
    watching = await given.a_camera_in_service(world)
    world.clock.advance(minutes=10)
    made = await given.accepted_evidence(world, watching)
    await world.settle()
    return made


async def exported(world: World, evidence_id: str) -> bytes:
    officer = world.person("CASE_OFFICER")
    made = await officer.post(f"/v1/captures/{evidence_id}/bundles", headers=HANDLING)
    assert made.status_code == 201, made.text
    fetched = await officer.get(made.json()["href"], headers=HANDLING)
    assert fetched.headers["content-type"] == "application/zip"
    assert len(fetched.content) == made.json()["size"]
    return fetched.content


def verified(folder: Path, data: bytes, root: str, *, by: bytes | None = None) -> tuple[int, str]:
    """Run the verifier that lies in the bundle `by`, or in `data` itself, with the standard library alone."""
    bundle = folder / "bundle.zip"
    bundle.write_bytes(data)
    script = folder / "verify.py"
    with zipfile.ZipFile(io.BytesIO(by or data)) as archive:
        script.write_bytes(archive.read("verify/verify.py"))
    run = run_verifier(script, bundle, ["--key", root])
    return run.returncode, run.stdout


async def test_a_bundle_verifies_offline_and_its_export_is_on_record(
    world: World, evidence_id: str, tmp_path: Path
) -> None:
    data = await exported(world, evidence_id)

    code, said = verified(tmp_path, data, world.installation.d.root_key().vkey)

    assert code == 0, said
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        report = archive.read("report.html").decode()
    assert names == sorted(names)
    assert manifest["evidence_ids"] == [evidence_id]
    assert {s.partition("/")[0] for s in manifest["streams"]} == {"evidence", "device"}
    assert "演示时钟" in report
    assert "供参考" in report
    async with world.database("evidence") as connection:
        note = await connection.fetchval("SELECT note FROM outbox WHERE type = 'evidence.exported'")
        row = await connection.fetchrow("SELECT * FROM bundles")
    body = json.loads(bytes(note).partition(b"\n")[0])["data"]
    assert (body["bundle_sha256"], body["manifest_sha256"]) == (row["sha256"], row["manifest_sha256"])
    assert body["purpose"] == "CASE_HANDLING"


async def test_a_bundle_carries_the_statements_of_outsiders_and_names_those_that_are_missing(
    world: World, evidence_id: str, tmp_path: Path
) -> None:
    """The monitor does not answer, the witness and the authority do: the export does not wait."""
    data = await exported(world, evidence_id)
    (tmp_path / "bundle.zip").write_bytes(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        report = archive.read("report.html").decode()
        (tmp_path / "verify.py").write_bytes(archive.read("verify/verify.py"))

    all_demanded = trusted_in(world.installation.d)
    without_monitor = all_demanded[: all_demanded.index("--monitor")]
    demanded = run_verifier(tmp_path / "verify.py", tmp_path / "bundle.zip", all_demanded)
    offered = run_verifier(tmp_path / "verify.py", tmp_path / "bundle.zip", without_monitor)

    assert "<th>监督方的完整性声明（以公布的公钥核验）</th><td>无</td>" in report
    assert (demanded.returncode, "末条之后无缺" in demanded.stdout.split("未核验:")[1]) == (2, True)
    assert offered.returncode == 0, offered.stdout
    assert all(word in offered.stdout for word in ("见证前", "证明当时已有前", "把 SM3 树的前"))


async def test_one_flipped_byte_anywhere_is_found(world: World, evidence_id: str, tmp_path: Path) -> None:
    data = await exported(world, evidence_id)
    root = world.installation.d.root_key().vkey
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {info.filename: info.header_offset + 30 + len(info.filename) for info in archive.infolist()}

    # One file of each kind; the whole of a bundle is flipped file by file in the ledger's own tests.
    kinds = {name.partition("/")[0]: at for name, at in files.items()}
    for name, at in kinds.items():
        flipped = bytearray(data)
        flipped[at + 5] ^= 1
        code, said = verified(tmp_path, bytes(flipped), root, by=data)
        assert code == 1, f"{name}: {said}"


async def test_a_bundle_under_a_foreign_root_is_not_believed(
    world: World, evidence_id: str, tmp_path: Path
) -> None:
    data = await exported(world, evidence_id)
    own = world.installation.d.root_key().vkey

    code, said = verified(tmp_path, data, own[:-8] + ("AAAAAAA=" if own.endswith("=") else "AAAAAAAA"))

    assert code != 0, said


async def test_a_bundle_names_a_purpose_and_goes_to_the_person_who_exported_it(
    world: World, evidence_id: str
) -> None:
    officer = world.person("CASE_OFFICER")
    path = f"/v1/captures/{evidence_id}/bundles"

    without = await officer.post(path)
    made = (await officer.post(path, headers=HANDLING)).json()
    other = await world.person("EVIDENCE_REVIEWER").get(made["href"], headers=HANDLING)
    stranger = await world.person("CASE_OFFICER", agency=1).post(path, headers=HANDLING)

    assert (without.status_code, without.json()["code"]) == (403, "PURPOSE_NOT_ALLOWED")
    assert (other.status_code, stranger.status_code) == (404, 404)


async def test_a_case_that_does_not_exist_has_no_bundle(world: World, evidence_id: str) -> None:
    order = {"case_id": "cas_01jqwkb4x8e0h9f6t3yq2m5w7z"}

    answer = await world.person("CASE_OFFICER").post("/v1/evidence-bundles", json=order, headers=HANDLING)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_the_bundle_of_a_case_holds_its_records_its_evidence_and_its_device(
    world: World, evidence_id: str, tmp_path: Path
) -> None:
    # The case service opened a case for the accepted evidence by itself.
    officer = world.person("CASE_OFFICER")
    (case_id,) = [case["id"] for case in (await officer.get("/v1/cases")).json()["items"]]

    made = await officer.post("/v1/evidence-bundles", json={"case_id": case_id}, headers=HANDLING)
    foreign = await world.person("CASE_OFFICER", agency=1).post(
        "/v1/evidence-bundles", json={"case_id": case_id}, headers=HANDLING
    )
    data = (await officer.get(made.json()["href"], headers=HANDLING)).content
    code, said = verified(tmp_path, data, world.installation.d.root_key().vkey)

    assert (code, foreign.status_code) == (0, 404), said
    assert (made.json()["case_id"], made.json()["evidence_ids"]) == (case_id, [evidence_id])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        streams = json.loads(archive.read("manifest.json"))["streams"]
    assert {stream.partition("/")[0] for stream in streams} == {"case", "device", "evidence"}
