"""The files of a court bundle, an archive in the one layout of docs/BUNDLE.md, and those of a dossier, a folder.

    local header, name, content   for each file, back to back
    central header, name          for each file, in the same order
    end record                    and nothing after it

Nothing is unpacked: every header is built again from name, size and CRC-32, and compared byte by byte. The ZIP module
of Python is not used, because its answers on other layouts differ from version to version.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Union

from ledger.verifier.report import Fault

LARGEST = 64_000_000
"""The most bytes that one file may have."""

MOST = 65_534
"""The most files that an archive may have, because its end record counts them in two bytes."""

LARGEST_DISCLOSURE = 200_000
"""The most bytes that a disclosure may have: it is one value of a record, and is read whole."""

DEEPEST = 2
"""The most folders that a file may lie in."""

NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")

_DATE = 0x0021
_MODE = 0o100644 << 16
_CENTRAL, _END = 46, 22


class Unreadable(ValueError):
    """The file cannot be read, or is no archive at all."""


def _local(name: bytes, crc: int, size: int) -> bytes:
    return struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, _DATE, crc, size, size, len(name), 0) + name


def _central(name: bytes, crc: int, size: int, at: int) -> bytes:
    fixed = struct.pack("<4s6H3I", b"PK\1\2", 20 | 3 << 8, 20, 0, 0, 0, _DATE, crc, size, size)
    return fixed + struct.pack("<5H2I", len(name), 0, 0, 0, 0, _MODE, at) + name


def _end(count: int, size: int, at: int) -> bytes:
    return struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, at, 0)


def archived(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """The archive of `files` in parts. Raises ValueError if they do not fit into the layout."""
    central, at = [], 0
    for name in sorted(files):
        data, encoded = files[name], name.encode()
        crc = zlib.crc32(data)
        head = _local(encoded, crc, len(data))
        central.append(_central(encoded, crc, len(data), at))
        at += len(head) + len(data)
        if len(data) > LARGEST or at >= 2**32 - _END - _CENTRAL * MOST or len(central) > MOST:
            raise ValueError("the files do not fit into the layout of an archive")
        yield head
        yield data
    yield b"".join(central)
    yield _end(len(central), sum(map(len, central)), at)


class Archive:
    """The files of the archive at `path`, which stays open until `close`.

    Raises Unreadable for a file that is no archive, and Fault for an archive in another layout. `must_be_whole` makes
    the two checks that need a file's content; `read` makes none.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self._file = open(path, "rb")  # noqa: SIM115 (it is read until the verdict)
        except OSError as error:
            raise Unreadable(f"打不开({type(error).__name__})") from None
        try:
            if self._file.read(4) != b"PK\3\4":
                raise Unreadable("不是 ZIP 压缩包")
            self._places = self._directory()
        except OSError as error:
            self.close()
            raise Unreadable(f"读不出({type(error).__name__})") from None
        except ValueError:
            self.close()
            raise
        self.names = list(self._places)

    def close(self) -> None:
        self._file.close()

    def _directory(self) -> dict[str, tuple[int, int, int]]:
        """CRC-32, size and place of each file, from the central part, which must be the one that we would write."""
        whole = self._file.seek(0, 2)
        tail = self._at(whole - _END, _END) if whole >= _END else b""
        if tail[:4] != b"PK\5\6":
            raise Fault("结尾不是目录的结束记录")
        count, size, begin = struct.unpack("<10xH2I2x", tail)
        if tail != _end(count, size, begin) or begin + size + _END != whole or count > MOST:
            raise Fault("目录的结束记录与文件不符")
        central, places, at, done = self._at(begin, size), dict[str, tuple[int, int, int]](), 0, 0
        before = b""
        for _ in range(count):
            crc, packed, length, named = struct.unpack_from(
                "<16x3IH", central[done : done + _CENTRAL].ljust(30)
            )
            name = central[done + _CENTRAL : done + _CENTRAL + named]
            if central[done : done + _CENTRAL + named] != _central(name, crc, length, at) or packed != length:
                raise Fault("目录的写法不是规定的那一种")
            if not NAME.fullmatch(name) or named > 200 or name <= before or length > LARGEST:
                raise Fault("目录里的文件名、次序或大小不对")
            places[name.decode()] = (crc, length, at)
            at, done, before = at + 30 + named + length, done + _CENTRAL + named, name
        if (done, at) != (size, begin):
            raise Fault("文件之间、之前或之后有多余的内容")
        return places

    def _at(self, begin: int, length: int) -> bytes:
        self._file.seek(begin)
        return self._file.read(length)

    def must_be_whole(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if its local header or its CRC-32 is wrong."""
        crc, size, at = self._places[name]
        must_be_small(name, size)
        head = _local(name.encode(), crc, size)
        found = self._at(at, len(head) + size)
        if found[: len(head)] != head:
            raise Fault("文件头与目录不符")
        if zlib.crc32(found[len(head) :]) != crc:
            raise Fault("内容与 CRC-32 不符")
        return found[len(head) :]

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if it is absent."""
        if name not in self._places:
            raise Fault(f"缺少文件 {name}")
        _, size, at = self._places[name]
        must_be_small(name, size)
        return self._at(at + 30 + len(name), size)


def must_be_small(name: str, size: int) -> None:
    """Raise Fault if the file `name` is a disclosure that no value of a record makes so large."""
    if name.startswith("disclosures/") and size > LARGEST_DISCLOSURE:
        raise Fault("披露文件过大")


class Folder:
    """The files of a dossier that was unpacked into a folder. A link to elsewhere is no file of it.

    Raises OSError if there is no such folder, and Fault if there is too much in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._present = set(islice(_inside(path), MOST + 1))
        if len(self._present) > MOST:
            raise Fault(f"目录内的文件多于 {MOST} 个")
        self.names = sorted(self._present)

    def must_be_whole(self, name: str) -> bytes:
        """As `read`: a folder has no headers."""
        return self.read(name)

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if it is absent, too large or no plain file."""
        path = self.path / name
        try:
            if name not in self._present:
                raise Fault(f"缺少文件 {name}")
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
                raise Fault("不是普通文件,或文件过大")
            must_be_small(name, path.stat().st_size)
            return path.read_bytes()
        except OSError as error:
            raise Fault(f"文件 {name} 读不出({type(error).__name__})") from None


def _inside(top: Path) -> Iterator[str]:
    """The names below the folder `top`. One that lies too deep is a name itself, so that it is refused unread."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        for each in (top / folder).iterdir():
            name = folder + each.name
            if each.is_dir() and not each.is_symlink() and name.count("/") < DEEPEST:
                waiting.append(f"{name}/")
            else:
                yield name


class Files:
    """The files of a bundle that is being made."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    @property
    def names(self) -> list[str]:
        return sorted(self._files)

    def must_be_whole(self, name: str) -> bytes:
        """As `read`."""
        return self.read(name)

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if it is absent."""
        if name not in self._files:
            raise Fault(f"缺少文件 {name}")
        return self._files[name]


Bundle = Union[Archive, Folder, Files]
"""Where the files of a bundle or dossier lie: `names` in order, `read`, `must_be_whole`."""
