"""The examination of a bundle or dossier: the state that its steps share, and the proofs that several of them need."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Optional

from ledger.verifier.archive import Bundle
from ledger.verifier.keylog import KeyLog
from ledger.verifier.notes import Checkpoint, Entry, Record, Vkey, unbase64
from ledger.verifier.report import Fault, Report
from ledger.verifier.sm3 import sha256
from ledger.verifier.trees import Hash, extends, included
from ledger.verifier.trust import Trust

FOLDERS = {"keys": "keys", "records": "proofs", "sm3/anchors": "sm3/anchors"}
"""Where entries lie, and where the proof of each lies."""


class Disclosure:
    """One value that is shown: `member` is the path to its commitment in the record of entry `index`."""

    __slots__ = ("digest", "field", "index", "member", "salt", "stream", "value")

    def __init__(self, item: Any) -> None:
        if not isinstance(item, dict) or sorted(item) != sorted(self.__slots__):
            raise Fault("字段不对")
        self.digest, self.salt = str(item["digest"]), str(item["salt"])
        self.stream, self.field, self.member = str(item["stream"]), str(item["field"]), str(item["member"])
        self.index, self.value = item["index"], item["value"]


class Examination:
    """One bundle, one reader's trust, and everything that the steps so far have read.

    The steps fill the fields in this order: `digests`, `final`, then `keys`, `entries`, `records`, then `witnesses`,
    the sizes of the other checkpoints, and `disclosures`.
    """

    def __init__(self, bundle: Bundle, report: Report, trust: Trust) -> None:
        self.bundle, self.report, self.trust = bundle, report, trust
        self.keys = KeyLog()
        self.digests: dict[str, tuple[str, int]] = {}
        self.entries: list[Record] = []
        self.records: list[Record] = []
        self.final: Checkpoint
        self.witnesses: list[Vkey] = []
        self.sizes: dict[str, Optional[int]] = dict.fromkeys(("lower", "upper", "statement", "twin"))
        self.disclosures: list[Disclosure] = []

    def digest(self, name: str) -> bytes:
        """Take the file `name` in: its content, whose digest and size are noted."""
        data = self.bundle.must_be_whole(name)
        self.digests[name] = (hashlib.sha256(data).hexdigest(), len(data))
        return data

    def folder(self, name: str) -> list[str]:
        """The files below the folder `name`."""
        return [path for path in self.bundle.names if path.startswith(f"{name}/")]

    def numbered(self, folder: str, ending: str = "entry") -> list[int]:
        """The numbers n of the files `<folder>/<n>.<ending>`, in order."""
        return numbers_in(self.bundle.names, folder, ending)

    def take(self, entry: Entry, folder: str) -> Record:
        """Note an entry of the bundle; it comes after all entries with lower numbers."""
        record = Record(entry, folder)
        self.entries.append(record)
        if folder == "records":
            self.records.append(record)
        return record

    @property
    def streams(self) -> dict[str, list[Record]]:
        """The records of each stream, by the name of the stream."""
        streams: dict[str, list[Record]] = {}
        for record in self.records:
            streams.setdefault(record.stream, []).append(record)
        return dict(sorted(streams.items()))

    def must_include(self, name: str, index: int, leaf: bytes, under: Checkpoint, hashed: Hash) -> None:
        """Raise Fault unless the proof in the file `name` leads from `leaf` to the root of `under`."""
        head, _, checkpoint = self.bundle.read(name).partition(b"\n\n")
        first, second, *hashes = head.decode().split("\n")
        if (first, second) != ("c2sp.org/tlog-proof@v1", f"index {index}"):
            raise Fault("不是本条的归入证明")
        if checkpoint != under.note.raw:
            raise Fault("证明所依的检查点不是包内的检查点")
        if not included(index, under.size, leaf, [unbase64(h) for h in hashes], under.root, hashed):
            raise Fault("算不出检查点的根")

    def must_extend(self, old: Checkpoint, name: str, new: Checkpoint, hashed: Hash = sha256) -> None:
        """Raise Fault unless the tree of `new` begins with that of `old`, by the proof in the file `name`."""
        head, _, checkpoint = self.bundle.read(name).partition(b"\n\n")
        size, *lines = head.decode().split("\n")
        if size != f"old {old.size}" or checkpoint != new.note.raw:
            raise Fault(f"{name} 不是这两个检查点之间的证明")
        proof = [unbase64(line) for line in lines]
        if not extends(old, new, proof, hashed):
            raise Fault("与最终检查点不是同一段历史")


def numbers_in(names: list[str], folder: str, ending: str) -> list[int]:
    """The numbers n of the names `<folder>/<n>.<ending>`, in order."""
    form = re.compile(rf"{re.escape(folder)}/(0|[1-9][0-9]{{0,18}})\.{ending}")
    return sorted(int(match[1]) for match in map(form.fullmatch, names) if match)
