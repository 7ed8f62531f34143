"""Whether the ledger grows slower as it grows longer, and what it costs to read it all again.

    growth    a log of 20,000 entries and one of 2,000,000, both written by the sequencer, every signature verified; in
              turns, one record is appended to each and one random entry of each is proved: the medians' ratios
    audit     the first 70,000 entries of the longer one: header lines, leaf hashes, the hash chain, the tree, the
              full tiles of all levels as stored, the root under the signed checkpoint; CPU against one call of
              hashlib.sha256 for each entry in a loop. The bundles are in memory for both. Then, not judged, the
              same with form, streams and signatures of the records.

Making 2,000,000 signed records takes minutes (`--size` makes it fewer). Exit 1 below a bar.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from hashlib import sha256
from statistics import median
from time import perf_counter, thread_time
from typing import Final

import uvloop

from common.door.migrate import upgrade
from evidence.ledger import proofs
from evidence.ledger.batch import Receipt
from evidence.ledger.log import Log
from ledger.chain import Chain, Records
from ledger.checkpoint import open_checkpoint
from ledger.entry import parse_entry
from ledger.keys import KeyLog
from ledger.notes import decode_batch, encode_batch
from ledger.tiles import WIDTH, Tile
from mz.postgres import EmbeddedPostgres, Server, clone, prepare
from tests.bench._bars import Bar, judge
from tests.evidence.ledger.given import Ledger
from tests.ledger.given import LOG, ROOT, Stream
from tests.scratch import scratch

SHORT: Final = 20_000
LONG: Final = 2_000_000
AUDITED: Final = 70_000
AUDITED_WHOLE: Final = 5_000
SAMPLES: Final = 400
_AT_ONCE: Final = 1_024


async def main(size: int) -> int:
    """Make the logs, measure, print; 0 if every bar is met."""
    with scratch() as home:
        async with logs(EmbeddedPostgres(home / "pg").start(), size) as (short, long):
            return judge([*await growth(short, long), await audit(long)])


@asynccontextmanager
async def logs(server: Server, size: int) -> AsyncIterator[tuple[Ledger, Ledger]]:
    await prepare(server, ["evidence"])
    await upgrade(server.url("own_evidence", "evidence"), "evidence")
    await clone(server, "evidence", "evidence_short")
    made = [Ledger(server, "evidence_short", durable=True), Ledger(server, "evidence", durable=True)]
    try:
        for ledger, count in zip(made, (SHORT, size), strict=True):
            await ledger.begin()
            began = perf_counter()
            await fill(ledger, count)
            print(f"{count:,} entries in {perf_counter() - began:.0f} s", flush=True)
        yield made[0], made[1]
    finally:
        for ledger in made:
            await ledger.sequencer.stop()


def signed(count: int) -> list[bytes]:
    """Records of new objects, 16 of each."""
    return [note for _ in range(-(-count // 16)) for note in Stream().take(16)][:count]


async def fill(ledger: Ledger, count: int) -> None:
    """Append that many records, while a process of its own signs the next ones."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1) as signers:
        left = count
        coming = loop.run_in_executor(signers, signed, min(16 * _AT_ONCE, left))
        while left:
            notes = await coming
            left -= len(notes)
            coming = loop.run_in_executor(signers, signed, min(16 * _AT_ONCE, left))
            parts = [notes[at : at + _AT_ONCE] for at in range(0, len(notes), _AT_ONCE)]
            for first, second in zip(parts[::2], [*parts[1::2], []], strict=False):
                answers = await asyncio.gather(
                    *(ledger.sequencer.append_all(part) for part in (first, second))
                )
                if not all(isinstance(answer, Receipt) for part in answers for answer in part):
                    raise SystemExit("couldn't fill the log: a record was refused")
        await coming


