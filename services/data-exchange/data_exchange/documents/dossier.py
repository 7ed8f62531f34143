"""The dossier of an exchange: everything that proves what happened in it, for a reader without us.

    exchange-<id>/manifest.json manifest.note     every other file with its SHA-256; the service's signed word on it
    exchange-<id>/records/<i>.entry               every record of the exchange     proofs/<i>.tlog-proof
    exchange-<id>/keys/<i>.entry .tlog-proof      who may sign what                keys/policy.txt
    exchange-<id>/checkpoints/final.note          the one checkpoint that all proofs lead to
    exchange-<id>/disclosures/<digest>.json       salt and text behind a commitment in a record
    exchange-<id>/files/<sha256>                  letters and files that a record names by digest
    exchange-<id>/verify/verify.py                the reader: python3 -I verify.py --exchange FOLDER --key VKEY

It leaves as an uncompressed tar (POSIX ustar). Names are sorted and dates are fixed: equal content is equal bytes.
"""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

import orjson

from common.door.blobs import sha256_hex
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased
from common.values.ids import ExchangeId
from data_exchange.store.receipts import Opening
from evidence.contract import ExtractView, ProvenView
from ledger.canonical import canonical, instant
from ledger.keyfiles import NoteKey

TAR: Final = "application/x-tar"
STATEMENT: Final = "exchange-manifest"
_README: Final = """# 机关往来卷宗 · Dossier of an exchange between agencies

核验(只需 Python 标准库,不需网络) · To verify, with Python's standard library alone and without a network:

    python3 -I verify/verify.py --exchange . --key <公布的账本根公钥 · the published root key of the ledger>

最好使用自己保存的 verify.py,而不是卷宗内的。 · Better use a verify.py of your own than the one in here.
"""


async def files_of(sealed: SealedBlobs, exchange_id: ExchangeId, digests: Sequence[str]) -> dict[str, bytes]:
    """The letters and files of the exchange by their digests; none once it was erased."""
    try:
        return {sha256: await sealed.get(sha256, of=exchange_id.stream) for sha256 in digests}
    except Erased:
        return {}


def assemble(
    exchange_id: ExchangeId,
    extract: ExtractView,
    openings: Sequence[Opening],
    letters: Mapping[str, bytes],
    *,
    key: NoteKey,
    made_at: datetime,
) -> bytes:
    """The dossier as a tar. `letters` are the letters and files of the exchange by their SHA-256 in hex."""
    made = {
        "README.md": _README.encode(),
        "keys/policy.txt": extract.policy.encode(),
        "checkpoints/final.note": extract.checkpoint.encode(),
        "verify/verify.py": files("ledger").joinpath("verify.py").read_bytes(),
    }
    add_entries(made, extract.records, entries="records", proofs="proofs")
    add_entries(made, extract.keys, entries="keys", proofs="keys")
    made |= {f"files/{sha256}": data for sha256, data in letters.items()}
    for opening in openings:
        made[f"disclosures/{opening.digest.hex()}.json"] = _disclosure(exchange_id, opening)
    manifest = _manifest(exchange_id, extract, made, made_at=made_at)
    stated = {"sha256": sha256_hex(manifest), "size": len(manifest), "made_at": instant(made_at)}
    made["manifest.json"] = manifest
    made["manifest.note"] = key.statement(STATEMENT, stated)
    return tarred(f"exchange-{exchange_id}", made)


def add_entries(made: dict[str, bytes], proven: Sequence[ProvenView], *, entries: str, proofs: str) -> None:
    """Add each entry and its proof of inclusion to the files of a folder."""
    for one in proven:
        made[f"{entries}/{one.index}.entry"] = base64.b64decode(one.entry)
        made[f"{proofs}/{one.index}.tlog-proof"] = one.proof.encode()


def _disclosure(exchange_id: ExchangeId, opening: Opening) -> bytes:
    item = {"digest": opening.digest.hex(), "stream": exchange_id.stream, "field": opening.field}
    return canonical(item | {"salt": opening.salt.hex(), "value": opening.value})


def _manifest(
    exchange_id: ExchangeId, extract: ExtractView, made: Mapping[str, bytes], *, made_at: datetime
) -> bytes:
    manifest: dict[str, Any] = {
        "format": "mingzheng-exchange/v1",
        "exchange_id": exchange_id,
        "origin": extract.origin,
        "log_size": extract.size,
        "made_at": instant(made_at),
        "streams": [exchange_id.stream],
        "length": len(extract.records),
        "records": [one.index for one in extract.records],
        "keys": [one.index for one in extract.keys],
        "witnesses": extract.witnesses,
        "files": [
            {"path": path, "sha256": sha256_hex(data), "size": len(data)}
            for path, data in sorted(made.items())
        ],
    }
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def tarred(folder: str, made: Mapping[str, bytes]) -> bytes:
    """The files as an uncompressed tar of one folder: equal content is equal bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(made):
            info = tarfile.TarInfo(f"{folder}/{path}")
            info.size, info.mode = len(made[path]), 0o644
            archive.addfile(info, io.BytesIO(made[path]))
    return out.getvalue()
