"""Archives that a bundle's builder never writes, each field of each header at the hand of a liar.

Zip(files)      the one layout, as fields; `bytes(zip)` are the bytes
DEVIATIONS      a sentence, and what it does to a Zip or to its bytes
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Files = dict[str, bytes]
DOS_1980 = 0x0021


@dataclass
class Member:
    """One file: what its local header says, its stored bytes, what the directory says of it."""

    name: bytes
    stored: bytes
    crc: int
    size: int
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)
    local_name: bytes | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    before: bytes = b""
    after: bytes = b""
    is_written: bool = True
    is_listed: bool = True

    def head(self) -> bytes:
        name = self.local_name if self.local_name is not None else self.name
        f = {"need": 20, "flags": 0, "method": 0, "time": 0, "date": DOS_1980, "crc": self.crc}
        f |= {"packed": len(self.stored), "size": self.size} | self.local
        numbers = (f["need"], f["flags"], f["method"], f["time"], f["date"], f["crc"], f["packed"], f["size"])
        return (
            struct.pack("<4s5H3I2H", b"PK\3\4", *numbers, len(name), len(self.local_extra))
            + name
            + self.local_extra
        )

    def entry(self, at: int) -> bytes:
        f = {
            "made": 20 | 3 << 8,
            "need": 20,
            "flags": 0,
            "method": 0,
            "time": 0,
            "date": DOS_1980,
            "crc": self.crc,
        }
        f |= {
            "packed": len(self.stored),
            "size": self.size,
            "disk": 0,
            "inner": 0,
            "outer": 0o100644 << 16,
            "at": at,
        }
        f |= self.central
        head = (
            f["made"],
            f["need"],
            f["flags"],
            f["method"],
            f["time"],
            f["date"],
            f["crc"],
            f["packed"],
            f["size"],
        )
        lengths = (len(self.name), len(self.central_extra), len(self.comment))
        tail = struct.pack("<5H2I", *lengths, f["disk"], f["inner"], f["outer"], f["at"])
        return struct.pack("<4s6H3I", b"PK\1\2", *head) + tail + self.name + self.central_extra + self.comment


class Zip:
    """An archive as fields; without a change its bytes are those of the layout."""

    def __init__(self, files: Files) -> None:
        self.members = [member(name, data) for name, data in sorted(files.items())]
        self.end: dict[str, int] = {}
        self.first = self.before_directory = self.before_end = self.comment = self.last = b""

    def __bytes__(self) -> bytes:
        body, directory, count = self.first, b"", 0
        places = []
        for one in self.members:
            body += one.before
            places.append(len(body))
            body += (one.head() + one.stored + one.after) if one.is_written else b""
        body += self.before_directory
        for one, at in zip(self.members, places, strict=True):
            if one.is_listed:
                directory, count = directory + one.entry(at), count + 1
        f = {"disk": 0, "start": 0, "here": count, "count": count, "size": len(directory), "at": len(body)}
        f |= self.end
        numbers = (f["disk"], f["start"], f["here"], f["count"], f["size"], f["at"])
        end = struct.pack("<4s4H2IH", b"PK\5\6", *numbers, len(self.comment))
        return body + directory + self.before_end + end + self.comment + self.last

    def named(self, ending: str) -> Member:
        return next(one for one in self.members if one.name.endswith(ending.encode()))


def member(name: str | bytes, data: bytes) -> Member:
    encoded = name.encode() if isinstance(name, str) else name
    return Member(encoded, data, zlib.crc32(data), len(data))


def deflated(one: Member) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    one.stored = packer.compress(one.stored) + packer.flush()
    one.local["method"] = one.central["method"] = 8


def hidden(name: str = "media/hidden.jpg") -> Member:
    """A file that only readers of local headers see."""
    one = member(name, b"\xff\xd8what the directory does not tell")
    one.is_listed = False
    return one


def edits() -> Iterator[tuple[str, Callable[[Zip], None]]]:
    """A sentence about each deviation, and the deviation."""

    def of_one(**changes: object) -> Callable[[Zip], None]:
        def edit(z: Zip) -> None:
            for name, value in changes.items():
                setattr(z.named(".jpg"), name, value)

        return edit

    def fields(which: str, **changes: int) -> Callable[[Zip], None]:
        return lambda z: getattr(z.named(".jpg"), which).update(changes)

    def both(**changes: int) -> Callable[[Zip], None]:
        def edit(z: Zip) -> None:
            z.named(".jpg").local.update(changes)
            z.named(".jpg").central.update(changes)

        return edit

    def renamed(name: bytes) -> Callable[[Zip], None]:
        return lambda z: setattr(z.named("report.html"), "name", name)

    def added(one: Member) -> Callable[[Zip], None]:
        return lambda z: z.members.append(one)

    def ended(**changes: int) -> Callable[[Zip], None]:
        return lambda z: z.end.update(changes)

    extra = struct.pack("<HH", 0x5455, 5) + b"\1\0\0\0\0"
    yield "a local header has an extra field", of_one(local_extra=extra)
    yield "a central header has an extra field", of_one(central_extra=extra)
    yield "both headers have the same extra field", of_one(local_extra=extra, central_extra=extra)
    unicode_name = struct.pack("<HHBI", 0x7075, 5 + 9, 1, 0) + b"other.jpg"
    yield "an extra field gives a file another name", of_one(central_extra=unicode_name)
    yield "a file has a comment", of_one(comment=b"seen")
    yield "the archive has a comment", lambda z: setattr(z, "comment", b"seen")
    yield (
        "an end record and a comment hide in a comment",
        lambda z: setattr(z, "comment", b"PK\5\6" + bytes(18)),
    )
    yield "a byte stands after the end", lambda z: setattr(z, "last", b"\0")
    yield "a second archive stands after the end", lambda z: setattr(z, "last", bytes(Zip({"a": b"b"})))
    yield "bytes stand between two files", of_one(before=b"between")
    yield "bytes stand after the content of a file", of_one(after=b"after")
    yield (
        "bytes stand between the files and the directory",
        lambda z: setattr(z, "before_directory", b"between"),
    )
    yield "bytes stand between the directory and the end", lambda z: setattr(z, "before_end", b"between")
    yield "a file of which the directory knows nothing", lambda z: z.members.insert(3, hidden())
    yield "a hidden file has the name of a listed one", lambda z: z.members.insert(0, hidden("report.html"))
    yield (
        "the directory lists a file that is not there",
        lambda z: setattr(z.named("verify.sh"), "is_written", False),
    )
    yield "the directory lists one file twice", lambda z: z.members.append(z.members[-1])
    yield "two files have one name", added(member("verify/verify.sh", b"another"))
    yield "the files are not in the order of their names", lambda z: z.members.reverse()
    yield "a folder has an entry of its own", lambda z: z.members.insert(0, member("media/", b""))
    yield "the local header gives another name", of_one(local_name=b"media/" + b"0" * 64 + b".jpg")
    yield "the local header gives another size", fields("local", size=1)
    yield "the local header gives another packed size", fields("local", packed=1)
    yield "the local header gives another CRC-32", fields("local", crc=1)
    yield "the local header gives another date", fields("local", date=0x0022)
    yield "the local header gives another method", fields("local", method=8)
    yield "the directory gives another size", fields("central", size=1)
    yield "the directory gives another packed size", fields("central", packed=1)
    yield "both headers give a wrong CRC-32", both(crc=1)
    yield "both headers give another date", both(date=0x5A00)
    yield "both headers give a time", both(time=1)
    yield "a file is compressed", lambda z: deflated(z.named("report.html"))
    yield "both headers say compressed of a stored file", both(method=8)
    yield "a file says that its name is UTF-8", both(flags=0x800)
    yield "a file says that it is encrypted", both(flags=1)
    yield "a file says that its sizes come after it", both(flags=8)
    yield "a file needs another version", both(need=45)
    yield "a file was made on another system", fields("central", made=20)
    yield "a file is a link", fields("central", outer=0o120777 << 16)
    yield "a file is a device", fields("central", outer=0o060644 << 16)
    yield "a file may be run", fields("central", outer=0o100755 << 16)
    yield "a file says that it is text", fields("central", inner=1)
    yield "a file lies on another disk", fields("central", disk=1)
    yield "a size is the mark of a larger layout", fields("central", size=0xFFFFFFFF)
    yield "the directory points into another file", fields("central", at=0)
    yield "the end counts fewer files", ended(count=1, here=1)
    yield "the end counts two numbers of files", ended(here=1)
    yield "the end names another disk", ended(disk=1)
    yield "the end gives another size of the directory", ended(size=46)
    yield "the end gives another place of the directory", ended(at=0)
    yield "a name leads out of the folder", renamed(b"../report.html")
    yield "a name is absolute", renamed(b"/report.html")
    yield "a name has a backslash", renamed(b"verify\\report.html")
    yield "a name has a zero byte", renamed(b"report.html\0.txt")
    yield "a name is not ASCII", renamed("报告.html".encode())
    yield "a name begins with a dot", renamed(b".report.html")
    yield "a name is empty", renamed(b"")


def zip64(data: bytes) -> bytes:
    """The end records of the larger layout before the usual one."""
    end, size = data[-22:], len(data)
    count, length, at = struct.unpack("<10xH2I2x", end)
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, at)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, size - 22, 1)
    return data[:-22] + record + locator + end


AS_BYTES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("the last byte is gone", lambda data: data[:-1]),
    ("half of the archive is gone", lambda data: data[: len(data) // 2]),
    ("the archive has the end records of the larger layout", zip64),
    ("the archive stands twice in the file", lambda data: data + data),
]
STRANGE_BEGINNINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("a byte stands before the first file", lambda data: b"\0" + data),
    ("a program stands before the first file", lambda data: b"#!/bin/sh\nexit 0\n" + data),
    ("the mark of a split archive stands before the first file", lambda data: b"PK\7\x08" + data),
    ("the file is empty", lambda data: b""),
]
