"""A case told record by record, so that a test can plant what the exporting service might write itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.evidence.ledger.bundles import (
    Case,
    Files,
    Made,
    files_of,
    id_of,
)
from tests.evidence.ledger.given import BOTH
from tests.ledger.given import LOG, SM2_LOG, START, Stream

PICTURE = b"\xff\xd8picture"


DIGEST = hashlib.sha256(PICTURE).hexdigest()


NOBODY: dict[str, Any] = {"witnesses": [], "quorum": None, "authorities": b"", "monitors": []}


Make = Callable[..., Any]


class Told(Case):
    """One case with one capture, told record by record. Each step appends one record."""

    def __init__(self, ledger: Any) -> None:
        super().__init__(ledger, records=4, pictures=[PICTURE])
        self.capture = self.captures[0]
        self.others: list[Stream] = []

    async def add(self, stream: Stream, type_: str, data: dict[str, Any]) -> None:
        await self.ledger.sequencer.append(stream.next(type=type_, data=data, subject=self.device.name))

    async def registered(self, stream: Stream | None = None) -> None:
        data = {"code": "31010400001190000001", "agency_id": "agy_01jncr8pkvfchaga4zxazxye34"}
        await self.add(stream or self.device, "device.registered", data)

    async def taken(self, stream: Stream | None = None, **changes: Any) -> None:
        data = self._ingested(self.capture) | changes
        await self.add(stream or self.capture, "evidence.ingested", data)

    async def checked(self, **changes: Any) -> None:
        sha256 = hashlib.sha256(self.statement).hexdigest()
        data = {"capability_sha256": sha256, "codes": [], "flags": [], "lawful": True}
        data |= {"device_id": id_of(self.device), "result": "PASSED", "violation_code": "CM-0107"}
        await self.add(self.capture, "evidence.checked", data | changes)

    async def opened(self, evidence: list[Stream] | None = None) -> None:
        data = {"evidence_id": id_of(self.capture), "device_id": id_of(self.device), "media": [DIGEST]}
        await self.add(self.case, "case.opened", data)
        named = [id_of(stream) for stream in evidence or [self.capture]]
        await self.add(self.case, "case.decided", {"evidence_ids": named, "sha256": "ab" * 32})

    async def made(self, *, of_case: bool = True) -> Made:
        await self.anchor()
        await self.stamp(START + timedelta(seconds=60))
        await self.witness()
        self.captures = [self.capture, *self.others]
        self.disclosed = list({one.digest: one for one in self.disclosed}.values())
        bundle = await self.bundle(of_case=of_case)
        return Made(files_of(bundle.data), self.authority_pem)


async def begun(open_ledger: Make) -> Told:
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin(devices=True)
    told = Told(ledger)
    await told.stamp(START)
    await told.registered()
    return told


def page(files: Files) -> str:
    return files["report.html"].decode()


def row(files: Files, name: str) -> str:
    """The cell beside `name` in the printed report."""
    return page(files).partition(f"<th>{name}</th><td>")[2].partition("</td>")[0]


def with_final(files: Files, new: bytes) -> Files:
    old = files["checkpoints/final.note"]
    return {name: data.replace(old, new) for name, data in files.items()}


def text_of(note: bytes) -> bytes:
    return note.partition(b"\n\n")[0] + b"\n"
