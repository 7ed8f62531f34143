"""An archive has one layout, is read in place, and a hostile one ends in a Fault."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ledger.verifier.archive import LARGEST, MOST, Archive, Files, Folder, Unreadable, archived
from ledger.verifier.examination import numbers_in
from ledger.verifier.report import Fault

FILES = {"a/b": b"content", "a.txt": b"", "b/1.entry": b"entry"}


def written(path: Path, files: dict[str, bytes]) -> Path:
    path.write_bytes(b"".join(archived(files)))
    return path


def test_numbered_files_come_in_order_of_their_numbers() -> None:
    names = [f"records/{name}.entry" for name in ("10", "9", "0", "007", "x", "-1")]

    assert numbers_in([*names, "keys/3.entry"], "records", "entry") == [0, 9, 10]


def test_the_archive_is_one_that_every_program_reads_and_its_reader_gives_the_same_files(
    tmp_path: Path,
) -> None:
    path = written(tmp_path / "b.zip", FILES)

    archive = Archive(path)
    read = {name: archive.must_be_whole(name) for name in archive.names}
    archive.close()

    with zipfile.ZipFile(path) as other:
        assert other.testzip() is None
        assert {name: other.read(name) for name in other.namelist()} == read == FILES
    assert archive.names == sorted(FILES)


def test_an_absent_file_is_a_fault_wherever_the_files_lie(tmp_path: Path) -> None:
    (tmp_path / "folder" / "a").mkdir(parents=True)
    (tmp_path / "folder" / "a" / "b").write_bytes(b"content")
    archive = Archive(written(tmp_path / "b.zip", FILES))
    for files in (archive, Files(FILES), Folder(tmp_path / "folder")):
        assert files.read("a/b") == files.must_be_whole("a/b") == b"content"
        with pytest.raises(Fault, match="缺少文件 a/c"):
            files.read("a/c")
    archive.close()


def test_what_no_archive_can_hold_is_not_written() -> None:
    for files in ({"a": bytes(LARGEST + 1)}, {f"{n}": b"" for n in range(MOST + 1)}):
        with pytest.raises(ValueError, match="do not fit"):
            b"".join(archived(files))


def test_a_file_of_another_kind_or_none_is_unreadable_and_another_layout_a_fault(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"no archive")
    for path in (tmp_path / "text", tmp_path / "absent", tmp_path):
        with pytest.raises(Unreadable):
            Archive(path)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b", b"content")
    (tmp_path / "other.zip").write_bytes(out.getvalue())
    for data in (out.getvalue(), out.getvalue()[:30], b"PK\3\4"):
        (tmp_path / "other.zip").write_bytes(data)
        with pytest.raises(Fault):
            Archive(tmp_path / "other.zip")
