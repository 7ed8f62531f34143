"""The certificate of a service: the return (送达回证, D-25), every record with its proof, and the files that they name.

    service-<id>/return.pdf                       the return of service
    service-<id>/certificate.json                 every record in few words; the reader computes it again
    service-<id>/records/ proofs/ keys/ checkpoints/final.note    the ledger's entries and what proves them
    service-<id>/files/<sha256>                   the document, returns, receipts, photographs, snapshots
    service-<id>/disclosures/<digest>.json        what officers wrote, behind its commitment
    service-<id>/verify/verify.py                 the reader: python3 -I verify.py --service FOLDER --key VKEY

It leaves as an uncompressed tar with sorted names and fixed dates: equal content is equal bytes.
"""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

from evidence.contract import ExtractView, ProvenView
from ledger.drafting import Draft
from ledger.keyfiles import NoteKey
from ledger.verifier.manifest import service_facts
from ledger.verifier.notes import canonical
from ledger.verifier.services import certificate_of, files_named_by
from ledger.verifier.texts import SERVICE_README
from notification.domain.serving.service import Service
from notification.store.servicewords import Opening

TAR: Final = "application/x-tar"
STATEMENT: Final = "service-manifest"


def assemble_certificate(
    service: Service,
    extract: ExtractView,
    openings: Sequence[Opening],
    content: Mapping[str, bytes],
    pdf: bytes,
    *,
    key: NoteKey,
) -> bytes:
    """The certificate as a tar. `content` are the document and the proofs by their SHA-256 in hex."""
    made = {
        "README.md": SERVICE_README.encode(),
        "return.pdf": pdf,
        "keys/policy.txt": extract.policy.encode(),
        "checkpoints/final.note": extract.checkpoint.encode(),
        "verify/verify.py": files("ledger").joinpath("verify.py").read_bytes(),
    }
    _add_entries(made, extract.records, entries="records", proofs="proofs")
    _add_entries(made, extract.keys, entries="keys", proofs="keys")
    draft = Draft(made)
    draft.add("certificate.json", canonical(certificate_of(draft.exam.records)))
    named = files_named_by(draft.exam.records)
    for sha256, data in content.items():
        # What the ledger does not hold yet comes with the next certificate.
        if sha256 in named:
            draft.add(f"files/{sha256}", data)
    for opening in openings:
        draft.disclose(service.id.stream, opening.field, salt=opening.salt, value=opening.value)
    draft.finish(key, STATEMENT, service_facts)
    return _tarred(f"service-{service.id}", made)


def _add_entries(made: dict[str, bytes], proven: Sequence[ProvenView], *, entries: str, proofs: str) -> None:
    for one in proven:
        made[f"{entries}/{one.index}.entry"] = base64.b64decode(one.entry)
        made[f"{proofs}/{one.index}.tlog-proof"] = one.proof.encode()


def _tarred(folder: str, made: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(made):
            info = tarfile.TarInfo(f"{folder}/{path}")
            info.size, info.mode = len(made[path]), 0o644
            archive.addfile(info, io.BytesIO(made[path]))
    return out.getvalue()
