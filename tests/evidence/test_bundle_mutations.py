"""A court bundle with everything in it: it verifies, and no file of it can be altered, lost, added or swapped."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.checkpoint import Checkpoint, parse
from ledger.notes import STREAM_HEADS
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from mz.postgres import Server
from tests.evidence.ledger.bundles import (
    MONITOR,
    Files,
    Made,
    failed,
    forged,
    make_bundle,
    resigned,
    verdict_of,
    zipped,
)
from tests.evidence.ledger.conftest import empty_ledger, ledgers, open_ledger
from tests.ledger.given import CASE, EVIDENCE, LOG, ROOT, SM2_LOG, STRANGER, Stream
from tests.outsiders.given import W1, W2, W3

__all__ = ["empty_ledger", "open_ledger"]


@pytest.fixture(scope="module")
async def made(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One bundle for all tests here: none of them changes it, each makes its own copy of the files."""
    async with ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("bundle")) as open_ledger:
        return await make_bundle(open_ledger)


def flipped(data: bytes, bit: random.Random) -> bytes:
    at = bit.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << bit.randrange(8)]) + data[at + 1 :]


def says_why(report: Report, name: str) -> bool:
    """Whether the report names `name` beside a failed step, in a sentence with Chinese in it."""
    faults = [fault for step in report.steps for fault in step.forged if name in fault]
    shown = "\n".join(report.lines())
    return any("一" <= letter <= "鿿" for fault in faults for letter in fault) and " 不符:" in shown


async def test_a_bundle_with_every_voucher_verifies_alone_in_every_step(made: Made, tmp_path: Path) -> None:
    """The verifier comes from the bundle and runs isolated: neither our packages nor `cryptography` can be imported."""
    (tmp_path / "alone.py").write_bytes(made.files["verify/verify.py"])
    (tmp_path / "tsa.pem").write_bytes(made.root)
    path = zipped(tmp_path / "b.zip", made.files)
    trusted = ["--key", ROOT.vkey, "--tsa", str(tmp_path / "tsa.pem"), "--monitor", MONITOR.vkey]
    trusted += [part for key in (W1, W2, W3) for part in ("--witness", key.cosigner.vkey)]
    command = [sys.executable, "-I", "-S", str(tmp_path / "alone.py"), str(path), *trusted, "--quorum", "2"]

    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert ran.stdout.startswith("核验结论:核验通过 (VERIFIED)")
    assert "未核验" not in ran.stdout
    assert {step.verdict for step in made.check(tmp_path / "b.zip").steps} == {VERIFIED}


async def test_every_file_with_one_bit_changed_is_refused_and_named(made: Made, tmp_path: Path) -> None:
    bit = random.Random(7)
    for name, data in made.files.items():
        report = made.check(tmp_path / "b.zip", made.files | {name: flipped(data, bit)})
        assert (report.verdict, says_why(report, name)) == (FORGED, True), (name, report.lines())


async def test_every_file_is_needed_and_none_can_be_added(made: Made, tmp_path: Path) -> None:
    for name in made.files:
        report = made.check(tmp_path / "b.zip", {n: d for n, d in made.files.items() if n != name})
        assert (report.verdict, says_why(report, name)) == (FORGED, True), (name, report.lines())
        strange = f"{name.rpartition('/')[0]}/more.txt".removeprefix("/")
        report = made.check(tmp_path / "b.zip", made.files | {strange: b"more"})
        assert (report.verdict, says_why(report, strange)) == (FORGED, True), strange


async def test_no_two_files_can_change_places(made: Made, tmp_path: Path) -> None:
    names = [name for name in made.files if not name.startswith("manifest.")]
    for one, other in zip(names, [*names[1:], names[0]], strict=True):
        if made.files[one] == made.files[other]:
            continue
        swap = {one: made.files[other], other: made.files[one]}
        report = made.check(tmp_path / "b.zip", made.files | swap)
        assert (report.verdict, says_why(report, one)) == (FORGED, True), (one, other)


