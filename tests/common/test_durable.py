"""Files under their names: whole, or not there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.keyfiles import create_durably, create_once_durably, replace_durably


def test_a_created_file_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    create_durably(path, b"first")

    with pytest.raises(FileExistsError):
        create_durably(path, b"second")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"first", 0o600)


def test_a_replaced_file_holds_the_new_bytes_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "memory"

    replace_durably(path, b"one")
    replace_durably(path, b"two")

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"memory": b"two"}


def test_of_many_writers_at_once_each_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    contents = [bytes([n]) * 100_000 for n in range(8)]

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda content: replace_durably(path, content), contents))

    assert [path] == list(tmp_path.iterdir())
    assert path.read_bytes() in contents


def test_of_many_creators_at_once_one_wins_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda n: create_once_durably(path, bytes([n])), range(8)))
    first = path.read_bytes()
    create_once_durably(path, b"late")

    assert [path] == list(tmp_path.iterdir())
    assert (path.read_bytes(), path.stat().st_nlink, path.stat().st_mode & 0o777) == (first, 1, 0o600)
