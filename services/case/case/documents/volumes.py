"""A whole case as one archive: its volumes (正卷, 副卷), its proofs of service, and the chain of its records (APL 47).

    README.md                    how to check it with nothing but SHA-256
    catalogue.json               the contents (卷内目录): each document with number, pages, digest and seal
    main/NNN-<kind>.pdf          the main volume: what the party may see
    secondary/NNN-<kind>.pdf     the secondary volume: sheets of the agency's own
    services/<id>.tar            everything that proves one service of process; it verifies itself
    captures.json                the list of evidence: each capture with the digests of its pictures
    devices/<evidence>.note      what the registry states of the device of a capture at its second, signed; devices.json
                                 says it in words
    files/NNN.<ending>           what the party handed in, a part of the main volume; files.json lists it, and says why
                                 one is not here: a virus, or a form that nobody opens
    ledger/records/<n>.entry     every record of the case as it lies in the ledger; a bundle of a remedy leaves out
                                 those of the agency's deliberation
    ledger/proofs/<n>.tlog-proof why the checkpoint names it
    ledger/keys/<n>.entry        the entries that say whose key signed it, with their proofs beside them
    ledger/checkpoint.note, ledger/policy.txt

Nothing is compressed, names are sorted and dates fixed: the same content is the same bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from case.documents import INTERNAL, TEMPLATES, DocumentKind
from case.documents.devicewords import sentences_of
from case.documents.drafts import stored
from case.documents.handedin import handed_in
from case.domain.files import File
from case.runtime import CaseRuntime
from case.store.documents import Document
from case.store.dossiers import Dossier
from case.store.filerows import name_in
from common.files.declared import ENDINGS
from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from device_registry.contract import DeviceRegistry
from evidence.contract import Evidence, ExtractView, ProvenView
from ledger.entry import parse_entry
from ledger.verifier.archive import LARGEST, MOST, archived
from notification.contract import Notification

ZIP: Final = "application/zip"
README: Final = """# 案卷导出 · A case as one archive