PAPER = (
    "README.zh-CN.md",
    "report.html",
    "verify/verify.py",
    "verify/verify.sh",
)


async def test_a_signer_of_manifests_still_cannot_alter_a_file_that_proves_anything(
    made: Made, tmp_path: Path
) -> None:
    """The service itself forges, so every digest is right; the step that reads the file finds the change."""
    bit = random.Random(11)
    for name, data in made.files.items():
        if name in PAPER or name.startswith("manifest.") or name == "keys/policy.txt":
            continue
        report = made.check(tmp_path / "b.zip", forged(made.files | {name: flipped(data, bit)}))
        if name.endswith(".tsr") and not failed(report):
            # A bit in a certificate may leave a token that leads to no root: it proves nothing, and the report says so.
            step = "not-before" if "lower" in name else "not-after"
            assert (verdict_of(report, step), name in "".join(report.not_checked)) == (NOT_VERIFIED, True), (
                name
            )
            continue
        assert report.verdict == FORGED, (name, report.lines())
        assert failed(report) - {"manifest"}, name
        assert "files" not in failed(report), name


async def test_a_policy_that_names_another_log_is_refused(made: Made, tmp_path: Path) -> None:
    policy = made.files["keys/policy.txt"]
    for altered in (policy.replace(b"log ", b"log x"), policy + b"quorum none\n", b"", b"\xff\n"):
        report = made.check(tmp_path / "b.zip", forged(made.files | {"keys/policy.txt": altered}))
        assert "checkpoint" in failed(report)
        assert failed(report) <= {"checkpoint", "manifest", "report"}


def line_of(note: bytes, name: str) -> bytes:
    return next(line for line in note.splitlines(keepends=True) if line.startswith(f"— {name} ".encode()))


def without_witness(files: Files) -> Files:
    note, policy = files["checkpoints/final.note"], files["keys/policy.txt"]
    named = f"witness {W2.cosigner.name} {W2.cosigner.vkey}\n".encode()
    shorter = _with_final(files, note.replace(line_of(note, W2.cosigner.name), b""))
    return shorter | {"keys/policy.txt": policy.replace(named, b"")}


def _with_final(files: Files, note: bytes) -> Files:
    """`files` in which every proof that leads to the final checkpoint leads to `note`."""
    old = files["checkpoints/final.note"]
    return {name: data.replace(old, note) for name, data in files.items()}


def foreign_cosignature(files: Files) -> Files:
    note = files["checkpoints/final.note"]
    forged = W1.line(b"another checkpoint\n", 1)
    return _with_final(files, note.replace(line_of(note, W1.cosigner.name), forged))


def without_sm2(files: Files) -> Files:
    note = files["checkpoints/final.note"]
    lines = [line for line in note.splitlines(keepends=True) if line.startswith(f"— {LOG.name} ".encode())]
    assert len(lines) == 2
    return _with_final(files, note.replace(lines[1], b""))


def other_token(files: Files) -> Files:
    return files | {"timestamps/upper.bureau-of-time.tsr": files["timestamps/lower.bureau-of-time.tsr"]}


def lower_is_upper(files: Files) -> Files:
    swapped = {
        name.replace("upper", "lower"): data
        for name, data in files.items()
        if "upper" in name and not name.startswith("verify")
    }
    return files | swapped


def forked_lower(files: Files) -> Files:
    size = parse(files["checkpoints/lower.note"])[0].size
    note = Checkpoint(LOG.name, size, bytes(32)).signed(LOG, SM2_LOG)
    return files | {"checkpoints/lower.note": note}


def said_by(files: Files, key: Any = MONITOR, **changes: Any) -> Files:
    note = files["statements/completeness.note"]
    said = json.loads(note.split(b"\n")[1]) | changes
    return files | {"statements/completeness.note": key.statement(STREAM_HEADS, said)}


def stranger_oversees(files: Files) -> Files:
    return said_by(files, STRANGER)


