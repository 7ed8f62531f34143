"""Files under their names: whole, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.keyfiles import create_durably, replace_durably


def test_a_created_file_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    create_durably(path, b"first")

    with pytest.raises(FileExistsError):
        create_durably(path, b"second")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"first", 0o600)


def test_a_replaced_file_holds_the_new_bytes_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    path.with_suffix(".draft").write_bytes(b"half of what a crash left beh")

    replace_durably(path, b"one")
    replace_durably(path, b"two")

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"memory": b"two"}
