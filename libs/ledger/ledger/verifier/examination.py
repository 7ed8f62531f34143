"""The examination of a bundle or dossier: the state that its steps share, and the proofs that several of them need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.verifier.archive import Bundle, Folder
from ledger.verifier.keylog import KeyLog
from ledger.verifier.notes import Checkpoint, Entry, unbase64
from ledger.verifier.report import Fault, Report
from ledger.verifier.sm3 import sha256
from ledger.verifier.trees import Hash, extends, included
from ledger.verifier.trust import Trust


class Examination:
    """One bundle, one reader's trust, and everything that the steps so far have read.

    The steps fill the fields in this order: `digests` and `manifest`, `final`, then `keys`, `entries`, `records`.
    """

    def __init__(self, bundle: Bundle | Folder, report: Report, trust: Trust) -> None:
        self.bundle, self.report, self.trust = bundle, report, trust
        self.keys = KeyLog()
        self.digests: dict[str, str] = {}
        self.manifest: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.records: list[Entry] = []
        self.final: Checkpoint

    def folder(self, name: str) -> list[str]:
        """The files below the folder `name` that the manifest lists."""
        return [path for path in self.digests if path.startswith(f"{name}/")]

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


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, at every depth."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(part)
