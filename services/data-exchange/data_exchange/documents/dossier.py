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
from importlib.resources import files
from typing import Final

from common.door.sealed import SealedBlobs
from common.door.secrets import Erased
from common.values.ids import ExchangeId
from data_exchange.store.receipts import Opening
from evidence.contract import ExtractView, ProvenView
from ledger.drafting import Draft
from ledger.keyfiles import NoteKey
from ledger.verifier.exchange import letters_of
from ledger.verifier.manifest import exchange_facts
from ledger.verifier.texts import EXCHANGE_README

TAR: Final = "application/x-tar"
STATEMENT: Final = "exchange-manifest"


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
) -> bytes:
    """The dossier as a tar. `letters` are the letters and files of the exchange by their SHA-256 in hex."""
    made = {
        "README.md": EXCHANGE_README.encode(),
        "keys/policy.txt": extract.policy.encode(),
        "checkpoints/final.note": extract.checkpoint.encode(),
        "verify/verify.py": files("ledger").joinpath("verify.py").read_bytes(),
    }
    add_entries(made, extract.records, entries="records", proofs="proofs")
    add_entries(made, extract.keys, entries="keys", proofs="keys")
    draft = Draft(made)
    # A text or letter whose record the ledger does not hold yet comes with the next dossier.
    named = letters_of(draft.exam.records)
    for sha256, data in letters.items():
        if sha256 in named:
            draft.add(f"files/{sha256}", data)
    for opening in openings:
        draft.disclose(exchange_id.stream, opening.field, salt=opening.salt, value=opening.value)
    draft.finish(key, STATEMENT, exchange_facts)
    return tarred(f"exchange-{exchange_id}", made)


def add_entries(made: dict[str, bytes], proven: Sequence[ProvenView], *, entries: str, proofs: str) -> None:
    """Add each entry and its proof of inclusion to the files of a folder."""
    for one in proven:
        made[f"{entries}/{one.index}.entry"] = base64.b64decode(one.entry)
        made[f"{proofs}/{one.index}.tlog-proof"] = one.proof.encode()


def tarred(folder: str, made: Mapping[str, bytes]) -> bytes:
    """The files as an uncompressed tar of one folder: equal content is equal bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(made):
            info = tarfile.TarInfo(f"{folder}/{path}")
            info.size, info.mode = len(made[path]), 0o644
            archive.addfile(info, io.BytesIO(made[path]))
    return out.getvalue()
