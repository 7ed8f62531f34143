"""Files that the service itself could leave out of a bundle or add to it, while all its own signatures are valid."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.ledger.genesis import Enrolment, registration, revocation
from ledger.verifier.bundle import verify_bundle
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from mz.postgres import Server
from tests.evidence.ledger.bundles import (
    MONITOR,
    Case,
    Files,
    Made,
    failed,
    files_of,
    forged,
    make_bundle,
    resigned,
    verdict_of,
)
from tests.evidence.ledger.conftest import empty_ledger, ledgers, open_ledger
from tests.evidence.ledger.given import BOTH
from tests.ledger.given import LOG, ROOT, SM2_LOG, START, STRANGER, Stream

__all__ = ["empty_ledger", "open_ledger"]

PICTURE = b"\xff\xd8picture"
DIGEST = hashlib.sha256(PICTURE).hexdigest()
FAKE = b"\xff\xd8fake"


@pytest.fixture(scope="module")
async def made(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One bundle for all tests here: none of them changes it, each makes its own copy of the files."""
    async with ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("bundle")) as open_ledger:
        return await make_bundle(open_ledger)


async def bundle_with(
    open_ledger: Callable[..., Any], *, of_capture: Any = None, of_case: Any = None, revoked: Any = None
) -> Made:
    """A bundle whose capture or case has one more record: its type and data. `revoked`: a key that was once valid."""
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin(devices=True)
    case = Case(ledger, records=4, pictures=[PICTURE])

    async def nobody() -> None: ...

    await case.stamp(START)
    await case.record(between=nobody)
    for stream, more in ((case.captures[0], of_capture), (case.case, of_case)):
        if more is not None:
            await ledger.sequencer.append(stream.next(type=more[0], data=more[1]))
    if revoked is not None:
        enrolment, sequencer = Enrolment(revoked, ("device/",)), ledger.sequencer
        await sequencer.append(registration(enrolment, sequencer.keys, roots=[ROOT], at=START))
        note = revocation(revoked.verifier, sequencer.keys, reason="KEY_COMPROMISED", roots=[ROOT], at=START)
        await sequencer.append(note)
    await case.anchor()
    await case.stamp(START)
    await case.witness()
    made = await case.bundle()
    return Made(files_of(made.data), case.authority_pem)


def without_pictures(files: Files) -> Files:
    return forged({n: d for n, d in files.items() if not n.startswith(("media/", "disclosures/"))})


def by_shell(folder: Path, files: Files) -> int:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    script = folder / "verify" / "verify.sh"
    command = ["bash", str(script), str(folder), "--key", ROOT.vkey]
    return subprocess.run(command, capture_output=True, check=False).returncode


def opened(report: Report) -> str:
    return "\n".join(why for step in report.steps for why in step.open)


def erased(digest: str) -> tuple[str, dict[str, Any]]:
    return "evidence.erased", {"media": [digest], "reason": "PARTY_REQUEST"}


@pytest.mark.parametrize(
    "said, verdict, code",
    [(None, NOT_VERIFIED, 2), (erased("00" * 32), NOT_VERIFIED, 2), (erased(DIGEST), VERIFIED, 0)],
    ids=["no record", "a record of another", "its record"],
)
async def test_a_picture_that_is_left_out_is_not_verified_unless_a_record_says_it_was_erased(
    open_ledger: Callable[..., Any], tmp_path: Path, said: Any, verdict: str, code: int
) -> None:
    made = await bundle_with(open_ledger, of_capture=said)
    is_erased = said == erased(DIGEST)
    # A picture, and a value, that a record says was erased must not be shown any more.
    with_it = made.check(tmp_path / "a.zip")
    steps = {"media", "disclosures"} if is_erased else {"disclosures"} if said else set()
    assert failed(with_it) == steps, with_it.lines()
    files = without_pictures(made.files)

    report = made.check(tmp_path / "b.zip", files)

    assert (report.verdict, by_shell(tmp_path / "b", files)) == (verdict, code), report.lines()
    assert f"图像 {DIGEST} {'已依法删除' if verdict == VERIFIED else '不在包内'}" in "\n".join(report.lines())


