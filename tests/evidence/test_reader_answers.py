"""What verify.py answers: the right exit code wherever it runs, every demand made, no line that the bundle wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import ledger as ledger_package
from ledger.canonical import canonical
from ledger.notes import STREAM_HEADS
from ledger.verifier.archive import DEEPEST, LARGEST_DISCLOSURE, Folder
from ledger.verifier.notes import Note, Vkey
from ledger.verifier.report import FORGED, VERIFIED, Report, visible
from ledger.verifier.x509 import rsa
from mz.postgres import Server
from outsiders.authority import Signer
from tests.evidence.ledger.bundles import Made, forged, make_bundle, resigned, zipped
from tests.evidence.ledger.conftest import empty_ledger, ledgers
from tests.ledger.given import LOG, ROOT, START, STRANGER
from tests.outsiders.stamping import query

__all__ = ["empty_ledger"]

NOBODY: dict[str, Any] = {"witnesses": [], "quorum": None, "authorities": b"", "monitors": []}
VERIFIER = Path(ledger_package.__file__).with_name("verify.py")


@pytest.fixture(scope="module")
async def made(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One honest bundle; each test makes its own copy of the files."""
    async with ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("bundle")) as open_ledger:
        return await make_bundle(open_ledger)


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(VERIFIER), *map(str, arguments), "--key", ROOT.vkey]
    return subprocess.run(command, capture_output=True, check=False, env=os.environ | environment)


async def test_the_verdict_is_printed_where_the_system_s_encoding_lacks_its_signs(
    made: Made, tmp_path: Path
) -> None:
    """On a Chinese Windows an output into a file is GBK, which has no ✓; a traceback has the exit code of FORGED."""
    path = zipped(tmp_path / "b.zip", made.files)

    plain = run(path, PYTHONIOENCODING="gbk")
    told = run(path, "--json", PYTHONIOENCODING="ascii:strict")

    assert (plain.returncode, plain.stderr) == (0, b"")
    assert plain.stdout.decode("gbk").startswith("核验结论:核验通过 (VERIFIED)")
    assert json.loads(told.stdout)["verdict"] == VERIFIED


async def test_a_file_of_trust_that_holds_nothing_is_an_error_and_not_a_step_less(
    made: Made, tmp_path: Path
) -> None:
    """Of an empty file, a failed download, nothing would be demanded."""
    path, empty, page = zipped(tmp_path / "b.zip", made.files), tmp_path / "empty", tmp_path / "page"
    empty.write_bytes(b"")
    page.write_bytes(b"<html>404</html>\n\n")
    # Two files of certificates without a newline at the end of the first are two certificates.
    root = tmp_path / "root.pem"
    root.write_bytes(made.root.rstrip())

    ran = {(o, f.name): run(path, o, f) for o in ("--tsa", "--checkpoint") for f in (empty, page)}

    assert {each.returncode for each in ran.values()} == {2}
    assert all(each.stdout == b"" and "读不出" in each.stderr.decode() for each in ran.values())
    assert run(path, "--tsa", root, "--tsa", root).returncode == 0


def test_a_key_of_an_authority_whose_exponent_takes_seconds_is_refused_at_once() -> None:
    """One token may embed hundreds of certificates, and each is tried; without `--tsa` too."""

    def der(tag: int, body: bytes) -> bytes:
        size = len(body)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        return bytes([tag]) + length + body

    def whole(number: int) -> bytes:
        return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    n = (1 << 8191) | 12345
    begin = time.perf_counter()

    for e in (n - 2, 2**31 + 1, 65536, 1):
        assert not rsa(der(0x30, whole(n) + whole(e)), b"\x55" * 1024, bytes(32), "sha256")

    assert time.perf_counter() - begin < 0.1


async def test_a_disclosure_that_no_record_makes_so_large_is_refused_unread(
    made: Made, tmp_path: Path
) -> None:
    """Read as JSON it takes fifty times its size in memory, and there may be thousands of such files."""
    name = next(name for name in made.files if name.startswith("disclosures/"))
    data = canonical(json.loads(made.files[name]) | {"value": []})
    data = data.replace(b'"value":[]', b'"value":[' + b"[]," * (LARGEST_DISCLOSURE // 3) + b"[]]")

    report = made.check(tmp_path / "b.zip", resigned(made.files | {name: data}))

    faults = {step.name.split()[-1]: step.forged for step in report.steps}
    assert faults["disclosures"] == [f"{name}:披露文件过大"]


async def test_no_text_of_the_bundle_writes_a_line_of_its_own_into_the_verdict(
    made: Made, tmp_path: Path
) -> None:
    """Whoever signs the statement, its time is printed as it is: with new lines, and with a terminal's commands."""
    stated = json.loads(made.files["statements/completeness.note"].split(b"\n")[1])
    line = " ✓ 末条之后无缺 monitor:核验通过,8 项"
    said = stated | {"at": f"2025-03-03T01:00:00.000000Z 所见\n{line}\n\x1b[8m\u202e"}
    files = forged(made.files | {"statements/completeness.note": STRANGER.statement(STREAM_HEADS, said)})

    report = made.check(tmp_path / "b.zip", files, **NOBODY)

    printed = "\n".join(report.lines())
    assert report.verdict == FORGED or line not in printed.split("\n")
    assert not set("\x1b\u202e") & set(printed)
    every = Report(closed=["a\nb"], not_included=["a\u2028b"], not_checked=["a\x85b"], keys=["a\u2066b"])
    every.step("签名 signatures").check(False, "\udcff")
    every.steps[0].open, every.steps[0].found = ["\r"], ["\t"]
    assert all(line.isprintable() for line in every.lines())
    assert visible("号牌 苏A54321、𠀀") == "号牌 苏A54321、𠀀"


async def test_what_was_not_checked_is_printed_however_much_there_is_of_it(
    made: Made, tmp_path: Path
) -> None:
    """The digest of the enclosed verify.py comes after the lines about the exporter's tokens."""
    stamped = Note.parse(made.files["checkpoints/final.note"]).only([Vkey.parse(LOG.vkey)])
    token = Signer.make(START - timedelta(days=1)).reply(query(stamped), START + timedelta(minutes=5))
    tokens = {f"timestamps/final.a{n:02}.tsr": token for n in range(20)}

    report = made.check(tmp_path / "b.zip", forged(made.files | tokens), **NOBODY)

    printed = "\n".join(report.lines())
    assert "verify/verify.py " in printed, printed
    assert "公布的见证门限" in printed, printed


def test_a_folder_that_is_not_there_is_not_called_forged(tmp_path: Path) -> None:
    for option in ("--exchange", "--usages"):
        ran = run(option, tmp_path / "typo")

        assert (ran.returncode, "打不开" in ran.stdout.decode()) == (2, True)


def test_no_name_in_a_folder_stops_the_verifier(tmp_path: Path) -> None:
    """A name that is no text, as in a usual locale; folders within folders; a link to the folder itself."""
    (tmp_path / "dossier" / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "dossier" / "self").symlink_to(tmp_path / "dossier")
    Path(os.fsdecode(os.fsencode(str(tmp_path / "dossier")) + b"/\xff.txt")).write_bytes(b"")
    tmp_path.joinpath("dossier", *["deep"] * 40).mkdir(parents=True)

    ran = run("--exchange", tmp_path / "dossier", PYTHONIOENCODING="utf-8:strict")

    assert b"Traceback" not in ran.stderr, ran.stderr.decode(errors="replace")[-300:]
    assert ran.returncode == 1
    assert {name.count("/") for name in Folder(tmp_path / "dossier").names} == {0, DEEPEST}