def one_more_record(files: Files) -> Files:
    streams = json.loads(files["statements/completeness.note"].split(b"\n")[1])["streams"]
    return said_by(files, streams=[streams[0] | {"seq": streams[0]["seq"] + 1}, *streams[1:]])


def never_seen(files: Files) -> Files:
    streams = json.loads(files["statements/completeness.note"].split(b"\n")[1])["streams"]
    return said_by(files, streams=[streams[0] | {"seq": -1, "sha256": "00" * 32}, *streams[1:]])


def other_twin(files: Files) -> Files:
    twin = parse(files["sm3/checkpoint.note"])[0]
    keys = [key.named(twin.origin) for key in (LOG, SM2_LOG)]
    forged = Checkpoint(twin.origin, twin.size, bytes(32)).signed(*keys)
    old = files["sm3/checkpoint.note"]
    return {name: data.replace(old, forged) for name, data in files.items()}


def twin_without_sm2(files: Files) -> Files:
    old = files["sm3/checkpoint.note"]
    lines = old.splitlines(keepends=True)
    return {name: data.replace(old, b"".join(lines[:-1])) for name, data in files.items()}


def no_twin_proof(files: Files) -> Files:
    gone = next(name for name in files if name.startswith("sm3/proofs/"))
    return {name: data for name, data in files.items() if name != gone}


def cut_stream(files: Files) -> Files:
    last = max(int(n.split("/")[1].split(".")[0]) for n in files if n.startswith("records/"))
    gone = (f"records/{last}.entry", f"proofs/{last}.tlog-proof", f"sm3/proofs/{last}.tlog-proof")
    return {name: data for name, data in files.items() if name not in gone}


FORGERIES: list[tuple[Callable[[Files], Files], set[str]]] = [
    (foreign_cosignature, {"witnesses", "checkpoint"}),
    (without_sm2, {"checkpoint"}),
    (other_token, {"not-after"}),
    (lower_is_upper, {"not-before", "not-after"}),
    (forked_lower, {"consistency", "not-before"}),
    (stranger_oversees, {"monitor"}),
    (one_more_record, {"monitor"}),
    (never_seen, {"monitor"}),
    (other_twin, {"sm3"}),
    (twin_without_sm2, {"sm3"}),
    (no_twin_proof, {"files", "sm3"}),
    (cut_stream, {"monitor"}),
]


@pytest.mark.parametrize("tamper, steps", FORGERIES, ids=[tamper.__name__ for tamper, _ in FORGERIES])
async def test_a_forgery_with_a_fresh_manifest_fails_exactly_the_step_that_it_breaks(
    made: Made, tmp_path: Path, tamper: Callable[[Files], Files], steps: set[str]
) -> None:
    assert made.check(tmp_path / "a.zip", resigned(made.files)).verdict == VERIFIED

    report = made.check(tmp_path / "b.zip", forged(tamper(made.files)))

    assert report.verdict == FORGED
    assert failed(report), report.lines()
    assert failed(report) <= steps, report.lines()


async def test_a_missing_cosignature_token_or_statement_is_not_verified_and_not_forged(
    made: Made, tmp_path: Path
) -> None:
    def without(*parts: str) -> Files:
        return forged({n: d for n, d in made.files.items() if not n.startswith(parts)})

    short = made.check(tmp_path / "b.zip", forged(without_witness(made.files)))
    unstamped = made.check(
        tmp_path / "b.zip",
        without(
            "timestamps/",
            *(f"{folder}/{role}" for folder in ("checkpoints", "consistency") for role in ("lower", "upper")),
        ),
    )
    unseen = made.check(tmp_path / "b.zip", without("statements/completeness", "consistency/statement"))

    reports = {"witnesses": short, "not-after": unstamped, "monitor": unseen}
    for step, report in reports.items():
        assert (report.verdict, verdict_of(report, step)) == (NOT_VERIFIED, NOT_VERIFIED), report.lines()
        chinese = next(each.name.split()[0] for each in report.steps if each.name.endswith(step))
        assert any(line.startswith(" 未核验:") and chinese in line for line in report.lines())


