"""The court bundle: an archive that proves itself with Python's standard library and nothing of ours.

docs/BUNDLE.md lists its files and says what each proves. Nothing in it is the exporter's word: manifest, report and
policy are computed by `ledger.drafting` from records, statements and checkpoints, and the reader computes them again.

Names are sorted, dates fixed, nothing is compressed: the same content is the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from common.door.blobs import sha256_hex
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from evidence.bundles.extract import Extract, Proven, Vouchers
from evidence.domain.lifecycle import Capture
from evidence.store.bundles import PlateDisclosure
from ledger.drafting import Draft
from ledger.keyfiles import NoteKey
from ledger.verifier.archive import LARGEST, MOST, archived
from ledger.verifier.bundle import policy_of
from ledger.verifier.notes import Vkey

STATEMENT = "bundle-manifest"
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Bundle:
    """A finished bundle: the archive, and the SHA-256 (hex) of it and of its manifest."""

    data: bytes
    sha256: str
    manifest_sha256: str


@dataclass
class Contents:
    """The contents of a bundle. `pictures` and `statements` are bytes by their SHA-256 in hex."""

    captures: Sequence[Capture]
    extract: Extract
    pictures: Mapping[str, bytes]
    statements: Mapping[str, bytes]
    disclosures: Sequence[PlateDisclosure]
    case_id: CaseId | None
    vouchers: Vouchers = field(default_factory=Vouchers)
    files: dict[str, bytes] = field(default_factory=dict)


def assemble(contents: Contents, key: NoteKey) -> Bundle:
    """The bundle of `contents`, its manifest signed by `key`. Refusal BUNDLE_TOO_LARGE if no archive can hold it."""
    made = contents.files
    _add_ledger(made, contents.extract)
    _add_vouchers(made, contents.vouchers)
    _add_twin(made, contents.extract)
    for capture in contents.captures:
        for picture in capture.pictures:
            # Of an erased capture the records name the digests, and there are no bytes any more.
            if picture.sha256 in contents.pictures:
                suffix = _SUFFIX[picture.media_type]
                made[f"media/{picture.sha256}.{suffix}"] = contents.pictures[picture.sha256]
    for sha256, note in contents.statements.items():
        made[f"statements/{sha256}.note"] = note
    for verifier in ("verify.py", "verify.sh"):
        made[f"verify/{verifier}"] = files("ledger").joinpath(verifier).read_bytes()
    draft = Draft(made)
    for disclosed in contents.disclosures:
        draft.disclose(disclosed.stream, disclosed.field, salt=disclosed.salt, value=disclosed.value)
    manifest = draft.finish_bundle(key, STATEMENT)
    try:
        data = b"".join(archived(made))
    except ValueError:
        facts = {"most_files": MOST, "largest_file": LARGEST}
        raise Refusal(Kind.TOO_LARGE, "BUNDLE_TOO_LARGE", facts) from None
    return Bundle(data, sha256_hex(data), sha256_hex(manifest))


def _add_ledger(made: dict[str, bytes], extract: Extract) -> None:
    _add_entries(made, extract.records, entries="records", proofs="proofs")
    _add_entries(made, extract.keys, entries="keys", proofs="keys")
    made["checkpoints/final.note"] = extract.checkpoint
    made["keys/policy.txt"] = policy_text(extract).encode()


def policy_text(extract: Extract) -> str:
    """A c2sp.org/tlog-policy of the log's keys and of the witnesses on the extract's checkpoint; it has no quorum."""
    return policy_of(map(Vkey.parse, extract.log_keys), map(Vkey.parse, extract.witnesses))


def _add_entries(made: dict[str, bytes], entries_: Iterable[Proven], *, entries: str, proofs: str) -> None:
    for proven in entries_:
        made[f"{entries}/{proven.entry.index}.entry"] = proven.entry.raw
        made[f"{proofs}/{proven.entry.index}.tlog-proof"] = proven.proof


def _add_vouchers(made: dict[str, bytes], vouchers: Vouchers) -> None:
    for role, anchor in (("lower", vouchers.lower), ("upper", vouchers.upper)):
        if anchor is not None:
            made[f"checkpoints/{role}.note"] = anchor.note
            made[f"consistency/{role}-final.txt"] = anchor.leads
    stamped = {"lower": vouchers.lower, "upper": vouchers.upper}
    tokens = {role: anchor.tokens for role, anchor in stamped.items() if anchor is not None}
    for role, by_authority in (tokens | {"final": vouchers.final}).items():
        for authority, token in by_authority.items():
            made[f"timestamps/{role}.{authority}.tsr"] = token
    if vouchers.statement is not None:
        made["statements/completeness.note"] = vouchers.statement
        made["consistency/statement-final.txt"] = vouchers.leads


def _add_twin(made: dict[str, bytes], extract: Extract) -> None:
    twin = extract.twin
    if twin is None:
        return
    made["sm3/checkpoint.note"] = twin.checkpoint
    for index, proof in twin.proofs.items():
        made[f"sm3/proofs/{index}.tlog-proof"] = proof
    if twin.anchor is not None and twin.leads is not None:
        _add_entries(made, [twin.anchor], entries="sm3/anchors", proofs="sm3/anchors")
        made["sm3/anchor-final.txt"] = twin.leads
