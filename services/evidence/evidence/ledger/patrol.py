"""fsck once a day, by a child process, and its last result for /readyz and /metrics.

    job, once a minute ──is it due?──▶ child with low priority: `./mz ledger fsck --json`, or `python -m evidence fsck`
                                          ╰──▶ one JSON object on stdout ──▶ the last result

A child, because a walk over a large log takes a core for minutes, and the process that commits must not wait for it.
The first walk comes FIRST_S after the start. A finding changes nothing but the result and the alarm: the ledger goes on
taking records, because evidence that is not recorded now is lost, and an entry that is damaged stays provable.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
from prometheus_client import Gauge

from evidence.ledger import fsck
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.timestamp import check_token
from ledger.canonical import instant
from ledger.clock import Clock, real_time
from ledger.notes import Verifier

log = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)
FIRST: Final = timedelta(minutes=10)
"""After the start other work comes first, and a process that is restarted again and again must not only walk."""

AGAIN: Final = timedelta(hours=1)
"""The pause after a walk that failed: a walk that could not read says nothing about the ledger."""

_LOW_PRIORITY: Final = 10
_KNOWN_EXITS: Final = (0, 1, 2)

FINDINGS: Final = Gauge("mingzheng_ledger_fsck_findings", "Findings of the last fsck; any is an alarm")
AGE: Final = Gauge(
    "mingzheng_ledger_fsck_age_seconds", "Since the last fsck that came to its end; infinite before the first"
)

Walk = Callable[[], Awaitable[dict[str, Any]]]
"""One fsck: `entries`, `clean`, `findings` (each with place, key and reason) and `first`, the first of these or None.
Raises OSError or ValueError if it came to no end."""


@dataclass(frozen=True)
class Outcome:
    """The result of a walk that ended `at`."""

    at: datetime
    entries: int
    clean: bool
    findings: int
    first: dict[str, str] | None

    def shown(self) -> dict[str, Any]:
        return {
            "at": instant(self.at),
            "clean": self.clean,
            "entries": self.entries,
            "findings": self.findings,
            "first": self.first,
        }


@dataclass
class Patrol:
    """Walks when a walk is due. `clock` is real time."""

    walk: Walk
    clock: Clock = real_time
    last: Outcome | None = None
    _due: datetime | None = field(default=None)

    async def look(self) -> None:
        """Walk, if it is time. One caller at a time."""
        now = self.clock()
        if self._due is None:
            self._due = now + FIRST
        if now >= self._due:
            try:
                self.last = _outcome(await self.walk(), self.clock())
                self._due = self.last.at + EVERY
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._due = self.clock() + AGAIN
                log.error("couldn't finish fsck: %s", error)
        self._report()

    def _report(self) -> None:
        last = self.last
        AGE.set(float("inf") if last is None else (self.clock() - last.at).total_seconds())
        if last is not None:
            FINDINGS.set(last.findings)
            if not last.clean:
                log.error("ALARM: fsck has %d findings, the first: %s", last.findings, last.first)

    def standing(self) -> dict[str, Any]:
        """For /readyz: nothing before the first walk ended."""
        return {} if self.last is None else {"fsck": self.last.shown()}


def _outcome(document: dict[str, Any], at: datetime) -> Outcome:
    findings, first = document["findings"], document["first"]
    entries = int(document["entries"])
    clean = bool(document["clean"]) and entries > 0 and not findings
    # A walk that saw no entry is no proof of anything, so it counts as a finding.
    return Outcome(at, entries, clean, len(findings) or int(not clean), first)


def child(command: Sequence[str], env: Mapping[str, str] | None = None) -> Walk:
    """A walk that runs `command`, whose stdout is the JSON document, with low priority; `env`: default this one."""

    async def walk() -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=env,
        )
        try:
            # A walk that is over already needs no priority.
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _LOW_PRIORITY)
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode not in _KNOWN_EXITS:
            raise OSError(f"{command[-1]} ended with {process.returncode}")
        document: dict[str, Any] = json.loads(output)
        return document

    return walk


async def walk_ledger(sequencer: Sequencer) -> dict[str, Any]:
    """fsck of the ledger alone, for a service that runs in its own process and reads no other service's database."""
    settings = sequencer.settings
    oldest = next(
        key.verifier
        for key in sequencer.signing.by_vkey.values()
        if key.name == settings.origin and key.algorithm is Verifier
    )
    authorities = {each.name: each for each in settings.stamper.authorities} if settings.stamper else {}

    def fault(name: str, token: bytes, note: bytes) -> str | None:
        if name not in authorities:
            return f"could not be checked: no authority {name} is configured"
        return check_token(authorities[name], token, note)

    beside = fsck.Beside(
        twin=settings.twin,
        policy=settings.witnesses.policy if settings.witnesses else None,
        check_token=fault if authorities else None,
    )
    conn = await asyncpg.connect(**settings.connect)
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            report = await fsck.check(conn, log=oldest, roots=sequencer.roots, beside=beside)
    finally:
        await conn.close()
    findings = [{"place": f.table, "key": f.key, "reason": f.reason} for f in report.findings]
    return {
        "entries": report.entries,
        "clean": not findings and report.entries > 0,
        "findings": findings,
        "first": findings[0] if findings else None,
    }
