"""Records that the exporting service could write itself do not make a bundle say what nobody proved."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from common.values.errors import Refusal
from evidence.bundles.extract import extract, leads_to
from evidence.ledger.genesis import rotation
from ledger.canonical import canonical
from ledger.verifier.report import FORGED, VERIFIED
from tests.evidence.ledger.bundles import (
    files_of,
    forged,
    id_of,
    standing,
)
from tests.evidence.ledger.conftest import empty_ledger, open_ledger
from tests.evidence.told import DIGEST, NOBODY, Make, begun, page, row
from tests.ledger.given import DEVICE, EVIDENCE, START, Stream, note_key

pytestmark = pytest.mark.slow

__all__ = ["empty_ledger", "open_ledger"]

D2 = Stream("device/dev_01kajbch80e00800000000001h", DEVICE)


async def test_the_report_calls_no_device_lawful_of_which_the_registry_stated_nothing(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    await told.taken()
    await told.checked(capability_sha256=None)
    await told.opened()
    told.statement = b""
    made = await told.made()
    files = forged({n: d for n, d in made.files.items() if not n.startswith("statements/e3b0c4")})

    report = made.check(tmp_path / "b.zip", files)

    assert row(files, "采集时设备合法") != "是" or report.verdict != VERIFIED, report.lines()


async def test_the_standing_of_another_device_says_nothing_about_the_one_that_took_the_pictures(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    other = Stream(D2.name, DEVICE)
    await told.registered(other)
    told.statement = standing(other)
    await told.taken()
    await told.checked(device_id=id_of(other))
    await told.opened()
    told.others = [other]
    made = await told.made()

    report = made.check(tmp_path / "b.zip")

    assert report.verdict != VERIFIED, report.lines()


async def test_the_report_does_not_show_as_the_plate_a_value_that_a_later_record_commits_to(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    await told.taken()
    await told.checked()
    salt = bytes([9] * 16)
    other = hashlib.sha256(salt + canonical(["plate", "苏B00000"])).hexdigest()
    await told.add(
        told.capture, "evidence.disclosed", {"device_id": id_of(told.device), "plate": {"c": other}}
    )
    await told.opened()
    true = told.disclosed
    told.disclosed = [replace(true[0], digest=bytes.fromhex(other), salt=salt, value="苏B00000")]
    made = await told.made()

    report = made.check(tmp_path / "b.zip")

    # The plate of the intake stays closed, and the report prints another one.
    assert (report.verdict, row(made.files, "号牌")) != (VERIFIED, "苏B00000"), report.lines()


async def test_an_honest_bundle_of_a_capture_with_two_plates_is_verified(
    open_ledger: Make, tmp_path: Path
) -> None:
    verdicts = {}
    told = await begun(open_ledger)
    await told.taken()
    await told.checked()
    salt = bytes([9] * 16)
    other = hashlib.sha256(salt + canonical(["plate", "苏B00000"])).hexdigest()
    await told.add(
        told.capture, "evidence.accepted_again", {"device_id": id_of(told.device), "plate": {"c": other}}
    )
    await told.opened()
    (first,) = told.disclosed
    second = replace(first, digest=bytes.fromhex(other), salt=salt, value="苏B00000")
    for order in ([first, second], [second, first]):
        told.disclosed = order
        told.anchors = Stream("log/sm3") if not told.anchors.seq + 1 else told.anchors
        made = await told.made()
        verdicts[order[0].value] = made.check(tmp_path / "b.zip").verdict

    assert set(verdicts.values()) == {VERIFIED}, verdicts


async def test_a_record_of_one_capture_brings_no_other_capture_into_the_bundle(
    open_ledger: Make, tmp_path: Path
) -> None:
    """Only the case service says which captures a case has; here the capture's own stream has a `case.decided`."""
    told = await begun(open_ledger)
    stranger = Stream()
    await told.add(stranger, "evidence.ingested", told._ingested(told.capture) | {"media": []})
    await told.taken()
    await told.checked()
    await told.add(
        told.capture,
        "case.decided",
        {"device_id": id_of(told.device), "evidence_ids": [id_of(stranger)]},
    )
    await told.opened()
    told.others = [stranger]
    made = await told.made()

    report = made.check(tmp_path / "b.zip")

    assert report.verdict == FORGED, report.lines()


