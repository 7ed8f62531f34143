"""The signed statements of a transfer: its manifest and its receipt (回执), notes that `ledger.notes` opens.

mingzheng-statement/v1 transfer-manifest     made when the package is submitted, signed by this service's key
mingzheng-statement/v1 transfer-receipt      made when the receiver has verified every file
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from common.values.facts import Commitment, plain
from common.values.ids import AgencyId, OfficerId
from data_exchange.domain.transfers import Transfer
from data_exchange.packages.gathering import Gathered, ledger_lines
from data_exchange.store.papers import RequestTexts
from evidence.contract import TransferCaptureView
from ledger.canonical import instant
from ledger.keyfiles import NoteKey

MANIFEST: Final = "transfer-manifest"
RECEIPT: Final = "transfer-receipt"


@dataclass(frozen=True)
class Signed:
    """A note and its SHA-256 in hex."""

    note: bytes
    sha256: str


def manifest(
    key: NoteKey,
    transfer: Transfer,
    gathered: Gathered,
    *,
    names: Sequence[str],
    agencies: Mapping[AgencyId, str],
    texts: RequestTexts,
    summary: Commitment,
    at: datetime,
) -> Signed:
    """The manifest of the package. It commits to the summary of the facts and holds no text about a person."""
    exchange = transfer.exchange
    value = {
        "exchange_id": exchange.id,
        "number": exchange.number,
        "kind": exchange.kind.value,
        "sender": _agency(exchange.agency_id, agencies),
        "receiver": _agency(exchange.to_agency_id, agencies),
        "basis": [{"name": basis.name, "article": basis.article} for basis in texts.basis],
        "case_id": exchange.case_id,
        "summary": summary.digest.hex(),
        "recognised_at": instant(transfer.recognised_at),
        "files": [{**plain(file), "name": name} for file, name in zip(transfer.files, names, strict=True)],
        "devices": [_device(capture) for capture in gathered.captures],
        "ledger": [ledger_lines(extract) for extract in gathered.extracts],
        "handling": list(texts.items),
        "deadlines": [
            {"rule": clock.deadline.rule, "law": clock.deadline.law, "due_on": str(clock.deadline.due_on)}
            for clock in exchange.running
        ],
        "limitation_on": str(transfer.limitation_on) if transfer.limitation_on else None,
        "contact": texts.contact,
        "made_at": instant(at),
    }
    return _signed(key, MANIFEST, value)


def receipt(
    key: NoteKey,
    transfer: Transfer,
    manifest_sha256: str,
    digests: Mapping[int, str],
    *,
    officer_id: OfficerId,
    at: datetime,
) -> Signed:
    """The receipt for the package: which officer signed it, and the digest of each file that arrived."""
    value = {
        "exchange_id": transfer.id,
        "number": transfer.exchange.number,
        "receiver": transfer.exchange.to_agency_id,
        "manifest_sha256": manifest_sha256,
        "files": [{"n": n, "sha256": sha256} for n, sha256 in sorted(digests.items())],
        "received_by": officer_id,
        "received_at": instant(at),
    }
    return _signed(key, RECEIPT, value)


def _signed(key: NoteKey, kind: str, value: dict[str, Any]) -> Signed:
    note = key.statement(kind, plain(value))
    return Signed(note, hashlib.sha256(note).hexdigest())


def _agency(agency_id: AgencyId, agencies: Mapping[AgencyId, str]) -> dict[str, str | None]:
    return {"agency_id": agency_id, "name": agencies.get(agency_id)}


def _device(capture: TransferCaptureView) -> dict[str, str | None]:
    """The device's dossier: its id, its code in the registry, the digest of the statement about its standing."""
    return {
        "evidence_id": capture.id,
        "device_id": capture.device_id,
        "device_code": capture.device_code,
        "capability_sha256": capture.capability_sha256,
    }
