"""A witness that is killed or frozen at every step stops no append, and vouches again when it is back."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mz import ROOT
from tests.faults.journal import Journal, disorder
from tests.faults.records import notes
from tests.faults.services import Home, Process, free_port, until
from tests.faults.wire import Gate, Wire

pytestmark = pytest.mark.slow

NAME = "witness.bureau.example/w1"


@dataclass
class Witnessed:
    """A ledger, its one witness, and the wire between them."""

    home: Home
    ledger: Process
    witness: Process
    wire: Wire
    journal: Journal = field(default_factory=Journal)

    async def vouched(self) -> bool:
        """Whether the newest checkpoint carries the witness's cosignature."""
        conn = await self.home.admin()
        try:
            size = await conn.fetchval("SELECT max(size) FROM ledger.checkpoint")
            return bool(await conn.fetchval("SELECT count(*) FROM ledger.cosignature WHERE size = $1", size))
        finally:
            await conn.close()


@pytest.fixture
async def witnessed(home: Home, tmp_path: Path) -> AsyncIterator[Witnessed]:
    """Both running. The witness's folder is made as another bureau makes it."""
    d, port = home.installation.d, free_port()
    options = ["--name", NAME, "--key", str(tmp_path / "key"), "--state", str(tmp_path / "state")]
    command = [sys.executable, "-m", "outsiders.witness", "--make-key", *options]
    vkey = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    line = f"log {home.installation.log_key.vkey}\n"
    (tmp_path / "logs.txt").write_text(f"{line}quorum none\n")
    environment = home.process("case").environment
    serving = (*options, "--policy", str(tmp_path / "logs.txt"), "--listen", f"127.0.0.1:{port}")
    witness = Process("outsiders.witness", serving, environment, port, d.root / "witness.log")
    witness.start()
    await witness.ready("/x/checkpoint", 404)
    async with Wire(port, postgres=False).listening() as wire:
        policy = tmp_path / "policy.txt"
        policy.write_text(f"{line}witness w {vkey} http://127.0.0.1:{wire.port}\nquorum w\n")
        ledger = home.process("evidence", policy=policy)
        ledger.start()
        await ledger.ready()
        yield Witnessed(home, ledger, witness, wire)
        ledger.kill()
    witness.kill()


def asked(witnessed: Witnessed) -> Gate:
    """The checkpoint is on its way to the witness."""
    return witnessed.wire.hold(lambda m: m.way == "up")


def signed(witnessed: Witnessed) -> Gate:
    """The witness has remembered and signed it; its answer is on its way."""
    return witnessed.wire.hold(lambda m: m.way == "down")


async def test_whatever_the_witness_suffers_the_ledger_goes_on_and_is_witnessed_again(
    witnessed: Witnessed,
) -> None:
    calls = witnessed.home.peers("case", witnessed.ledger.url)
    for step in (asked, signed):
        for frozen in (False, True):
            gate = step(witnessed)
            await witnessed.journal.append(calls, notes(witnessed.home))
            await asyncio.wait_for(gate.reached.wait(), 60)

            if frozen:
                witnessed.witness.send(signal.SIGSTOP)
            else:
                witnessed.witness.kill()
            witnessed.wire.cut()
            await witnessed.journal.append(calls, notes(witnessed.home))

            if frozen:
                witnessed.witness.send(signal.SIGCONT)
            else:
                witnessed.witness.start()
            await until(witnessed.vouched)

    conn = await witnessed.home.admin()
    assert await witnessed.journal.losses(conn) == []
    assert await disorder(conn) == []
    await conn.close()
    await calls.close()