async def test_a_picture_is_not_excused_by_the_erasure_of_its_copy_in_another_capture(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    copy = Stream()
    await told.taken()
    await told.taken(copy)
    await told.checked()
    erased = {"device_id": id_of(told.device), "media": [DIGEST], "reason": "PARTY_REQUEST"}
    await told.add(copy, "evidence.erased", erased)
    await told.opened([told.capture, copy])
    told.others, told.disclosed = [copy], []
    made = await told.made()
    files = forged({n: d for n, d in made.files.items() if not n.startswith("media/")})

    report = made.check(tmp_path / "b.zip", files)

    assert report.verdict != VERIFIED, report.lines()


async def test_a_picture_that_a_second_intake_adds_later_is_shown_in_the_report_or_refused(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    await told.taken()
    await told.checked()
    await told.opened()
    fake = b"\xff\xd8fake"
    item = {"media_type": "image/jpeg", "sha256": hashlib.sha256(fake).hexdigest(), "size": len(fake)}
    await told.taken(media=[item])
    told.pictures = {**told.pictures, item["sha256"]: fake}
    made = await told.made()

    report = made.check(tmp_path / "b.zip")

    assert report.verdict != VERIFIED or item["sha256"] in page(made.files), report.lines()


async def test_a_statement_that_is_older_than_the_checkpoint_does_not_verify_that_nothing_follows(
    open_ledger: Make, tmp_path: Path
) -> None:
    """The exporter kept a statement from before the record that he leaves out; the checkpoint is from after it."""
    told = await begun(open_ledger)
    await told.taken()
    await told.checked()
    await told.opened()
    await told.anchor()
    await told.stamp(START + timedelta(seconds=30))
    early = (await told.bundle()).data
    codes = {"codes": ["E-SUB-01"], "device_id": id_of(told.device)}
    await told.add(told.capture, "evidence.rejected", codes)
    late = await told.made()
    old = files_of(early)
    cut = max(int(name[8:-6]) for name in late.files if name.startswith("records/"))
    async with told._log() as log:
        seen = int(old["checkpoints/final.note"].split(b"\n")[1])
        taken = await extract(log, [told.capture.name], policy=None)
        leads = await leads_to(
            log,
            seen,
            replace(
                taken,
                size=int(late.files["checkpoints/final.note"].split(b"\n")[1]),
                checkpoint=late.files["checkpoints/final.note"],
            ),
        )
    gone = (f"records/{cut}.", f"proofs/{cut}.", f"sm3/proofs/{cut}.")
    files = {name: data for name, data in late.files.items() if not name.startswith(gone)}
    files["statements/completeness.note"] = old["statements/completeness.note"]
    files["consistency/statement-final.txt"] = leads

    report = late.check(tmp_path / "b.zip", forged(files))

    assert report.verdict != VERIFIED or "声明之后" in "".join(report.not_checked), report.lines()


async def test_a_manifest_by_a_key_that_was_rotated_away_says_that_the_key_log_may_go_on(
    open_ledger: Make, tmp_path: Path
) -> None:
    """The thief of the old key leaves the rotation out. Without a monitor nothing shows it: the verdict must say so."""
    told = await begun(open_ledger)
    await told.taken()
    await told.checked()
    await told.opened()
    keys = told.ledger.sequencer.keys
    new = note_key("evidence.test.mingzheng.example/k2", 10)
    await told.ledger.sequencer.append(rotation(EVIDENCE, new, keys, at=START))
    told.anchors = Stream("log/sm3", new)
    made = await told.made()
    last = max(int(name[5:-6]) for name in made.files if name.startswith("keys/") and name.endswith(".entry"))
    gone = (f"keys/{last}.", "sm3/", "statements/completeness", "consistency/statement")
    files = forged({name: data for name, data in made.files.items() if not name.startswith(gone)})

    report = made.check(tmp_path / "b.zip", files, **NOBODY)

    assert report.verdict != VERIFIED or "吊销" in "".join(report.not_checked), report.lines()


async def test_a_picture_is_not_taken_for_here_because_a_statement_has_its_digest(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    digest = hashlib.sha256(told.statement).hexdigest()
    item = {"media_type": "image/jpeg", "sha256": digest, "size": len(told.statement)}
    await told.taken(media=[*told._ingested(told.capture)["media"], item])
    await told.checked()
    await told.opened()
    made = await told.made()

    report = made.check(tmp_path / "b.zip")

    assert f"media/{digest}.jpg" not in made.files
    assert report.verdict != VERIFIED, report.lines()


async def test_a_wrong_line_beside_a_right_one_of_the_same_key_is_refused_as_the_page_says(
    open_ledger: Make, tmp_path: Path
) -> None:
    told = await begun(open_ledger)
    note = told.device.next(type="device.activated", data={"profile": "DEMO@2025.1"})
    junk = base64.b64encode(DEVICE.verifier.key_id + bytes(range(64))).decode()
    note += f"— {DEVICE.name} {junk}\n".encode()
    told.device.prev = hashlib.sha256(note).digest()
    try:
        await told.ledger.sequencer.append(note)
    except Refusal:
        return  # The ledger takes no such record, so no bundle has one.
    await told.taken()
    await told.checked()
    await told.opened()

    report = (await told.made()).check(tmp_path / "b.zip")

    assert report.verdict == FORGED, report.lines()
