"""Captures whose records the liar's own service wrote otherwise than it should have, at their time and signed well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from ledger.canonical import canonical, instant
from tests.evidence.ledger.bundles import CAPTURED, Case, id_of, standing
from tests.evidence.ledger.given import Ledger
from tests.ledger.given import CASE, EVIDENCE, START, Stream

SHORT_SALT, LONG_SALT = bytes(8), bytes([7] * 16)
PLATE = "苏B99999"


def commitment(salt: bytes, field: str = "plate", value: Any = PLATE) -> str:
    """The digest by which a record commits to a value."""
    return hashlib.sha256(salt + canonical([field, value])).hexdigest()


class Planted(Case):
    """One capture. `taken` changes the data of its first record; `erased` says where a record of an erasure stands."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        taken: dict[str, Any] | None = None,
        erased: str = "",
        stated: bytes | None = None,
    ) -> None:
        super().__init__(ledger, records=4, pictures=[b"\xff\xd8planted"])
        self.taken, self.erased = taken or {}, erased
        self.statement = stated or self.statement

    async def write(self) -> None:
        (stream,) = self.captures
        gone = {"device_id": id_of(self.device), "media": list(self.pictures), "messages": []}
        digest = hashlib.sha256(self.statement).hexdigest()
        checked = {"capability_sha256": digest, "codes": [], "device_id": id_of(self.device), "lawful": True}
        notes = [stream.next(type="evidence.erased", data=gone)] if self.erased == "before" else []
        notes.append(stream.next(data=self._ingested(stream) | self.taken, subject=self.device.name))
        notes.append(stream.next(type="evidence.checked", data=checked, subject=self.device.name))
        if self.erased == "elsewhere":
            notes.append(Stream().next(type="evidence.erased", data=gone))
        if self.erased == "after":
            notes.append(stream.next(type="evidence.erased", data=gone))
        for note in notes:
            await self.ledger.sequencer.append(note)


def of(**how: Any) -> Callable[[Ledger], Planted]:
    return lambda ledger: Planted(ledger, **how)


_DEVICE = Stream("device/dev_01kajbch80e00800000000000h")
_OTHER = Stream("device/dev_01kajbch80e00800000000001h")
PLANTED: dict[str, Callable[[Ledger], Planted]] = {
    "signed by the case service": of(stated=standing(_DEVICE, CASE)),
    "signed by the liar": of(stated=standing(_DEVICE, EVIDENCE)),
    "about another device": of(stated=standing(_OTHER)),
    "about another time": of(stated=standing(_DEVICE, at=instant(START))),
    "not saying that it was lawful": of(stated=standing(_DEVICE, lawful=False)),
    "of another kind": of(stated=EVIDENCE.statement("standing", {"at": instant(CAPTURED)})),
    "erased before": of(erased="before"),
    "erased elsewhere": of(erased="elsewhere"),
    "erased after": of(erased="after"),
    "short salt": of(taken={"plate": {"c": commitment(SHORT_SALT)}}),
    "another member": of(taken={"plate": None, "owner": {"c": commitment(LONG_SALT)}}),
    "a bare text": of(taken={"plate": None, "content_key": commitment(LONG_SALT)}),
    "more than a commitment": of(taken={"plate": {"c": commitment(LONG_SALT), "value": "x"}}),
    "two places": of(
        taken={"plate": {"c": commitment(LONG_SALT)}, "again": {"plate": {"c": commitment(LONG_SALT)}}}
    ),
    "an unlisted picture": of(taken={"media": []}),
}
"""What was planted, by a short name."""
