"""A bundle's archive is read in place, and a hostile one ends in a Fault."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ledger.verifier.archive import KNOWN, LARGEST, Bundle
from ledger.verifier.report import Fault


def bundle(path: Path, *, compression: int = zipfile.ZIP_DEFLATED, **files: bytes) -> Bundle:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "/"), data)
    return Bundle(zipfile.ZipFile(path))


def test_numbered_files_come_in_order_of_their_numbers(tmp_path: Path) -> None:
    names = ("10", "9", "0", "007", "x", "-1")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for name in names:
            archive.writestr(f"records/{name}.entry", b"")
        archive.writestr("keys/3.entry", b"")

    assert Bundle(zipfile.ZipFile(tmp_path / "b.zip")).numbered("records", "entry") == [0, 9, 10]


def test_an_absent_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="缺少文件 a/c"):
        bundle(tmp_path / "b.zip", a_b=b"x").read("a/c")


def test_a_file_larger_than_the_limit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b.zip", a_b=bytes(1_000))
    made.archive.getinfo("a/b").file_size = LARGEST + 1

    with pytest.raises(Fault, match="文件过大"):
        made.read("a/b")


def test_a_compression_other_than_deflate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="压缩方法不对"):
        bundle(tmp_path / "b.zip", compression=zipfile.ZIP_BZIP2, a_b=bytes(1_000)).read("a/b")


def test_a_file_whose_checksum_is_wrong_is_a_fault(tmp_path: Path) -> None:
    bundle(tmp_path / "b.zip", compression=zipfile.ZIP_STORED, a_b=b"content")
    data = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "b.zip").write_bytes(data.replace(b"content", b"kontent", 1))

    with pytest.raises(Fault, match="读不出"):
        Bundle(zipfile.ZipFile(tmp_path / "b.zip")).read("a/b")


@pytest.mark.parametrize(
    "name, is_known",
    [
        ("records/7.entry", True),
        ("sm3/proofs/7.tlog-proof", True),
        ("timestamps/lower.tsa.tsr", True),
        ("media/x.gif", False),
        ("records/7.entry/x", False),
        ("verify/verify.pyc", False),
    ],
)
def test_only_the_files_of_the_format_are_known(name: str, is_known: bool) -> None:
    assert bool(KNOWN.fullmatch(name)) is is_known
