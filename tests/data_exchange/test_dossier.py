"""The dossier of an exchange: one folder, one reader, and no bit of it can be altered."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.drafting import Draft
from ledger.keyfiles import NoteKey
from ledger.verifier.contents import read_disclosures
from ledger.verifier.exchange import verify_exchange
from ledger.verifier.manifest import exchange_facts
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from ledger.verifier.trust import Trust
from mz.operate.proof import trusted_in
from tests.data_exchange.given import ASKED, ASKING, a_request, act, officer
from tests.world import World

VERIFIER = Path(ledger.__file__).parent / "verify.py"


async def unpacked(world: World, exchange: dict[str, Any], folder: Path, agency: int = ASKING) -> Path:
    """The dossier of `exchange` as `agency` fetches it, in a folder."""
    answer = await officer(world, agency).get(f"/v1/exchanges/{exchange['exchange_id']}/dossier")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-tar")
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"exchange-{exchange['exchange_id']}"


async def read(dossier: Path, *trusted: str) -> tuple[int, str]:
    """The verdict over a dossier."""
    return await read_folder("--exchange", dossier, *trusted)


async def read_folder(what: str, folder: Path, *trusted: str) -> tuple[int, str]:
    """The verdict of the one reader, which runs isolated: neither our packages nor others can be imported."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), what, str(folder), *trusted]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
async def exchange(world: World) -> dict[str, Any]:
    """A request that was met with silence, urged, and then refused."""
    exchange = await a_request(world)
    world.clock.working_days(6)
    await world.settle()
    await act(world, ASKED, exchange, "refusal", {"code": "R3", "reason": "没有该数据"})
    return exchange


async def test_a_dossier_verifies_offline_on_both_sides(
    world: World, exchange: dict[str, Any], tmp_path: Path
) -> None:
    root = world.installation.d.root_key().vkey

    dossiers = [await unpacked(world, exchange, tmp_path / str(side), side) for side in (ASKING, ASKED)]

    for dossier in dossiers:
        code, output = await read(dossier, "--key", root)
        assert code == 0, output
        assert output.startswith("核验结论:核验通过 (VERIFIED)")
        assert "\nVerdict: VERIFIED\n" in output
        assert "exchange.overdue" in output
        # The fetching of the first dossier is on record in the second.
        assert ("exchange.disclosed" in output) is (dossier is dossiers[1])
    assert "没有该数据" in "".join(path.read_text() for path in dossiers[0].glob("disclosures/*"))
    letters = [path.read_bytes()[:5] for path in dossiers[0].glob("files/*")]
    assert letters == [b"%PDF-"] * 3  # the request, its urging, its refusal
    without_key = await read(dossiers[0])
    assert (without_key[0], "Verdict: NOT VERIFIED" in without_key[1]) == (2, True)


async def test_a_dossier_at_a_witnessed_checkpoint_satisfies_a_reader_who_demands_witnesses(
    world: World, exchange: dict[str, Any], tmp_path: Path
) -> None:
    await world.witness()
    arguments = trusted_in(world.installation.d)
    witnesses = [part for n, part in enumerate(arguments) if "--witness" in (part, arguments[n - 1])]

    dossier = await unpacked(world, exchange, tmp_path)

    code, output = await read(dossier, "--key", world.installation.d.root_key().vkey, *witnesses)
    assert code == 0, output


@pytest.mark.slow
async def test_one_flipped_bit_in_any_file_is_found_and_the_file_is_named(
    world: World, exchange: dict[str, Any], tmp_path: Path
) -> None:
    root = world.installation.d.root_key().vkey
    dossier = await unpacked(world, exchange, tmp_path)
    bit = random.Random(9)

    silent = []
    for path in sorted(path for path in dossier.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        at = bit.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit.randrange(8)]) + whole[at + 1 :])
        code, output = await read(dossier, "--key", root)
        path.write_bytes(whole)
        name = path.relative_to(dossier).as_posix()
        if code == 0 or "Verdict: NOT VERIFIED" not in output or name not in output.partition("Verdict")[2]:
            silent.append((name, at, output))

    assert silent == []
    assert (await read(dossier, "--key", root))[0] == 0


async def test_a_dossier_without_its_last_record_is_not_verified(
    world: World, exchange: dict[str, Any], tmp_path: Path
) -> None:
    dossier = await unpacked(world, exchange, tmp_path)
    last = max(dossier.glob("records/*.entry"), key=lambda path: int(path.stem))

    last.unlink()
    (dossier / f"proofs/{last.stem}.tlog-proof").unlink()

    code, output = await read(dossier, "--key", world.installation.d.root_key().vkey)
    assert (code, f"records/{last.stem}.entry" in output) == (1, True)


async def test_a_third_agency_gets_no_dossier(world: World, exchange: dict[str, Any]) -> None:
    answer = await officer(world, 2).get(f"/v1/exchanges/{exchange['exchange_id']}/dossier")

    assert answer.status_code == 404


async def test_a_dossier_that_lacks_or_adds_something_is_refused_though_its_manifest_follows_from_it(
    world: World, exchange: dict[str, Any], tmp_path: Path
) -> None:
    """The liar is the service that hands dossiers out: the manifest is signed with its own key."""
    dossier = await unpacked(world, exchange, tmp_path)
    honest = {p.relative_to(dossier).as_posix(): p.read_bytes() for p in dossier.rglob("*") if p.is_file()}
    own, other = (world.runtimes[name].db.signer for name in ("data-exchange", "case"))
    trust = Trust.of([world.installation.d.root_key().vkey])
    letter = next(name for name in honest if name.startswith("files/"))
    shown = next(name for name in honest if name.startswith("disclosures/"))
    first = min(int(name.split("/")[1].split(".")[0]) for name in honest if name.startswith("records/"))

    def told(
        key: NoteKey = own, *, without: tuple[str, ...] = (), length: int | None = None, **more: bytes
    ) -> Report:
        away = ("manifest.", *without)
        files = {name: data for name, data in honest.items() if not name.startswith(away)}
        draft = Draft(files | more)
        read_disclosures(draft.exam)
        facts = {} if length is None else {"length": length}
        draft.finish(key, "exchange-manifest", lambda exam: exchange_facts(exam) | facts)
        folder = tmp_path / str(next(number))
        for name, data in draft.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return verify_exchange(folder, trust=trust)

    number = itertools.count()
    elsewhere = honest[shown].replace(b'"member":"', b'"member":"x')
    lies = {
        "references": told(without=(letter,)),
        "completeness": told(without=(f"records/{first}.", f"proofs/{first}.")),
        "letters": told(**{f"files/{'0' * 64}": b"not named"}),
        "files": told(**{"files/more.txt": b"not read"}),
        "disclosures": told(**{shown: elsewhere}),
        "report": told(**{"README.md": b"trust this"}),
        "manifest": told(length=1),
        "checkpoint": told(**{"keys/policy.txt": honest["keys/policy.txt"] + b"quorum none\n"}),
    }

    assert told().verdict == VERIFIED
    assert {s.name.split()[-1] for s in told(other).steps if s.forged} == {"manifest"}
    assert lies["references"].verdict == NOT_VERIFIED
    for name, report in lies.items():
        steps = {step.name.split()[-1]: step.verdict for step in report.steps}
        assert steps[name] == (NOT_VERIFIED if name == "references" else FORGED), (name, report.lines())
