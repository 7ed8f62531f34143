"""`./mz bench bundle`: a case of 40 records and 12 pictures, built by the service's code, verified by the file inside.

The build reads a log of 20,000 entries in PostgreSQL; the verifier is verify.py out of the bundle, in a process of its
own, with the standard library alone (`python -I -S`): its seconds contain the start of the interpreter. Beside
both stands one pass of hashlib over the same bytes. The bar is 2 s each; exit code 1 above it.

Then a case of 10,000 records: the most memory that the verifier's process held, to the size of the bundle. `--small`
leaves it out, as a comparison with 37dbcc6 must: its cases have no device.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from common.door.migrate import upgrade
from mz.postgres import EmbeddedPostgres, Server, prepare
from tests.bench._bars import Bar, judge
from tests.evidence.ledger.bundles import MONITOR, Case
from tests.evidence.ledger.given import BOTH, Ledger
from tests.ledger.given import LOG, ROOT, SM2_LOG, START, Stream
from tests.outsiders.given import W1, W2
from tests.scratch import scratch

BAR_S = 2.0
ROUNDS = 5
RECORDS, PICTURES, PICTURE_BYTES, ENTRIES = 40, 12, 1_000_000, 20_000
LARGE = 10_000
_WATCHED = """
import runpy, sys
held, *sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    with open("/proc/self/status") as status, open(held, "w") as copy:
        copy.write(status.read())
"""
"""Runs a program and notes the most memory that it held: what the system says of a child includes its parent's."""


async def main(*, small: bool) -> int:
    with scratch() as folder:
        return await measured(EmbeddedPostgres(folder / "pg", fast=True).start(), folder, small=small)


async def measured(server: Server, folder: Path, *, small: bool) -> int:
    await prepare(server, ["evidence"])
    await upgrade(server.url("own_evidence", "evidence"), "evidence")
    ledger = Ledger(server, "evidence", folder / "guard", keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin(devices=True)
    pictures = [os.urandom(PICTURE_BYTES) for _ in range(PICTURES)]
    case = Case(ledger, records=RECORDS, pictures=pictures)
    await fill(ledger, ENTRIES // 4)
    await case.stamp(START)
    await case.record(between=lambda: fill(ledger, ENTRIES // 2 // RECORDS))
    await case.anchor()
    await case.stamp(START + timedelta(minutes=5))
    await fill(ledger, ENTRIES // 4)
    await case.witness()
    builds, works, verifies, hashes = [], [], [], []
    for _ in range(ROUNDS):
        began, worked = perf_counter(), process_time()
        bundle = await case.bundle()
        builds.append(perf_counter() - began)
        works.append(process_time() - worked)
        verifies.append(verified(folder, bundle.data, case.authority_pem)[0])
        began = perf_counter()
        hashlib.sha256(bundle.data).digest()
        hashes.append(perf_counter() - began)
    large = [] if small else await of_many(ledger, case, folder)
    await ledger.sequencer.stop()
    print(
        f"{RECORDS} records, {PICTURES} pictures, {len(bundle.data) / 1e6:.1f} MB, out of a log of {ENTRIES:,};"
        f" median of {ROUNDS} rounds; {median(works):.2f} s of the build are CPU of the service"
    )
    return judge(
        [
            Bar("build, s", median(builds), BAR_S),
            Bar("verify with the standard library alone, s", median(verifies), BAR_S, of_old=1.3),
            Bar("one hashlib.sha256 pass over the same bytes, s", median(hashes)),
            *large,
        ]
    )


async def of_many(ledger: Ledger, before: Case, folder: Path) -> list[Bar]:
    async def nothing() -> None:
        pass

    case = Case(ledger, records=LARGE, pictures=[os.urandom(1_000)])
    case.device, case.anchors = before.device, before.anchors
    await case.stamp(START)
    await case.record(between=nothing)
    await case.anchor()
    await case.stamp(START + timedelta(minutes=60))
    await fill(ledger, 10)
    await case.witness()
    data = (await case.bundle()).data
    took, most = verified(folder, data, case.authority_pem)
    return [
        Bar(f"{LARGE:,} records: memory of the verifier to the bundle's size", most / len(data), 3),
        Bar(f"{LARGE:,} records, {len(data) / 1e6:.0f} MB: verify, s", took),
    ]


async def fill(ledger: Ledger, count: int) -> None:
    """Records of other matters."""
    for first in range(0, count, 1_000):
        await ledger.sequencer.append_all(Stream().take(min(1_000, count - first)))


def verified(folder: Path, data: bytes, authority: bytes) -> tuple[float, int]:
    """Seconds and bytes that verify.py takes to say VERIFIED in all that can be demanded. SystemExit if it does not."""
    path, script, root = folder / "b.zip", folder / "verify.py", folder / "root.pem"
    path.write_bytes(data)
    root.write_bytes(authority)
    with zipfile.ZipFile(path) as archive:
        script.write_bytes(archive.read("verify/verify.py"))
    trusted = ["--key", ROOT.vkey, "--tsa", str(root), "--monitor", MONITOR.vkey]
    trusted += ["--witness", W1.cosigner.vkey, "--witness", W2.cosigner.vkey]
    held = folder / "held"
    command = [sys.executable, "-I", "-S", "-c", _WATCHED, str(held), str(script), str(path), *trusted]
    began = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    most = next(line for line in held.read_text().splitlines() if line.startswith("VmHWM:"))
    return took, int(most.split()[1]) * 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench bundle", allow_abbrev=False)
    parser.add_argument("--small", action="store_true")
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
