"""A whole case leaves as one archive that proves itself (APL 47; NJ 17)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from itertools import pairwise
from typing import Any

import pytest

from common.documents.seal import SealStatement
from common.values.law import APL_47, NJ_17
from ledger.verifier.keylog import KeyLog
from ledger.verifier.notes import Checkpoint, Entry, Vkey
from tests.case.story import Story
from tests.world import World

ALWAYS_SHOWN = {"D-02", "D-14", "D-20a"}


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root_over(entry: bytes, proof: bytes, size: int) -> bytes:
    """The root to which the hashes of a proof lead (RFC 9162, 2.1.3.2), with nothing but SHA-256."""
    _, index, *hashes = proof.partition(b"\n\n")[0].decode().split("\n")
    left, last = int(index.partition(" ")[2]), size - 1
    running = sha(b"\x00" + entry)
    for sibling in (base64.b64decode(line) for line in hashes):
        if left & 1 or left == last:
            running = sha(b"\x01" + sibling + running)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            running = sha(b"\x01" + running + sibling)
        left, last = left >> 1, last >> 1
    assert last == 0
    return running


def records_of(files: dict[str, bytes], root: Vkey) -> list[Entry]:
    """The records of the case: each signed by a key that was valid, under the one checkpoint that the log signed."""
    final, keys = Checkpoint.parse(files["ledger/checkpoint.note"]), KeyLog()
    places = {int(name.rsplit("/")[-1][:-6]): name for name in files if name.endswith(".entry")}
    records = []
    for index in sorted(places):
        name = places[index]
        proofs = name.replace("/records/", "/proofs/").replace(".entry", ".tlog-proof")
        assert root_over(files[name], files[proofs], final.size) == final.root
        entry = Entry.parse(files[name])
        keys.take(entry)  # raises Fault unless the key that it needs has signed
        if "/records/" in name:
            records.append(entry)
    assert keys.roots == [root]
    ours = keys.of(keys.origin, final.size)
    assert ours
    assert all(final.note.signed_by(key) for key in ours)
    return records


@pytest.mark.law(APL_47, NJ_17)
@pytest.mark.begins("serve decision")
async def test_NAT_5_the_export_of_a_case_contains_the_chain_of_its_signed_events(world: World) -> None:
    story = await (await Story(world).opened()).walk("archive")
    await world.settle()
    case = await story.view()

    async def export(role: str, agency: int = 0) -> Any:
        return await world.person(role, agency).get(f"{story.path}/export")

    answer = await export("ARCHIVIST")
    others = [await export("PARTY"), await export("FINANCE_CLERK"), await export("ARCHIVIST", 1)]

    assert [each.status_code for each in others] == [403, 403, 404]
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    records = records_of(files, Vkey.parse(world.installation.d.root_key().vkey))

    # Nothing of the stream is left out: the records count on from the first, each names the one before.
    assert [entry.seq for entry in records] == list(range(len(records)))
    assert all(later.after == earlier.note_hash for earlier, later in pairwise(records))
    types = [str(entry.record["type"]) for entry in records]
    # Who reads a case changes nothing of it.
    changes = [kind for kind in types if kind.startswith("case.") and kind != "case.read"]
    assert len(changes) == case["revision"]
    assert (changes[0], changes[-1], case["state"]) == ("case.opened", "case.archived", "ARCHIVED")

    catalogue = json.loads(files["catalogue.json"])
    named = {data["sha256"] for entry in records if "sha256" in (data := entry.record["data"])}
    assert {line["kind"] for line in catalogue["documents"]} >= ALWAYS_SHOWN
    for line in catalogue["documents"]:
        pdf = files[line["file"]]
        assert line["sha256"] == hashlib.sha256(pdf).hexdigest()
        assert line["sha256"] in named
        assert line["volume"] == "main"
        seal = [base64.b64decode(line["seal"][part]) for part in ("certificate", "signature")]
        assert SealStatement(line["sha256"], *seal).is_of(pdf)
    assert catalogue["pages"] == sum(line["pages"] for line in catalogue["documents"])
    captures = json.loads(files["captures.json"])
    assert [line["evidence_id"] for line in captures] == [story.evidence_id]
    media = next(entry.record["data"]["media"] for entry in records if entry.record["type"] == "case.opened")
    assert captures[0]["sha256"] == media
    assert len([name for name in files if name.startswith("services/")]) == 2

    await world.settle()
    assert (await world.record_types("case", f"case/{story.case_id}"))[-1] == "case.exported"
    assert (await world.fsck()).clean