async def growth(short: Ledger, long: Ledger) -> list[Bar]:
    took: dict[str, list[float]] = {
        "append short": [],
        "append long": [],
        "prove short": [],
        "prove long": [],
    }
    read = [await side.admin() for side in (short, long)]
    views = [await Log.newest(conn) for conn in read]
    chosen = random.Random(1)
    notes = signed(2 * SAMPLES)
    for number in range(SAMPLES):
        for name, ledger, log in zip(("short", "long"), (short, long), views, strict=True):
            assert log is not None
            began = perf_counter()
            await ledger.sequencer.append(notes[number])
            appended = perf_counter()
            took[f"append {name}"].append(appended - began)
            began = perf_counter()
            await prove(log, chosen.random())
            took[f"prove {name}"].append(perf_counter() - began)
    for conn in read:
        await conn.close()
    ms = {name: median(times) * 1e3 for name, times in took.items()}
    print("   ".join(f"{name} {value:.2f} ms" for name, value in ms.items()))
    return [
        Bar("append p50, long log to short", ms["append long"] / ms["append short"], 1.2),
        Bar("proof p50, long log to short", ms["prove long"] / ms["prove short"], 1.2),
    ]


async def prove(log: Log, where: float) -> None:
    """What the API does for the proof of an entry: the log's size, the hashes, the checkpoint, the leaf."""
    size = (await log.head()).size
    index = int(where * size)
    await proofs.inclusion(log, index, size)
    await log.checkpoint(size)
    await log.entries(index, 1)


async def audit(ledger: Ledger) -> Bar:
    """CPU of reading again, to one hashlib call an entry; the median of five."""
    conn = await ledger.admin()
    log = await Log.newest(conn)
    assert log is not None
    size, note = await log.checkpoint_over(min(AUDITED, (await log.head()).size) - 1)
    bundles = [
        encode_batch([row.entry for row in await log.entries(first, min(WIDTH, size - first))])
        for first in range(0, size, WIDTH)
    ]
    tiles = {(level, n): await log.tile(Tile(level, n)) for level, n in full_tiles(size)}
    await conn.close()
    entries = [raw for bundle in bundles for raw in decode_batch(bundle)]
    gc.collect()
    gc.freeze()  # what is left of the growth is not looked through again while the audit is timed
    judged = await asyncio.to_thread(both, bundles, entries, tiles, open_checkpoint(note, LOG.verifier).root)
    each, ratio, whole = (median(times) for times in zip(*judged, strict=True))
    print(
        f"audit of {size:,} entries: {each:.2f} µs for one hash, records with signatures {whole:.0f} µs an entry"
    )
    return Bar(f"audit of {size:,} entries, CPU to one hash each", ratio, 4)


def both(
    bundles: list[bytes], entries: list[bytes], tiles: dict[tuple[int, int], bytes], root: bytes
) -> list[tuple[float, float, float]]:
    """Each time: µs of CPU of one hash an entry; the audit's, to that; µs an entry with its record. In one thread."""
    taken = []
    for _ in range(5):
        began = thread_time()
        for raw in entries:
            sha256(raw).digest()
        hashed = thread_time()
        read_again(bundles, tiles, root)
        read = thread_time()
        records_read_again(entries[:AUDITED_WHOLE])
        each, whole = (hashed - began) / len(entries), (thread_time() - read) / AUDITED_WHOLE
        taken.append((each * 1e6, (read - hashed) / (hashed - began), whole * 1e6))
    return taken


def full_tiles(size: int) -> list[tuple[int, int]]:
    return [(level, n) for level in range(8) for n in range((size >> 8 * level) // WIDTH)]


def read_again(bundles: list[bytes], tiles: dict[tuple[int, int], bytes], root: bytes) -> None:
    """What is judged. Raises ValueError where the log is not what was signed."""
    chain, compared = Chain(), 0
    for bundle in bundles:
        for tile in chain.adopt(chain.leaves(decode_batch(bundle))):
            compared += 1
            if tiles[tile.level, tile.n] != tile.data:
                raise ValueError(f"tile {tile.level}/{tile.n} is not that of the entries")
    if chain.root() != root or compared != len(tiles):
        raise ValueError("the checkpoint signs another root")


def records_read_again(entries: list[bytes]) -> None:
    records = Records(KeyLog(LOG.name, (ROOT.verifier,)))
    for index, raw in enumerate(entries):
        if faults := records.read(index, parse_entry(raw)):
            raise ValueError(f"entry {index} {faults[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench growth")
    parser.add_argument("--size", type=int, default=LONG)
    sys.exit(uvloop.run(main(parser.parse_args().size)))
