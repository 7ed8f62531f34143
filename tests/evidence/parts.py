"""The parts of a bundle, for tests that leave some out, move them or put others in their place."""

from __future__ import annotations

import json

from ledger.verifier.archive import archived
from tests.evidence.ledger.bundles import Files

Told = tuple[str, Files, str, str]
"""A lie: a sentence, the files, the verdict and the step that must find it."""

OTHER_CASE = "cas_01jqwkb4x8e0h9f6t3yq2m5w7z"
OTHER_EVIDENCE = "evd_01jqwkb4x8e0h9f6t3yq2m5w7z"


def packed(files: Files) -> bytes:
    return b"".join(archived(files))


def without(files: Files, *parts: str) -> Files:
    return {name: data for name, data in files.items() if not name.startswith(parts)}


def streams_of(files: Files) -> dict[str, list[int]]:
    """The numbers of the records of each stream."""
    streams: dict[str, list[int]] = {}
    for name in sorted((n for n in files if n.startswith("records/")), key=number):
        record = json.loads(files[name].split(b"\n")[1])
        streams.setdefault(record["stream"], []).append(number(name))
    return streams


def number(name: str) -> int:
    return int(name.rpartition("/")[2].split(".")[0])


def without_records(files: Files, indexes: list[int]) -> Files:
    ways = [(f"records/{i}.", f"proofs/{i}.", f"sm3/proofs/{i}.") for i in indexes]
    return without(files, *(part for way in ways for part in way))


def records_of(files: Files, stream: str) -> Files:
    """The files of one stream of another bundle: entries and proofs in both trees."""
    left = without_records(files, streams_of(files)[stream])
    return {name: data for name, data in files.items() if name not in left}


def stream(files: Files, kind: str, n: int = 0) -> str:
    return [name for name in streams_of(files) if name.startswith(kind)][n]


def first(files: Files, folder: str, ending: str = "") -> str:
    return min((n for n in files if n.startswith(folder) and n.endswith(ending)), key=lambda n: (len(n), n))


def swapped(files: Files, one: str, other: str) -> Files:
    return files | {one: files[other], other: files[one]}


def replaced(files: Files, name: str, old: bytes, new: bytes) -> Files:
    assert old in files[name], (name, old)
    return files | {name: files[name].replace(old, new)}
