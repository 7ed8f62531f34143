"""Every lie that we could think of about a bundle, each with the verdict and the step that must find it.

    folder/<n>.zip      a bundle                     folder/tsa.pem     the certificate of the authority
    folder/lies.json    a list of {"file", "says", "verdict", "step", "arguments"}; `step` is null for an honest bundle

`write_all` writes this folder, so that every program that follows docs/BUNDLE.md is put before the same lies. The liar
is an exporter: he has the key that signs manifests and everything that log and outsiders ever published, but not
the keys of the log, of the other services, or of the outsiders. Some lies need a record of his own service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from evidence.ledger.genesis import rotation
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED
from tests.evidence.archives import AS_BYTES, STRANGE_BEGINNINGS, Zip, edits
from tests.evidence.ledger.bundles import MONITOR, Case, Made, files_of, make_bundle
from tests.evidence.ledger.given import BOTH, Ledger
from tests.evidence.lieswithin import contents
from tests.evidence.parts import packed
from tests.evidence.planted import PLANTED
from tests.ledger.given import DEVICE, LOG, ROOT, SM2_LOG, START, Stream, note_key
from tests.outsiders.given import W1, W2, W3

ALL = ["--key", ROOT.vkey, "--monitor", MONITOR.vkey, "--tsa", "tsa.pem", "--quorum", "2"]
ALL += [part for key in (W1, W2, W3) for part in ("--witness", key.cosigner.vkey)]
KEY_ALONE = ["--key", ROOT.vkey]
"""What the reader brings: everything, or the published root key alone."""

PICTURES = [b"\xff\xd8picture %d" % n for n in range(4)]
NEW_DEVICE = note_key("device-registry.test.mingzheng.example/k2", 9)


@dataclass(frozen=True)
class Lie:
    """A bundle, and what a program must say of it. An honest one has no `step`."""

    says: str
    data: bytes
    verdict: str
    step: str | None
    arguments: list[str]


@dataclass(frozen=True)
class Material:
    """Bundles from one log, all under one checkpoint, but `demo` and `backdated`, which have logs of their own.

    `case`: two captures. `capture`: one capture alone. `bare`: no outsider. `other`: another party's case, its capture
    erased, and the registry's key rotated afterwards. `planted`: captures whose records the liar's service wrote.
    """

    case: Made
    capture: Made
    bare: Made
    other: Made
    demo: Made
    backdated: Made
    planted: dict[str, Made]
    erased_picture: bytes

    @property
    def honest(self) -> Iterator[tuple[str, Made]]:
        yield "a case with two captures and every voucher", self.case
        yield "one capture with every voucher", self.capture
        yield "a case of which no outsider says anything", self.bare
        yield "a case whose capture was erased, and whose registry has a new key", self.other
        yield "a case in the log of a demo", self.demo


async def make_material(open_ledger: Callable[..., Ledger], open_others: Callable[[], Any]) -> Material:
    """Write the logs, then every bundle. `open_others()` is a context with the maker of ledgers in a fresh database."""
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin(devices=True)
    case = Case(ledger, records=8, pictures=PICTURES)
    await ledger.sequencer.append_all(Stream().take(9))
    await case.stamp(START)

    async def others() -> None:
        await ledger.sequencer.append_all(Stream().take(3))

    await case.record(between=others)
    other = Case(ledger, records=4, pictures=[b"\xff\xd8of another party"])
    planted = {name: make(ledger) for name, make in PLANTED.items()}
    for each in (other, *planted.values()):
        each.device, each.authority, each.stamps = case.device, case.authority, case.stamps
    for stream in other.plan:
        await ledger.sequencer.append(other.next(stream))
    (gone,) = other.captures
    erased = {"device_id": case.device.name.partition("/")[2], "media": list(other.pictures), "messages": []}
    await ledger.sequencer.append(gone.next(type="evidence.erased", data=erased, subject=case.device.name))
    for each in planted.values():
        await each.write()
    keys = ledger.sequencer.keys
    await ledger.sequencer.append(rotation(DEVICE, NEW_DEVICE, keys, at=START))
    await case.anchor()
    await case.stamp(START + timedelta(seconds=60))
    await others()
    await case.witness()
    erased_picture, other.pictures, other.disclosed = next(iter(other.pictures.values())), {}, []
    async with AsyncExitStack() as stack:
        demo = await make_bundle(
            await stack.enter_async_context(open_others()), demo_clock=True, authority=case.authority
        )
        opened = await stack.enter_async_context(open_others())
        backdated = await make_bundle(opened, stamped=(3_600, 7_200), authority=case.authority)
    pem = case.authority_pem

    async def bundle(of: Case, **how: Any) -> Made:
        return Made(files_of((await of.bundle(**how)).data), pem)

    one = Case(ledger, records=2, pictures=PICTURES[3:])
    one.device, one.authority, one.stamps = case.device, case.authority, case.stamps
    one.captures, one.pictures = [case.captures[1]], dict(list(case.pictures.items())[3:])
    one.disclosed = case.disclosed[1:]
    return Material(
        case=await bundle(case),
        capture=await bundle(one, of_case=False),
        bare=await bundle(case, is_vouched=False),
        other=await bundle(other),
        demo=demo,
        backdated=backdated,
        planted={name: await bundle(each, of_case=False) for name, each in planted.items()},
        erased_picture=erased_picture,
    )


def every_lie(made: Material) -> Iterator[Lie]:
    """Honest bundles, archives in another layout, and lies about content."""
    for says, honest in made.honest:
        yield Lie(f"honest: {says}", packed(honest.files), VERIFIED, None, KEY_ALONE)
        if honest not in (made.bare, made.demo):
            yield Lie(f"honest: {says}, everything demanded", packed(honest.files), VERIFIED, None, ALL)
    for says, edit in edits():
        archive = Zip(made.case.files)
        edit(archive)
        yield Lie(says, bytes(archive), FORGED, "archive", KEY_ALONE)
    whole = bytes(Zip(made.case.files))
    for says, altered in AS_BYTES:
        yield Lie(says, altered(whole), FORGED, "archive", KEY_ALONE)
    for says, altered in STRANGE_BEGINNINGS:
        yield Lie(says, altered(whole), NOT_VERIFIED, "archive", KEY_ALONE)
    for says, files, verdict, step, demanded in contents(made):
        yield Lie(says, packed(files), verdict, step, ALL if demanded else KEY_ALONE)


def write_all(folder: Path, made: Material) -> list[dict[str, Any]]:
    """Write the folder; the result is the content of lies.json."""
    (folder / "tsa.pem").write_bytes(made.case.root)
    listed = []
    for n, lie in enumerate(every_lie(made)):
        name = f"{n:03}.zip"
        (folder / name).write_bytes(lie.data)
        listed.append({"file": name} | {k: v for k, v in vars(lie).items() if k != "data"})
    (folder / "lies.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1))
    return listed
