"""Cosignatures of ML-DSA-44: checked where an implementation is, and elsewhere named as not checked, with how to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.cosigning import CosignatureKey
from ledger.notes import encode_batch
from ledger.verifier import command
from ledger.verifier.log import verify_log
from ledger.verifier.mldsa import HOW, ml_dsa_44
from ledger.verifier.notes import Vkey
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED
from ledger.verifier.trust import Trust
from tests.ledger.given import LOG, ROOT
from tests.ledger.verifier.test_keylog import Small, enrolled
from tests.outsiders.given import W1

PQ = CosignatureKey("witness.bureau.example/pq1", MLDSA44PrivateKey.generate())
OTHER = CosignatureKey("witness.bureau.example/pq2", MLDSA44PrivateKey.generate())
VERIFY: Path = Path(command.__file__).parents[1] / "verify.py"


@pytest.fixture(scope="module")
def plain() -> tuple[Small, bytes, bytes]:
    """A log, the note that its own key alone signed, and the text of that note."""
    small = enrolled().record()
    note = small.checkpoint(LOG)
    return small, note, note.partition(b"\n\n")[0] + b"\n"


def test_an_ml_dsa_cosignature_is_verified_where_cryptography_offers_it(
    plain: tuple[Small, bytes, bytes],
) -> None:
    small, note, text = plain
    line = PQ.line(text, 1_764_460_800)
    cases = {
        note + line: VERIFIED,
        note + W1.line(text, 5) + line: VERIFIED,
        note: NOT_VERIFIED,
        note + OTHER.line(text, 5): NOT_VERIFIED,
        note + PQ.line(text.replace(b"\n3\n", b"\n4\n"), 5): FORGED,
        note + line.replace(b"AAAA", b"AAAB", 1): FORGED,  # in the time, never in the name of the key
    }

    assert ml_dsa_44() is not None
    for signed, verdict in cases.items():
        trust = Trust.of([ROOT.vkey], witnesses=[PQ.cosigner.vkey])
        report = verify_log(small.entries, signed, trust=trust)
        assert (report.verdict, report.not_checked) == (verdict, [])
    both = Trust.of([ROOT.vkey], witnesses=[PQ.cosigner.vkey, W1.cosigner.vkey])
    (_, whole, *_) = cases
    assert verify_log(small.entries, whole, trust=both).verdict == VERIFIED
    assert verify_log(small.entries, note + line, trust=both).verdict == NOT_VERIFIED
    assert Vkey.parse(PQ.cosigner.vkey).vkey == PQ.cosigner.vkey


def test_without_an_implementation_it_is_not_verified_here_and_the_reader_is_told_how(
    plain: tuple[Small, bytes, bytes], tmp_path: Path
) -> None:
    """verify.py alone, isolated from every installed package."""
    small, note, text = plain
    entries = tmp_path / "tile" / "entries"
    (entries / "000.p").mkdir(parents=True)
    (entries / "000.p" / str(len(small.entries))).write_bytes(encode_batch(small.entries))
    (tmp_path / "checkpoint").write_bytes(note + W1.line(text, 5) + PQ.line(text, 6))

    def ran(*options: str) -> tuple[int, str]:
        start = [sys.executable, "-I", "-S", str(VERIFY), str(tmp_path), "--key", ROOT.vkey]
        done = subprocess.run([*start, *options], capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    pq, ed = ("--witness", PQ.cosigner.vkey), ("--witness", W1.cosigner.vkey)
    alone, enough = ran(*pq), ran(*pq, *ed, "--quorum", "1")

    for _, output in (alone, enough):
        assert f"{PQ.cosigner.name} 的 ML-DSA-44 副署在此未核验" in output
        assert HOW in output
    assert alone[0] == enough[0] == 2, "a reader who gives a key wants it checked"
    assert "没有核验" in enough[1]
    assert ran(*ed)[0] == 0, "a witness of whom nobody asks holds up nothing"
