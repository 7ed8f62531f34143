"""The proof that a person's list is complete: one folder that one program reads, without this service or a network.

    usages-<day>/manifest.json, manifest.note   every file with its digest; each line with its key and its length
    usages-<day>/usages.json                    the list in plain words, one item for each record; canonical JSON
    usages-<day>/records/, proofs/              every record of the lines, with its proof
    usages-<day>/keys/                          who may sign what; keys/policy.txt
    usages-<day>/checkpoints/final.note         the one checkpoint that all proofs lead to
    usages-<day>/statements/completeness.note   a monitor's word on where each line ends, if one answered
    usages-<day>/verify/verify.py               the reader: python3 -I verify.py --usages FOLDER --key VKEY

It holds the person's own identifiers in clear: the reader computes from each, and from its key, the name of the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from common.values.calendar import legal_day
from data_exchange.documents.dossier import add_entries, tarred
from data_exchange.domain.usages import Line
from evidence.contract import VouchedExtractView
from ledger.drafting import Draft
from ledger.keyfiles import NoteKey
from ledger.verifier.manifest import usages_facts
from ledger.verifier.notes import canonical
from ledger.verifier.texts import USAGES_README

STATEMENT: Final = "usages-manifest"


def assemble_usages(
    lines: Sequence[Line],
    extract: VouchedExtractView,
    items: Sequence[dict[str, Any]],
    *,
    key: NoteKey,
    made_at: datetime,
) -> bytes:
    """The proof as a tar. `items` is the list in plain words, each with the `record_id` of its record."""
    made = {
        "README.md": USAGES_README.encode(),
        "usages.json": canonical(items),
        "keys/policy.txt": extract.policy.encode(),
        "checkpoints/final.note": extract.checkpoint.encode(),
        "verify/verify.py": files("ledger").joinpath("verify.py").read_bytes(),
    }
    add_entries(made, extract.records, entries="records", proofs="proofs")
    add_entries(made, extract.keys, entries="keys", proofs="keys")
    if extract.statement is not None and extract.leads is not None:
        made["statements/completeness.note"] = extract.statement.encode()
        made["consistency/statement-final.txt"] = extract.leads.encode()
    named = [_line(line, items) for line in lines]
    Draft(made).finish(key, STATEMENT, lambda exam: usages_facts(exam, named))
    return tarred(f"usages-{legal_day(made_at).isoformat()}", made)


def _line(line: Line, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "stream": line.id.stream,
        "identifier": line.identifier,
        "key": line.key.hex(),
        "length": _length(line, items),
    }


def _length(line: Line, items: Sequence[dict[str, Any]]) -> int:
    return sum(item["line_id"] == line.id for item in items)