每一份文书的 SHA-256 见 catalogue.json,并写在 ledger/records/ 的记录中;每条记录由 ledger/proofs/ 中的包含证明
连到 ledger/checkpoint.note 的树根,树根由账本的密钥签名(ledger/policy.txt)。送达材料 services/*.tar 自带核验程序。

The SHA-256 of each document stands in catalogue.json and in a record under ledger/records/. An entry's leaf is
SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right); the hashes of its proof lead to the root that
ledger/checkpoint.note names, and that note is signed by the key in ledger/policy.txt (Ed25519). What an entry holds is
the record with the signature of the service that wrote it; ledger/keys/ says whose key that is.
"""


@dataclass(frozen=True)
class Bound:
    """A document in its place: the volume, its number there, its name in the archive."""

    document: Document
    volume: str
    n: int

    @property
    def name(self) -> str:
        return f"{self.volume}/{self.n:03}-{self.document.kind}.pdf"


def bound(documents: Sequence[Document]) -> list[Bound]:
    """The documents in the order in which they were made, each in its volume."""
    placed: list[Bound] = []
    for document in documents:
        volume = "secondary" if document.kind in INTERNAL else "main"
        placed.append(Bound(document, volume, 1 + sum(each.volume == volume for each in placed)))
    return placed


async def gather(
    runtime: CaseRuntime,
    dossier: Dossier,
    documents: Sequence[Document],
    *,
    more: Mapping[str, bytes] = MappingProxyType({}),
    without: Collection[str] = (),
) -> bytes:
    """The archive of the case with these `documents` of it, and with `more` files by their names.

    Records of the types `without` are left out: each record that is there is proved by itself.

    Refusal CASE_ERASED once it was erased, BUNDLE_TOO_LARGE if no archive can hold it. The extract of the ledger is
    asked for last, so that it names whatever the rest rests on.
    """
    case_id = dossier.case.id
    placed = bound(documents)
    made = {each.name: await stored(runtime, each.document) for each in placed}
    made |= await _services(runtime, case_id)
    made["captures.json"] = _json(_captures(dossier))
    made["files.json"] = _json([_file(dossier, file) for file in dossier.case.files])
    made |= await _files(runtime, dossier)
    made |= await _devices(runtime, dossier)
    made["catalogue.json"] = _json(_catalogue(dossier, placed))
    made["README.md"] = README.encode()
    made |= more
    made |= _chain(await Evidence(runtime.peers).extract(case_id.stream), without)
    try:
        return b"".join(archived(made))
    except ValueError:
        facts = {"most_files": MOST, "largest_file": LARGEST}
        raise Refusal(Kind.TOO_LARGE, "BUNDLE_TOO_LARGE", facts) from None


async def _files(runtime: CaseRuntime, dossier: Dossier) -> dict[str, bytes]:
    opening = (file for file in dossier.case.files if file.opens)
    return {_place(file): await handed_in(runtime, file.sha256, dossier.case.id) for file in opening}


def _place(file: File) -> str:
    return f"files/{file.number:03}{ENDINGS[file.media_type][0]}"


def _file(dossier: Dossier, file: File) -> dict[str, Any]:
    return {
        "file": _place(file) if file.opens else None,
        "n": file.number,
        "name": name_in(dossier.file_names, file.number),
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "scan": file.scan,
        "statement": file.statement,
        "handed_in_at": file.handed_in_at.astimezone(BEIJING).isoformat(),
        "at_counter": file.taken_by is not None,
    }


async def _devices(runtime: CaseRuntime, dossier: Dossier) -> dict[str, bytes]:
    registry, made, lines = DeviceRegistry(runtime.peers), {}, []
    for exhibit in dossier.case.exhibits:
        told = await registry.dossier(exhibit.device_id, exhibit.captured_at)
        name = f"devices/{exhibit.evidence_id}.note"
        made[name] = told.note.encode()
        words = [one.zh for one in sentences_of(told.dossier)]
        lines.append(
            {"evidence_id": exhibit.evidence_id, "file": name, "sha256": told.sha256, "words": words}
        )
    return made | {"devices.json": _json(lines)}


async def _services(runtime: CaseRuntime, case_id: CaseId) -> dict[str, bytes]:
    asked = Notification(runtime.peers)
    found = await asked.services(case_id)
    return {f"services/{id}.tar": await asked.service_certificate(id) for id in found}


def _catalogue(dossier: Dossier, placed: Sequence[Bound]) -> dict[str, Any]:
    return {
        "case": dossier.case.id,
        "number": dossier.case.number,
        "state": dossier.case.state,
        "documents": [_line(each) for each in placed],
        "pages": sum(each.document.pages for each in placed),
    }


def _line(place: Bound) -> dict[str, Any]:
    document, seal = place.document, None
    if document.seal_certificate is not None and document.seal_signature is not None:
        seal = {
            "certificate": base64.b64encode(document.seal_certificate).decode(),
            "signature": base64.b64encode(document.seal_signature).decode(),
        }
    return {
        "file": place.name,
        "volume": place.volume,
        "n": place.n,
        "kind": document.kind,
        "title": TEMPLATES[DocumentKind(document.kind)].title,
        "number": document.number,
        "made_at": document.made_at.astimezone(BEIJING).isoformat(),
        "pages": document.pages,
        "sha256": document.sha256,
        "seal": seal,
    }


def _captures(dossier: Dossier) -> list[dict[str, Any]]:
    return [
        {
            "evidence_id": exhibit.evidence_id,
            "device_code": exhibit.device_code,
            "place": exhibit.place,
            "captured_at": exhibit.captured_at.astimezone(BEIJING).isoformat(),
            "sha256": list(exhibit.media),
        }
        for exhibit in dossier.exhibits
    ]


def _chain(extract: ExtractView, without: Collection[str]) -> dict[str, bytes]:
    shown = [one for one in extract.records if _type_of(one) not in without]
    return {
        **_entries(shown, entries="ledger/records", proofs="ledger/proofs"),
        **_entries(extract.keys, entries="ledger/keys", proofs="ledger/keys"),
        "ledger/checkpoint.note": extract.checkpoint.encode(),
        "ledger/policy.txt": extract.policy.encode(),
    }


def _type_of(one: ProvenView) -> str:
    return parse_entry(base64.b64decode(one.entry)).record.type


def _entries(proven: Sequence[ProvenView], *, entries: str, proofs: str) -> dict[str, bytes]:
    made = {f"{entries}/{one.index}.entry": base64.b64decode(one.entry) for one in proven}
    return made | {f"{proofs}/{one.index}.tlog-proof": one.proof.encode() for one in proven}


def _json(value: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()
