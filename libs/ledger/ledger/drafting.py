"""The other side of the verifier: the maker of a bundle computes manifest, report and policy as the reader does.

The maker puts entries, checkpoints and statements among the files; a `Draft` reads them as the verifier does,
without checking a signature. So there is one text of the rules, and a maker who draws anything else makes a bundle
that is refused (ADR-0036).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from ledger.keyfiles import NoteKey
from ledger.verifier.archive import Files
from ledger.verifier.bundle import read_sizes, witnesses_in
from ledger.verifier.contents import Content
from ledger.verifier.examination import FOLDERS, Disclosure, Examination
from ledger.verifier.manifest import bundle_facts, written
from ledger.verifier.notes import Checkpoint, Entry, canonical
from ledger.verifier.references import Survey
from ledger.verifier.rendering import rendered
from ledger.verifier.report import Report
from ledger.verifier.texts import README
from ledger.verifier.trust import Trust


class Draft:
    """A bundle or dossier that is being made. `files` hold its entries, proofs, checkpoints and policy already."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.exam = Examination(Files(files), Report(), Trust.of(()))
        for name in files:
            self.exam.digest(name)
        self.exam.final = Checkpoint.parse(files["checkpoints/final.note"])
        for index, folder in sorted((i, each) for each in FOLDERS for i in self.exam.numbered(each)):
            entry = Entry.parse(files[f"{folder}/{index}.entry"])
            self.exam.keys.believe(entry)
            self.exam.take(entry, folder)
        self.exam.witnesses = witnesses_in(files["keys/policy.txt"].decode())
        self.survey = Survey(self.exam.records)
        read_sizes(self.exam)

    def add(self, name: str, data: bytes) -> None:
        """One more file."""
        self.files[name] = data
        self.exam.digest(name)

    def disclose(self, stream: str, field: str, *, salt: bytes, value: Any) -> None:
        """Show `value`, to which a record of `stream` commits. Nothing happens if the ledger lacks that record yet."""
        digest = hashlib.sha256(salt + canonical([field, value])).hexdigest()
        place = self.survey.commitments.get((stream, digest))
        if place is None:
            return
        item = {
            "digest": digest,
            "field": field,
            "index": place[0],
            "member": place[1],
            "salt": salt.hex(),
            "stream": stream,
            "value": value,
        }
        self.exam.disclosures.append(Disclosure(item))
        self.add(f"disclosures/{digest}.json", canonical(item))

    def finish(self, key: NoteKey, kind: str, facts: Callable[[Examination], dict[str, Any]]) -> bytes:
        """The manifest, which is added with its signature by `key`: a statement of `kind`."""
        manifest = written(facts(self.exam))
        self.files["manifest.json"] = manifest
        stated = {"sha256": hashlib.sha256(manifest).hexdigest(), "size": len(manifest)}
        self.files["manifest.note"] = key.statement(kind, stated)
        return manifest

    def finish_bundle(self, key: NoteKey, kind: str) -> bytes:
        """The manifest of a court bundle; report and explanation are added too."""
        content = Content(self.exam)
        content.follow()
        self.add("report.html", rendered(self.exam, content).encode())
        self.add("README.zh-CN.md", README.encode())
        return self.finish(key, kind, bundle_facts)
