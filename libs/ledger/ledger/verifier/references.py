"""The references in records: which of them a bundle must satisfy, and the others, which are listed as not included.

`FOLLOWED` is the table of docs/BUNDLE.md. From the one object that a bundle is about, a reference leads to streams,
pictures and statements; a stream that no reference reaches belongs to another matter, and perhaps to another party.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ledger.verifier.notes import Record
from ledger.verifier.report import Fault

ID = re.compile(r"(?:[a-z]+/)?([a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25})")
DIGEST = re.compile(r"[0-9a-f]{64}")

DEVICE = ("device_id", "device/")
FOLLOWED = {
    "evidence.ingested": (("media/*/sha256", "picture"),),
    "evidence.checked": (("capability_sha256", "statement"),),
    "case.opened": (("evidence_id", "evidence/"), DEVICE, ("media/*", "picture")),
    "case.decided": (("evidence_ids/*", "evidence/"),),
    "case.backup_noted": (("evidence_id", "evidence/"),),
}
"""By the type of a record: the member of `data`, and what it names: a stream of this kind, a picture, a statement."""

APART = ("rows", "permit")
"""Members of every record's data that are about the operator's database and policy."""

Place = tuple[int, str]
"""The index of a record, and a path in it."""


def followed(record: Record) -> Iterator[tuple[str, str]]:
    """What the record must find in its bundle: kind and name; the name of a stream is whole."""
    # A type means what it says only in the streams of its own service: another one may write it too.
    own = record.stream.startswith(f"{record.type.partition('.')[0]}/")
    members = FOLLOWED.get(record.type, ()) if own else ()
    if record.stream.startswith("evidence/"):
        members = (*members, DEVICE)
    for path, kind in members:
        for name in texts_at(record.data, path.split("/")):
            yield (kind, name) if kind in ("picture", "statement") else ("stream", kind + name)


def texts_at(value: Any, path: list[str]) -> Iterator[str]:
    """The texts at `path` in a JSON value; `*` is every element of a list. An absent member names nothing."""
    if value is None:
        return
    if not path and isinstance(value, str):
        yield value
    elif path and path[0] == "*" and isinstance(value, list):
        for part in value:
            yield from texts_at(part, path[1:])
    elif path and path[0] != "*" and isinstance(value, dict):
        yield from texts_at(value.get(path[0]), path[1:])
    else:
        raise Fault("引用的写法不对")


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every text and every commitment in a JSON value, in canonical order, with the path to it."""
    if isinstance(value, str) or is_commitment(value):
        yield path, value
        return
    if isinstance(value, dict):
        parts = [(name, value[name]) for name in sorted(value) if path or name not in APART]
    else:
        parts = [(str(n), part) for n, part in enumerate(value)] if isinstance(value, list) else []
    for name, part in parts:
        yield from walk(part, f"{path}/{name}" if path else name)


def is_commitment(value: Any) -> bool:
    """Whether `value` stands for a value that is not here."""
    if not isinstance(value, dict) or value.keys() != {"c"}:
        return False
    return isinstance(value["c"], str) and DIGEST.fullmatch(value["c"]) is not None


class Survey:
    """The commitments and references of records: each with its first place, in the order of the walk.

    `commitments` is by stream and digest. `places` are those of texts that look like an id, a stream or a digest.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.commitments: dict[tuple[str, str], Place] = {}
        self.places: dict[str, Place] = {}
        for record in records:
            self._add(record)

    def _add(self, record: Record) -> None:
        if isinstance(record.subject, str):
            self._refer(record.subject, record.index, "subject")
        for path, value in walk(record.data):
            if isinstance(value, str):
                self._refer(value, record.index, path)
            else:
                self.commitments.setdefault((record.stream, value["c"]), (record.index, path))

    def _refer(self, text: str, index: int, path: str) -> None:
        member = path.rpartition("/")[2]
        is_digest = DIGEST.fullmatch(text) and member not in ("c", "sm3")
        if is_digest or ID.fullmatch(text):
            self.places.setdefault(text, (index, path))

    def not_included(self, here: set[str], named: set[str]) -> list[tuple[str, int, str]]:
        """The references that are neither `here` (ids and digests) nor `named` by a followed reference."""
        missing = []
        for text, (index, path) in self.places.items():
            match = ID.fullmatch(text)
            plain = match[1] if match else text
            if plain not in here and text not in named and plain not in named:
                missing.append((text, index, path))
        return missing


class Pictures:
    """Which pictures evidence took in, and which of them a later record of the same stream erased."""

    def __init__(self, streams: dict[str, list[Record]]) -> None:
        self.shown: dict[str, list[tuple[Record, dict[str, Any]]]] = {}
        self.erased: dict[str, list[Record]] = {}
        self.erased_streams: set[str] = set()
        for records in streams.values():
            self._read(records)

    def is_excused(self, digest: str) -> bool:
        """Whether the picture was erased in every stream that took it in."""
        return digest in self.erased and digest not in self.shown

    def _read(self, records: list[Record]) -> None:
        taken: dict[str, list[tuple[Record, dict[str, Any]]]] = {}
        for record in records:
            media = record.data.get("media")
            items = media if isinstance(media, list) else []
            if record.type == "evidence.ingested":
                for item in items:
                    if isinstance(item, dict):
                        taken.setdefault(str(item.get("sha256")), []).append((record, item))
            elif record.type == "evidence.erased":
                self.erased_streams.add(record.stream)
                for digest in [item for item in items if isinstance(item, str) and item in taken]:
                    self.erased.setdefault(digest, []).append(record)
                    del taken[digest]
        for digest, places in taken.items():
            self.shown.setdefault(digest, []).extend(places)


def root_of_matter(streams: Iterable[str]) -> str:
    """The stream of the one object that a bundle is about: its case, or else its one capture."""
    strange = [name for name in streams if not name.startswith(("case/", "evidence/", "device/"))]
    cases = [name for name in streams if name.startswith("case/")]
    captures = [name for name in streams if name.startswith("evidence/")]
    if strange:
        raise Fault(f"{strange[0]} 不是证据包里的流")
    if len(cases) > 1 or (not cases and len(captures) != 1):
        raise Fault("证据包应是一个案件的,或者一次采集的")
    return (cases or captures)[0]


def reached_from(root: str, streams: dict[str, list[Record]]) -> dict[tuple[str, str], int]:
    """What the followed references lead to from the stream `root`: kind and name, and the index of the first record."""
    reached: dict[tuple[str, str], int] = {("stream", root): 0}
    waiting, done = [root], {root}
    while waiting:
        for record in streams.get(waiting.pop(0), []):
            for kind, name in followed(record):
                reached.setdefault((kind, name), record.index)
                if kind == "stream" and name not in done:
                    done.add(name)
                    waiting.append(name)
    return reached
