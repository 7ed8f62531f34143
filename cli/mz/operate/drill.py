"""`./mz drill`: shows that a backup is worth something. It takes minutes and touches nothing but a folder of its own.

    up ─ cameras push ─ backup --follow --no-loss ─ SIGKILL to everything, the data folder is gone
       ─ restore from the backup elsewhere ─ is every acknowledged record there? does fsck find anything?
       ─ restore the backup of before ─ does `up` refuse the old copy?

It prints what was acknowledged, what was lost, and how long it took from the order to restore until all was checked.
Pictures of the last second, which no commit waits for, are counted apart.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from common.values.clock import OffsetClock
from ledger.notes import Verifier
from mz import ROOT
from mz.demo.client import Demo
from mz.demo.picture import vehicle
from mz.demo.push import pushed
from mz.demo.seed import cameras_in_service
from mz.demo.stage import records_of
from mz.operate.datadir import DataDir, read
from mz.operate.ledger import server_of
from mz.operate.restore import CannotRestore, Trust, checked, restore
from mz.operate.rowcheck import Finding
from mz.operate.sealing import CannotOpen, identity_of, make_identity
from mz.postgres import EmbeddedPostgres, Server

_BEFORE_S = 120.0
_COMMAND_S = 600.0


class DrillFailed(Exception):
    """A step of the drill did not do what it should; one line."""


@dataclass
class Outcome:
    """What the drill found. `recovered_s` is from the order to restore until the ledger was checked.

    `late` are pictures that came too late for the backup, `findings` everything else that fsck found.
    """

    acknowledged: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    late: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    recovered_s: float = 0
    old_copy: str = ""

    @property
    def is_good(self) -> bool:
        return bool(self.acknowledged) and not self.lost and not self.findings and "older" in self.old_copy


def main(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="mingzheng-drill-", dir="/var/tmp") as folder:
        try:
            outcome = drill(Path(folder), options.seconds)
        except (DrillFailed, CannotRestore, CannotOpen, subprocess.TimeoutExpired) as error:
            print(f"mz: 演练未完成 (the drill did not come to its end): {error}", file=sys.stderr)
            return 1
    print(f"mz: 已确认 {len(outcome.acknowledged)} 条记录,丢失 {len(outcome.lost)} 条 (acknowledged, lost)")
    print(f"mz: 最后一秒的图片缺 {len(outcome.late)} 项 (pictures of the last second that are missing)")
    for finding in outcome.findings[:10]:
        print(f"mz: {finding.place} {finding.key}: {finding.reason}", file=sys.stderr)
    print(f"mz: 恢复并核验用时 {outcome.recovered_s:.1f} s (restored and checked)")
    print(f"mz: 旧备份: {outcome.old_copy or '未被发现 (an old copy was not noticed)'}")
    return 0 if outcome.is_good else 1


def drill(folder: Path, seconds: float) -> Outcome:
    """The whole drill below `folder`. Raises DrillFailed for a step that could not be made."""
    lost, new, old = folder / "D", folder / "D-new", folder / "D-old"
    keys = {
        name: (folder / f"{name}.key", make_identity(folder / f"{name}.key")) for name in ("data", "secrets")
    }
    to, apart = folder / "backups", folder / "secrets"
    target = ["--to", str(to), "--recipient", keys["data"][1]]
    target += ["--secrets-to", str(apart), "--secrets-recipient", keys["secrets"][1]]
    opening = ["--identity", str(keys["data"][0]), "--secrets", str(apart)]
    opening += ["--secrets-identity", str(keys["secrets"][0])]
    outcome = Outcome()
    with _removed(lost, new, old):
        _mz("up", "--detach", "--port", _free_port(), "--data-dir", str(lost))
        asyncio.run(_push(lost, 1, outcome))
        _mz("backup", "--data-dir", str(lost), *target)
        [first] = _backups(to)
        with _following(lost, target, folder / "follow.log") as follower:
            _wait_for(lambda: len(_backups(to)) == 2, follower, folder / "follow.log")
            asyncio.run(_push(lost, seconds, outcome))
            kept, log_key = (lost / "checkpoint").read_bytes(), read(lost / "vkeys.json")["log"]
            _destroy(lost, folder / "elsewhere")
            follower.send_signal(signal.SIGTERM)
            follower.wait(_COMMAND_S)
        [second] = [each for each in _backups(to) if each != first]
        began = time.monotonic()
        opened = identity_of(keys["data"][0])
        restore(
            second,
            DataDir(new),
            opened,
            secrets=(apart, identity_of(keys["secrets"][0])),
            trust=Trust(Verifier.parse(log_key)),
        )
        for finding in checked(DataDir(new)).findings:
            (outcome.late if came_late(finding) else outcome.findings).append(finding)
        outcome.recovered_s = time.monotonic() - began
        with server_of(DataDir(new)) as server:
            outcome.lost = outcome.acknowledged - asyncio.run(_records(server))
        (folder / "newest").write_bytes(kept)
        _mz(
            "restore",
            str(first),
            "--data-dir",
            str(old),
            *opening,
            "--log-key",
            log_key,
            "--checkpoint",
            str(folder / "newest"),
        )
        outcome.old_copy = _refusal(old)
    return outcome


async def _push(folder: Path, seconds: float, outcome: Outcome) -> None:
    """Push captures for so long, and note the records of each answer that came."""
    d = DataDir(folder)
    url = read(d.run)["base_url"]
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        demo = Demo(d, url, http)
        await cameras_in_service(demo)
        devices = demo.document["devices"]
        ends = time.monotonic() + seconds
        count = 0
        while time.monotonic() < ends or count == 0:
            device = devices[count % len(devices)]
            answers = await pushed(http, device, vehicle(device["device_code"], OffsetClock(d.clock)()))
            outcome.acknowledged |= set(records_of(answers["/VIID/MotorVehicles"]))
            count += 1


def _destroy(folder: Path, elsewhere: Path) -> None:
    """Kill every process of the installation and take its disk away at once: no copy is made of it after that."""
    d = DataDir(folder)
    postgres = EmbeddedPostgres(folder / "pg")
    victims = [pid for pid in (postgres.pid, read(d.run)["pid"]) if pid]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    folder.rename(elsewhere)


def came_late(finding: Finding) -> bool:
    """Whether what is missing is a file, which follows the log within a second."""
    return finding.reason.endswith("names a blob that is gone")


async def _records(server: Server) -> set[str]:
    """The ids of all records of evidence in the restored databases."""
    connection = await server.connect("evidence")
    try:
        return {str(row["record_id"]) for row in await connection.fetch("SELECT record_id FROM outbox")}
    finally:
        await connection.close()


def _refusal(folder: Path) -> str:
    """What `up` says about an old copy; empty if it starts."""
    done = _run("up", "--detach", "--port", _free_port(), "--data-dir", str(folder))
    if done.returncode == 0:
        return ""
    said = done.stderr + done.stdout + DataDir(folder).log.read_text()
    return next((line for line in said.splitlines() if "older" in line), "")


@contextmanager
def _following(folder: Path, target: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "mz",
        "backup",
        "--data-dir",
        str(folder),
        *target,
        "--follow",
        "--no-loss",
    ]
    with log.open("wb") as said, subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def _wait_for(holds: Callable[[], bool], follower: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _BEFORE_S
    while not holds():
        if follower.poll() is not None or time.monotonic() > deadline:
            raise DrillFailed(log.read_text(errors="replace").strip()[-300:])
        time.sleep(0.1)


def _free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def _backups(to: Path) -> list[Path]:
    """The backups in `to` that can be restored from."""
    return sorted(path.parent for path in to.glob("*/manifest.json"))


def _mz(*words: str) -> None:
    done = _run(*words)
    if done.returncode != 0:
        raise DrillFailed(f"./mz {words[0]}: {(done.stderr or done.stdout).strip()[-300:]}")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mz", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_COMMAND_S, check=False)


@contextmanager
def _removed(*folders: Path) -> Iterator[None]:
    """Whatever happens: nothing runs afterwards, and nothing stays where root's `nobody` had to put it."""
    try:
        yield
    finally:
        for folder in folders:
            if folder.exists():
                _run("down", "--data-dir", str(folder))
                if (folder / "pg").is_symlink():
                    shutil.rmtree((folder / "pg").resolve(), ignore_errors=True)
