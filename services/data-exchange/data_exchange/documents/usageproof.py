"""The proof that a person's list is complete: one folder that one program reads, without this service or a network.

    usages-<day>/manifest.json, manifest.note   every file with its digest; each line with its key and its length
    usages-<day>/usages.json                    the list in plain words, one item for each record
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

import orjson

from common.door.blobs import sha256_hex
from common.values.calendar import legal_day
from data_exchange.documents.dossier import add_entries, tarred
from data_exchange.domain.usages import Line
from evidence.contract import VouchedExtractView
from ledger.canonical import instant
from ledger.keyfiles import NoteKey

STATEMENT: Final = "usages-manifest"
_README: Final = """# 谁查询过我 · Who asked about me

`usages.json` 逐条列出:何时、哪个机关、为什么目的、依据什么查询。核验(只需 Python 标准库,不需网络):
`usages.json` lists each question: when, which agency, for which purpose. To verify, without a network:

    python3 -I verify/verify.py --usages . --key <公布的账本根公钥 · the published root key> [--monitor <监督方公钥>]

最好使用自己保存的 verify.py。本目录含有您的证件号码或者号牌,请妥善保管。
Better use a verify.py of your own. This folder holds your identity number or number plates: keep it safe.
"""


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
        "README.md": _README.encode(),
        "usages.json": orjson.dumps(items, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2),
        "keys/policy.txt": extract.policy.encode(),
        "checkpoints/final.note": extract.checkpoint.encode(),
        "verify/verify.py": files("ledger").joinpath("verify.py").read_bytes(),
    }
    add_entries(made, extract.records, entries="records", proofs="proofs")
    add_entries(made, extract.keys, entries="keys", proofs="keys")
    if extract.statement is not None and extract.leads is not None:
        made["statements/completeness.note"] = extract.statement.encode()
        made["consistency/statement-final.txt"] = extract.leads.encode()
    manifest = orjson.dumps(
        {
            "format": "mingzheng-usages/v1",
            "origin": extract.origin,
            "log_size": extract.size,
            "made_at": instant(made_at),
            "lines": [_line(line, items) for line in lines],
            "streams": sorted({line.id.stream for line in lines if _length(line, items)}),
            "records": [one.index for one in extract.records],
            "keys": [one.index for one in extract.keys],
            "witnesses": extract.witnesses,
            "files": [
                {"path": path, "sha256": sha256_hex(data), "size": len(data)}
                for path, data in sorted(made.items())
            ],
        },
        option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2,
    )
    stated = {"sha256": sha256_hex(manifest), "size": len(manifest), "made_at": instant(made_at)}
    made["manifest.json"] = manifest
    made["manifest.note"] = key.statement(STATEMENT, stated)
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
