"""Lies of the service that hands out dossiers and lists: its own key signs each, and the reader finds or names it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

import ledger
from data_exchange.documents.usageproof import assemble_usages
from data_exchange.store.usages import lines_of
from evidence.bundles.dossier import policy_text
from evidence.bundles.extract import extract
from evidence.contract import Evidence
from evidence.ledger.genesis import Enrolment, registration
from ledger.drafting import Draft
from ledger.verifier.exchange import verify_exchange
from ledger.verifier.manifest import exchange_facts, usages_facts
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from ledger.verifier.texts import EXCHANGE_README
from ledger.verifier.trust import Trust
from ledger.verifier.usages import verify_usages
from tests.case.story import OPENED
from tests.data_exchange.registers import PERSON, a_register, ask
from tests.data_exchange.test_dossier import read_folder
from tests.data_exchange.test_usages import (
    CONTACT,
    OTHER_PERSON,
    a_case_of_the_person,
    listed,
    trusted_of,
    unpacked,
)
from tests.evidence.ledger.bundles import MONITOR, Case
from tests.evidence.ledger.conftest import empty_ledger, open_ledger
from tests.evidence.ledger.given import BOTH
from tests.ledger.given import LOG, ROOT, SM2_LOG, START, Stream, note_key
from tests.world import World

__all__ = ["empty_ledger", "open_ledger"]

VERIFIER = Path(ledger.__file__).with_name("verify.py")
EXCHANGE = note_key("data-exchange.test.mingzheng.example/k1", 11)
FIRST, SECOND = b"%PDF-letter", b"%PDF-second"

Files = dict[str, bytes]
Told = list[tuple[str, dict[str, Any]]]
Make = Callable[..., Any]


def letter(data: bytes) -> dict[str, Any]:
    return {"letter": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}


def erased(data: bytes) -> dict[str, Any]:
    return {"files": [hashlib.sha256(data).hexdigest()]}


STORIES: dict[str, tuple[Told, list[bytes], str]] = {
    "honest": ([("exchange.requested", letter(FIRST))], [FIRST], VERIFIED),
    "erased": (
        [("exchange.requested", letter(FIRST)), ("exchange.erased", erased(FIRST))],
        [],
        VERIFIED,
    ),
    "named again after its erasure": (
        [
            ("exchange.requested", letter(FIRST)),
            ("exchange.erased", erased(FIRST)),
            ("exchange.urged", letter(FIRST)),
        ],
        [],
        NOT_VERIFIED,
    ),
    "a digest in an officer's words": (
        [
            ("exchange.requested", letter(FIRST)),
            ("exchange.annotated", {"note": hashlib.sha256(SECOND).hexdigest()}),
        ],
        [FIRST, SECOND],
        FORGED,
    ),
}


async def test_a_letter_is_what_a_record_names_as_its_letter_and_erased_only_after_that(
    open_ledger: Make, tmp_path: Path
) -> None:
    """The service of the exchange wrote and signed these records itself. One ledger holds an exchange for each."""
    source = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await source.begin()
    enrolment = Enrolment(EXCHANGE, ("exchange/",))
    await source.sequencer.append(registration(enrolment, source.sequencer.keys, roots=[ROOT], at=START))
    streams = {}
    for n, (name, (records, _, _)) in enumerate(STORIES.items()):
        streams[name] = Stream(f"exchange/exc_01jncr8pkvfchaga4zxazxye3{n}", EXCHANGE)
        for type_, data in records:
            await source.sequencer.append(streams[name].next(type=type_, data=data, subject=None))
    reports: dict[str, Report] = {}
    async with Case(source, records=2, pictures=[b"picture"])._log() as log:
        for name, (_, letters, _) in STORIES.items():
            folder = tmp_path / streams[name].name.partition("/")[2]
            taken = await extract(log, [streams[name].name], policy=None)
            write(folder, dossier_of(taken, letters))
            reports[name] = verify_exchange(folder, trust=Trust.of([ROOT.vkey]))
    (tmp_path / "saved").write_bytes(taken.checkpoint)
    (tmp_path / "other").write_text("ledger.other.example/2025\n9\n" + "A" * 43 + "=\n\n— x AAAAAAAA\n")
    demanded = {
        ("--checkpoint", str(tmp_path / "saved")): 0,
        ("--checkpoint", str(tmp_path / "other")): 1,
        ("--monitor", MONITOR.vkey): 2,
    }

    for name, (_, _, verdict) in STORIES.items():
        assert reports[name].verdict == verdict, (name, reports[name].lines())
    assert any("末条之后" in line for line in reports["honest"].not_checked)
    honest = tmp_path / streams["honest"].name.partition("/")[2]
    for option, code in demanded.items():
        answer, output = await read_folder("--exchange", honest, "--key", ROOT.vkey, *option)
        assert (answer, "末条之后有没有" in output) == (code, True), output


def dossier_of(taken: Any, letters: list[bytes]) -> Files:
    made = {
        "README.md": EXCHANGE_README.encode(),
        "keys/policy.txt": policy_text(taken).encode(),
        "checkpoints/final.note": taken.checkpoint,
        "verify/verify.py": VERIFIER.read_bytes(),
    }
    for where, proofs, proven in (("records", "proofs", taken.records), ("keys", "keys", taken.keys)):
        for one in proven:
            made[f"{where}/{one.entry.index}.entry"] = one.entry.raw
            made[f"{proofs}/{one.entry.index}.tlog-proof"] = one.proof
    made |= {f"files/{hashlib.sha256(each).hexdigest()}": each for each in letters}
    Draft(made).finish(EXCHANGE, "exchange-manifest", exchange_facts)
    return made


def write(folder: Path, files: Files) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.mark.begins(OPENED)
async def test_a_list_leaves_out_no_line_adds_no_words_as_facts_and_has_one_reading(
    world: World, tmp_path: Path
) -> None:
    world.bureau.watch()
    a_register(world)
    case_id = await a_case_of_the_person(world)
    await ask(world, case_id, **CONTACT)
    await ask(world, case_id, **CONTACT | {"subject": {"kind": "PERSON_ID", "value": OTHER_PERSON}})
    await world.settle()
    runtime = world.runtimes["data-exchange"]
    shown, hidden = await lines_of(runtime.db.secrets, [f"PERSON_ID\n{PERSON}", f"PERSON_ID\n{OTHER_PERSON}"])
    evidence = Evidence(runtime.peers)
    own = await evidence.vouched([shown.id.stream])
    items = await listed(world)
    root = world.installation.d.root_key().vkey

    async def told(at: str, *lines: Any, extract: Any = own, **words: str) -> tuple[int, str]:
        (item,) = json.loads(json.dumps(items))
        item["receiver"] |= words
        tar = assemble_usages(lines, extract, [item], key=runtime.db.signer, made_at=world.clock())
        return await read_folder("--usages", unpacked(tar, tmp_path / at), *trusted_of(world))

    # The statement that the service asked for names one line; the other, without its record, is in the manifest.
    assert (await told("honest", shown))[0] == 0
    code, output = await told("hidden", shown, hidden)
    assert (code, f"声明没有提到 {hidden.id.stream}" in output) == (2, True), output
    # It asked for both, and left the record of one out.
    both = await evidence.vouched([shown.id.stream, hidden.id.stream])
    kept = [one for one in both.records if one.record_id == items[0]["record_id"]]
    assert (await told("left-out", shown, hidden, extract=both.model_copy(update={"records": kept})))[0] != 0

    fake = " ✓ 末条之后无缺 monitor:核验通过,88 项"
    code, output = await told("words", shown, name=f"某机关\n{fake}\n ")
    assert (code, fake in output.split("\n"), "(服务的说法:某机关\\n" in output) == (0, False, True), output

    ways = readings(items)
    folder = next((tmp_path / "honest").iterdir())
    honest = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    lines = json.loads(honest["manifest.json"])["lines"]
    verdicts = {}
    for n, (name, data) in enumerate(ways.items()):
        files = {each: content for each, content in honest.items() if not each.startswith("manifest.")}
        files["usages.json"] = data
        Draft(files).finish(runtime.db.signer, "usages-manifest", lambda exam: usages_facts(exam, lines))
        await asyncio.to_thread(write, tmp_path / str(n), files)
        report = verify_usages(tmp_path / str(n), trust=Trust.of([root]))
        verdicts[name] = (report.verdict, [s.name.split()[-1] for s in report.steps if s.forged])
    assert verdicts.pop("canonical") == (VERIFIED, [])
    assert set(map(str, verdicts.values())) == {str((FORGED, ["usages"]))}, verdicts


def readings(items: list[dict[str, Any]]) -> Files:
    """The list as it must be written, and in ways that programs and versions read differently."""
    told = orjson.dumps(items, option=orjson.OPT_SORT_KEYS)
    deep = b"[" * 2_000 + b"]" * 2_000
    return {
        "canonical": told,
        "a member twice": told.replace(b'"purpose_code":', b'"purpose_code":"STATISTICS","purpose_code":'),
        "deep": told.replace(b'"basis":[', b'"basis":[' + deep + b",", 1),
        "UTF-16": told.decode().encode("utf-16"),
        "a mark of UTF-8": b"\xef\xbb\xbf" + told,
        "no number": told.replace(b'"basis":[', b'"basis":[NaN,', 1),
        "a fraction": told.replace(b'"basis":[', b'"basis":[1.0,', 1),
        "blanks": orjson.dumps(items, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2),
        "1 for true": told.replace(b'"sealed":false', b'"sealed":0'),
        "no Z": told.replace(b'Z","basis"', b'","basis"'),
    }
