"""Captures with their pictures and proofs, asked of evidence. Every call is made before the change begins."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from case.contract import LeavingCase
from common.values.ids import AgencyId, EvidenceId
from data_exchange.domain.transfers import Enclosure, FileEntry, Transfer
from data_exchange.runtime import DataExchangeRuntime
from evidence.contract import Evidence, ExtractView, TransferCaptureView
from ledger.entry import parse_entry
from ledger.merkle import leaf_hash

_PERSONAL: Final = 3
_ENDINGS: Final = {"image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True)
class Papers:
    """The papers of the case that the case service made for the transfer, as files with their names."""

    files: tuple[FileEntry, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def enclosures(self) -> frozenset[Enclosure]:
        return frozenset(file.enclosure for file in self.files)


@dataclass(frozen=True)
class Gathered:
    """The captures of a transfer: their pictures as files, the names of those, and the ledger's proofs for each."""

    captures: tuple[TransferCaptureView, ...]
    files: tuple[FileEntry, ...]
    names: tuple[str, ...]
    extracts: tuple[ExtractView, ...]


async def require_captures(
    runtime: DataExchangeRuntime, evidence_ids: Sequence[EvidenceId], agency_id: AgencyId
) -> None:
    """Refusal NOT_FOUND or GONE unless every capture is the agency's and there."""
    evidence = Evidence(runtime.peers)
    for evidence_id in evidence_ids:
        await evidence.capture_to_transfer(evidence_id, agency_id)


async def gather_papers(runtime: DataExchangeRuntime, transfer: Transfer) -> Papers:
    """The letter and the report of the case, where the case service made them: nobody carries them by hand.

    An enclosure that somebody uploaded stands: the paper of the case does not come a second time.
    """
    case_id, there = transfer.exchange.case_id, {file.enclosure for file in transfer.files}
    if case_id is None:
        return Papers()
    asked, letter = LeavingCase(runtime.peers), "D-32" if transfer.is_criminal else "D-31"
    wanted = {letter: Enclosure.TRANSFER_LETTER, "D-13": Enclosure.INVESTIGATION_REPORT}
    files: list[FileEntry] = []
    names: list[str] = []
    for paper in await asked.papers(case_id):
        enclosure = wanted.get(paper.kind)
        if enclosure is None or enclosure in there:
            continue
        data = await asked.paper(paper.document_id)
        sha256 = await runtime.sealed.put(data, of=[transfer.id.stream])
        files.append(FileEntry(0, enclosure, sha256, len(data), "application/pdf", _PERSONAL))
        names.append(f"{paper.number}.pdf")
    return Papers(tuple(files), tuple(names))


async def gather(runtime: DataExchangeRuntime, transfer: Transfer, papers: Papers) -> Gathered:
    """The captures of `transfer` beside its `papers`. Their pictures are stored under its secret.

    Storing them again does nothing.
    """
    evidence, agency_id = Evidence(runtime.peers), transfer.exchange.agency_id
    captures = [await evidence.capture_to_transfer(id, agency_id) for id in transfer.evidence_ids]
    files: list[FileEntry] = []
    for capture in captures:
        for picture in capture.media:
            data = await evidence.picture_to_transfer(capture.id, picture.n, agency_id)
            sha256 = await runtime.sealed.put(data, of=[transfer.id.stream])
            files.append(
                FileEntry(
                    0,
                    Enclosure.OTHER,
                    sha256,
                    len(data),
                    picture.media_type,
                    _PERSONAL,
                    capture.id,
                    picture.n,
                )
            )
    # Asked last: the readings of the pictures are among the records.
    extracts = tuple([await evidence.extract(id.stream) for id in transfer.evidence_ids])
    names = tuple(f"{file.evidence_id}-{file.picture}{_ENDINGS[file.media_type]}" for file in files)
    return Gathered(tuple(captures), (*papers.files, *files), (*papers.names, *names), extracts)


def ledger_lines(extract: ExtractView) -> dict[str, Any]:
    """The records of one capture with their inclusion proofs under one checkpoint (RFC 6962 §2.1.1), hashes in hex."""
    entries = [(each, base64.b64decode(each.entry)) for each in extract.records]
    return {
        "size": extract.size,
        "checkpoint": extract.checkpoint,
        "entries": [
            {
                "index": each.index,
                "record_id": str(each.record_id),
                "type": parse_entry(entry).record.body["type"],
                "leaf_hash": leaf_hash(entry).hex(),
                "hashes": _hashes(each.proof),
            }
            for each, entry in entries
        ],
    }


def _hashes(proof: str) -> list[str]:
    """The hashes of a c2sp.org/tlog-proof: the lines between its head of two lines and the checkpoint."""
    lines = proof.partition("\n\n")[0].split("\n")[2:]
    return [base64.b64decode(line).hex() for line in lines]
