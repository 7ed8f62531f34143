"""SM2 and SM3 through libcrypto: the published vectors, key files that openssl reads, notes in two suites."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.notes import open_note
from ledger.sm2 import Sm2NoteKey, Sm2PrivateKey, Sm2PublicKey, Sm2Verifier, _to_der, make_sm2_key, parse_vkey
from ledger.twin import SM3, _begun
from tests.ledger.given import LOG, ROOT

DATA = Path(__file__).parents[1] / "vectors" / "data" / "sm2sm3.json"
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(DATA.read_text())
SEC1 = "30770201010420{}a00a06082a811ccf5501822da14403420004{}{}"


def standard_key() -> Sm2PrivateKey:
    """The private key of the standard's example, from its bytes in SEC 1."""
    case = VECTORS["sm2_sign"][0]
    return Sm2PrivateKey.from_der(bytes.fromhex(SEC1.format(case["d"], case["px"], case["py"])))


@pytest.mark.parametrize("case", VECTORS["sm3"], ids=lambda case: case["source"])
def test_sm3_is_the_published_one(case: dict[str, Any]) -> None:
    message = bytes.fromhex(case["msg_hex"])
    running = _begun(b"").copy()
    running.update(message)

    assert running.hexdigest() == case["digest"]
    assert message or SM3.empty.hex() == case["digest"]


@pytest.mark.parametrize("case", VECTORS["sm2_sign"], ids=lambda case: case["source"])
def test_each_published_sm2_signature_is_judged_as_published(case: dict[str, Any]) -> None:
    key = Sm2PublicKey(bytes.fromhex("04" + case["px"] + case["py"]))
    signature = bytes.fromhex(case["r"] + case["s"])

    verdict = key.verifies(bytes.fromhex(case["msg_hex"]), signature, signer=case["id"].encode())

    assert verdict is case["valid"]


def test_the_published_private_key_has_the_published_public_key_and_signs() -> None:
    private = standard_key()

    signature = private.sign(b"message digest")

    assert (
        private.public_key().public_bytes_raw().hex().upper()
        == "04" + VECTORS["sm2_sign"][0]["px"] + (VECTORS["sm2_sign"][0]["py"])
    )
    assert private.public_key().verifies(b"message digest", signature)
    assert not private.public_key().verifies(b"message digesu", signature)


def test_a_vkey_is_read_back_and_no_other_spelling_of_it() -> None:
    vkey = Sm2NoteKey("ledger.example/2025", standard_key()).vkey

    assert parse_vkey(vkey).vkey == vkey
    assert isinstance(parse_vkey(vkey), Sm2Verifier)
    assert not isinstance(parse_vkey(LOG.vkey), Sm2Verifier)
    for wrong in (vkey[:-4], vkey.replace("2025+", "2026+"), "no key"):
        with pytest.raises(ValueError):
            parse_vkey(wrong)


def test_a_point_off_the_curve_signed_nothing() -> None:
    assert not Sm2Verifier("x", b"\x04" + bytes(63) + b"\x01").verifies(b"x", bytes(64))
    with pytest.raises(ValueError, match="no SM2 key"):
        Sm2PublicKey(b"\x04" + bytes(63) + b"\x01")


def test_a_note_carries_lines_of_both_suites_and_each_is_checked() -> None:
    sm2 = Sm2NoteKey(LOG.name, standard_key())
    text = b"ledger\n1\n"
    note = text + b"\n" + LOG.line(text) + sm2.line(text)

    _, signed = open_note(note, [LOG.verifier, sm2.verifier, ROOT.verifier])

    assert signed == (LOG.verifier, sm2.verifier)
    with pytest.raises(ValueError, match="does not fit"):
        open_note(note.replace(b"\n1\n", b"\n2\n"), [sm2.verifier])


def test_a_key_file_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log-sm2-k1.pem"
    make_sm2_key(path)

    key = Sm2NoteKey.load("ledger.example/2025", path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert key.verifier.verifies(b"text\n", key._private.sign(b"text\n"))
    with pytest.raises(FileExistsError):
        make_sm2_key(path)
    path.chmod(0o644)
    with pytest.raises(ValueError, match="open to everyone"):
        Sm2NoteKey.load("ledger.example/2025", path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")
def test_openssl_reads_our_keys_and_signatures_and_we_read_its_keys(tmp_path: Path) -> None:
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    make_sm2_key(tmp_path / "ours.pem")
    ours = Sm2NoteKey.load("x", tmp_path / "ours.pem")
    (tmp_path / "text").write_bytes(b"text\n")
    (tmp_path / "signature").write_bytes(_to_der(ours._private.sign(b"text\n")))

    openssl("pkey", "-in", "ours.pem", "-pubout", "-out", "public.pem")
    openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-digest", "sm3", "-in", "text",
        "-sigfile", "signature", "-pkeyopt", "distid:1234567812345678",
    )  # fmt: skip
    openssl("genpkey", "-algorithm", "SM2", "-out", "theirs.pem")

    theirs = Sm2NoteKey.load("x", tmp_path / "theirs.pem")
    assert theirs.verifier.verifies(b"text\n", theirs._private.sign(b"text\n"))
