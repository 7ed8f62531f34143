"""Secrets and sealed values: what opens a value, when nothing opens it any more, and what a crash leaves."""

from __future__ import annotations

import asyncio
import threading
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest

from common.door.secrets import Disclosure, Elsewhere, Erased, SecretMissing, Secrets

A, B = "evidence/evd_a", "evidence/evd_b"


def seal(secrets: Secrets, stream: str, name: str, value: bytes) -> bytes:
    return asyncio.run(secrets.sealed(stream, name, value))


@pytest.fixture
def known(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "erasable")


def test_a_sealed_value_opens_under_its_own_stream_and_name_alone(known: Secrets) -> None:
    sealed = seal(known, A, "plate", "苏A12345".encode())
    known.make(B)

    assert known.open(A, "plate", sealed).decode() == "苏A12345"
    for stream, name in ((A, "colour"), (B, "plate")):
        with pytest.raises(ValueError, match="not sealed here"):
            known.open(stream, name, sealed)


def test_any_flipped_bit_of_a_sealed_value_is_found(known: Secrets) -> None:
    sealed = seal(known, A, "plate", b"x")

    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match="changed since"):
            known.open(A, "plate", bytes(changed))


async def test_a_disclosure_gives_back_salt_and_value(known: Secrets) -> None:
    kept = Disclosure(bytes(range(16)), "苏A12345")

    sealed = await known.seal_disclosure(A, "plate", bytes(32), kept)

    assert known.open_disclosure(A, "plate", bytes(32), sealed) == kept
    assert "苏A12345".encode() not in sealed


def test_the_same_value_is_sealed_to_other_bytes_each_time(known: Secrets) -> None:
    assert seal(known, A, "plate", b"x") != seal(known, A, "plate", b"x")


def test_an_erased_stream_opens_nothing_and_seals_nothing(known: Secrets) -> None:
    sealed, other = seal(known, A, "plate", b"x"), seal(known, B, "plate", b"y")

    known.erase(A)
    known.erase(A)

    with pytest.raises(Erased):
        known.open(A, "plate", sealed)
    with pytest.raises(Erased):
        seal(known, A, "plate", b"x")
    assert (known.has(A), known.is_erased(A), known.open(B, "plate", other)) == (False, True, b"y")


def test_what_a_crash_leaves_between_mark_and_destruction_is_erased_already(known: Secrets) -> None:
    sealed = seal(known, A, "plate", b"x")
    [path] = known.root.rglob("*.key")
    path.with_suffix(".erased").touch()

    with pytest.raises(Erased):
        known.open(A, "plate", sealed)
    known.erase(A)

    assert list(known.root.rglob("*.key")) == []


def test_a_copy_of_everything_sealed_is_unreadable_once_its_secret_is_destroyed(
    known: Secrets, tmp_path: Path
) -> None:
    before = seal(known, A, "plate", b"x")
    known.erase(A)

    # Another store at another place, empty: what a restored backup meets on a new machine.
    with pytest.raises(SecretMissing):
        Secrets(tmp_path / "elsewhere").open(A, "plate", before)


def test_secrets_are_for_their_owner_alone_and_named_by_a_digest(known: Secrets) -> None:
    known.make(A)

    [path] = known.root.rglob("*.key")
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, 32)
    assert (path.parent.stat().st_mode & 0o777, path.stem) == (0o700, sha256(A.encode()).hexdigest())


def test_of_many_who_make_a_secret_at_once_all_hold_the_same(known: Secrets) -> None:
    sealed: list[bytes] = []
    threads = [threading.Thread(target=lambda: sealed.append(seal(known, A, "n", b"x"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [known.open(A, "n", one) for one in sealed] == [b"x"] * 16
    assert len(list(known.root.rglob("*"))) == 2  # one folder, one secret, no draft


def test_a_lost_secret_is_not_called_erased(known: Secrets) -> None:
    sealed = seal(known, A, "n", b"x")
    [path] = known.root.rglob("*.key")
    path.write_bytes(b"short")

    with pytest.raises(SecretMissing, match="damaged"):
        known.open(A, "n", sealed)
    path.unlink()
    with pytest.raises(SecretMissing, match="no secret"):
        known.open(A, "n", sealed)


def test_while_a_backup_wants_them_a_secret_is_made_only_once_it_is_there_too(
    known: Secrets, tmp_path: Path
) -> None:
    identity, folder = pyrage.x25519.Identity.generate(), tmp_path / "vault"
    folder.mkdir()
    known.make(A)
    Elsewhere(str(known.root), str(folder), str(identity.to_public())).begin()

    for stream in (A, B):
        known.make(stream)

    copies = sorted(folder.rglob("*.age"))
    kept = [pyrage.decrypt(copy.read_bytes(), [identity]) for copy in copies]
    assert [copy.relative_to(folder) for copy in copies] == [
        path.relative_to(known.root).with_name(path.name + ".age")
        for path in sorted(known.root.rglob("*.key"))
    ]
    assert kept == [path.read_bytes() for path in sorted(known.root.rglob("*.key"))]


async def test_while_its_backup_is_away_nothing_is_sealed_under_a_new_secret(
    known: Secrets, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.write_text("no folder")
    Elsewhere(str(known.root), str(away), str(pyrage.x25519.Identity.generate().to_public())).begin()

    for _ in range(2):
        with pytest.raises(OSError):
            await known.sealed(A, "plate", b"value")

    Elsewhere.end(known.root)
    assert known.open(A, "plate", await known.sealed(A, "plate", b"value")) == b"value"