@pytest.mark.slow
async def test_a_digest_in_the_words_of_a_party_makes_no_picture_evidence(
    open_ledger: Callable[..., Any], tmp_path: Path
) -> None:
    fake = hashlib.sha256(FAKE).hexdigest()
    made = await bundle_with(open_ledger, of_case=("case.defended", {"statement": fake}))
    files = forged(made.files | {f"media/{fake}.jpg": FAKE})

    report = made.check(tmp_path / "b.zip", files)

    assert (report.verdict, failed(report)) == (FORGED, {"media"})
    assert by_shell(tmp_path / "b", files) == 1


async def test_evidence_that_the_case_names_must_be_in_its_bundle(
    open_ledger: Callable[..., Any], tmp_path: Path
) -> None:
    other = Stream().name.removeprefix("evidence/")
    made = await bundle_with(open_ledger, of_case=("case.opened", {"evidence_id": other}))

    report = made.check(tmp_path / "b.zip")

    assert report.verdict == NOT_VERIFIED
    assert f"{other},它的记录不在包内" in opened(report)


@pytest.mark.parametrize("seq, steps", [(0, {"signatures"}), (1, {"monitor"})])
async def test_a_record_about_keys_that_is_left_out_is_found(
    open_ledger: Callable[..., Any], tmp_path: Path, seq: int, steps: set[str]
) -> None:
    """Otherwise the revocation of a stolen key could be hidden, and records signed by the thief would pass."""
    made = await bundle_with(open_ledger, revoked=STRANGER)
    indexes = [int(n[5:-6]) for n in made.files if n.startswith("keys/") and n.endswith(".entry")]
    gone = sorted(indexes)[-2:][seq]
    names = (f"keys/{gone}.", f"sm3/proofs/{gone}.")
    files = resigned({name: data for name, data in made.files.items() if not name.startswith(names)})

    report = made.check(tmp_path / "b.zip", files)

    assert (report.verdict, failed(report) >= steps) == (FORGED, True), report.lines()


async def test_a_statement_from_before_the_last_record_says_nothing_of_what_follows_it(
    made: Made, tmp_path: Path
) -> None:
    said = json.loads(made.files["statements/completeness.note"].split(b"\n")[1])
    early = made.files["checkpoints/lower.note"]
    size = int(early.split(b"\n")[1])
    heads = [
        head if head["stream"].startswith(("keys/", "log")) else head | {"seq": -1, "sha256": "00" * 32}
        for head in said["streams"]
    ]
    stale = said | {"size": size, "checkpoint": early.decode(), "streams": heads}
    files = made.files | {
        "statements/completeness.note": MONITOR.statement("stream-heads", stale),
        "consistency/statement-final.txt": made.files["consistency/lower-final.txt"],
    }

    report = made.check(tmp_path / "b.zip", forged(files))

    assert (report.verdict, verdict_of(report, "monitor")) == (NOT_VERIFIED, NOT_VERIFIED), report.lines()


async def test_a_file_of_which_nothing_is_verified_is_not_passed_over(made: Made, tmp_path: Path) -> None:
    for name in ("Media/picture.jpg", "media/more/picture.jpg", "图像.jpg", "records/1.entry.jpg"):
        report = made.check(tmp_path / "b.zip", forged(made.files | {name: FAKE}))

        assert (report.verdict, failed(report) <= {"archive", "files", "media"}) == (FORGED, True), name


async def test_an_archive_in_a_compression_of_no_bundle_is_refused_without_an_exception(
    made: Made, tmp_path: Path
) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in made.files.items():
            archive.writestr(name, data)
    # The properties byte of each LZMA stream, after its version and length.
    path.write_bytes(path.read_bytes().replace(b"\x05\x00\x5d", b"\x05\x00\xff"))

    assert verify_bundle(path, trust=made.trust()).verdict != VERIFIED
