"""Sealed files: for one key, whole or not at all, and the two halves of a backup never for one person."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest

from mz.operate.backup import main
from mz.operate.sealing import (
    CannotOpen,
    identity_of,
    make_identity,
    mirror,
    recipient_of,
    seal,
    unmirror,
    unseal,
)

TEXT = b"0123456789" * 20_000


def test_a_sealed_file_opens_for_its_key_and_for_no_other_and_never_by_half(tmp_path: Path) -> None:
    public = make_identity(tmp_path / "key")
    make_identity(tmp_path / "other")
    sealed = tmp_path / "file.age"
    digest = seal(io.BytesIO(TEXT), sealed, recipient_of(public))

    opened = io.BytesIO()
    unseal(sealed, opened, identity_of(tmp_path / "key"))
    assert opened.getvalue() == TEXT
    assert len(digest) == 64
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert TEXT[:50] not in sealed.read_bytes()
    with pytest.raises(CannotOpen, match=r"file\.age"):
        unseal(sealed, io.BytesIO(), identity_of(tmp_path / "other"))
    sealed.write_bytes(sealed.read_bytes()[:-1_000])
    with pytest.raises(CannotOpen):
        unseal(sealed, io.BytesIO(), identity_of(tmp_path / "key"))


def test_what_never_changes_is_sealed_once(tmp_path: Path) -> None:
    recipient = recipient_of(make_identity(tmp_path / "key"))
    (tmp_path / "blobs" / "ab").mkdir(parents=True)
    (tmp_path / "blobs" / "ab" / "one").write_bytes(b"one")
    (tmp_path / "blobs" / ".draft").write_bytes(b"half")

    assert mirror(tmp_path / "blobs", tmp_path / "copy", recipient, known := set()) == 1
    (tmp_path / "blobs" / "two").write_bytes(b"two")
    assert mirror(tmp_path / "blobs", tmp_path / "copy", recipient, known) == 1
    assert mirror(tmp_path / "blobs", tmp_path / "copy", recipient, set()) == 0
    assert unmirror(tmp_path / "copy", tmp_path / "back", identity_of(tmp_path / "key")) == 2
    assert (tmp_path / "back" / "ab" / "one").read_bytes() == b"one"


@pytest.mark.parametrize(
    "fault", ["no place", "inside the data folder", "no key", "one key for both", "one place for both"]
)
def test_a_backup_that_is_worth_less_than_it_seems_is_refused_in_one_line(
    tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    d, to, apart = tmp_path / "D", tmp_path / "to", tmp_path / "apart"
    d.mkdir()
    first, second = make_identity(tmp_path / "a"), make_identity(tmp_path / "b")
    options = argparse.Namespace(
        data_dir=d,
        make_key=None,
        to={"no place": None, "inside the data folder": d / "backups"}.get(fault, to),
        recipient="age1nonsense" if fault == "no key" else first,
        secrets_to=to / "s" if fault == "one place for both" else apart,
        secrets_recipient=first if fault == "one key for both" else second,
        follow=False,
        no_loss=False,
    )

    assert main(options) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not to.exists()