async def test_without_trust_in_outsiders_the_verdict_names_the_steps_that_were_not_verified(
    made: Made, tmp_path: Path
) -> None:
    nobody = {"witnesses": [], "quorum": None, "authorities": b"", "monitors": []}

    report = made.check(tmp_path / "b.zip", **nobody)

    assert report.verdict == VERIFIED
    assert " 未核验:见证副署、时间上限、时间下限、末条之后无缺" in report.lines()
    assert made.check(tmp_path / "b.zip", keys=[], **nobody).verdict == NOT_VERIFIED
    assert made.check(tmp_path / "b.zip", keys=[]).verdict == NOT_VERIFIED
    for key in (STRANGER.vkey, EVIDENCE.vkey, CASE.vkey):
        assert failed(made.check(tmp_path / "b.zip", keys=[key])) == {"trusted-key"}
    for key in (LOG.vkey, SM2_LOG.vkey, ROOT.vkey):
        assert made.check(tmp_path / "b.zip", keys=[key]).verdict == VERIFIED


@pytest.mark.parametrize(
    "stamped, step",
    [((3_600, 7_200), "not-before"), ((-7_200, -3_600), "not-after")],
    ids=["dated back", "dated forward"],
)
async def test_a_ledger_whose_clock_contradicts_the_time_stamps_is_forged_whatever_its_manifest_says(
    open_ledger: Callable[..., Any], tmp_path: Path, stamped: tuple[int, int], step: str
) -> None:
    made = await make_bundle(open_ledger, stamped=stamped)
    of_demo = resigned(made.files, clock="demo")

    real, lied = made.check(tmp_path / "b.zip"), made.check(tmp_path / "c.zip", of_demo)

    assert (real.verdict, failed(real)) == (FORGED, {step})
    assert (lied.verdict, failed(lied)) == (FORGED, {step, "manifest"})


async def test_the_clock_of_a_demo_is_said_in_its_genesis_and_then_only_the_order_is_compared(
    open_ledger: Callable[..., Any], tmp_path: Path
) -> None:
    made = await make_bundle(open_ledger, demo_clock=True, stamped=(3_600, 7_200))

    demo = made.check(tmp_path / "b.zip")
    lied = made.check(tmp_path / "c.zip", resigned(made.files, clock="real"))

    assert demo.verdict == VERIFIED
    assert any("演示时钟" in line for line in demo.lines())
    assert failed(lied) == {"manifest"}


async def test_a_time_stamp_before_that_is_later_than_the_one_after_is_forged(
    open_ledger: Callable[..., Any], tmp_path: Path
) -> None:
    made = await make_bundle(open_ledger, demo_clock=True, stamped=(3_600, 0))

    assert failed(made.check(tmp_path / "b.zip")) == {"not-after"}


async def test_a_checkpoint_that_the_reader_saved_is_compared(made: Made, tmp_path: Path) -> None:
    lower = made.files["checkpoints/lower.note"]
    other = Checkpoint(LOG.name, parse(lower)[0].size, bytes(32)).signed(LOG, SM2_LOG)
    between = Checkpoint(LOG.name, parse(lower)[0].size + 1, bytes(32)).signed(LOG, SM2_LOG)

    verdicts = [made.check(tmp_path / "b.zip", saved=each).verdict for each in (lower, other, between, b"?")]

    assert verdicts == [VERIFIED, FORGED, NOT_VERIFIED, FORGED]


async def test_a_stranger_s_record_in_the_stream_is_named(made: Made, tmp_path: Path) -> None:
    name = next(name for name in made.files if name.startswith("records/"))
    header = made.files[name].split(b"\n")[0] + b"\n"

    report = made.check(tmp_path / "b.zip", forged(made.files | {name: header + Stream(key=STRANGER).next()}))

    assert "signatures" in failed(report)
    assert says_why(report, name)
