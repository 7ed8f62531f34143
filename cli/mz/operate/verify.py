"""`./mz ledger verify --url`: checks the whole log from its published files, with its public key and no database.

    <url>/checkpoint   <url>/tile/entries/…   <url>/tile/<L>/…     (c2sp.org/tlog-tiles)

A state file keeps how far the reading is, so that a long reading may be interrupted and the next one reads only new
entries. It names its log and is refused for any other. A person who can write to it can make the reader skip entries,
so it belongs among the reader's own files.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from ledger.audit import Audit, open_log, twin_checkpoint
from ledger.checkpoint import Checkpoint, parse
from ledger.findings import Report
from ledger.notes import Verifier
from mz.operate.datadir import read, write

FORMAT: Final = "mingzheng-verify/1"
_SAVED_EVERY_S: Final = 5.0
_TRIES: Final = 3


class Unreadable(Exception):
    """Nothing could be checked; one line says why."""


class StateFile:
    """Keeps in the file `path` how far a reading of the log of `key` is. None keeps nothing."""

    def __init__(self, path: Path | None, *, origin: str, key: str, every_s: float = _SAVED_EVERY_S) -> None:
        self.path = path
        self._every_s = every_s
        self._of = {"format": FORMAT, "origin": origin, "key": key}
        self._saved = time.monotonic()

    def load(self, into: Callable[[dict[str, object]], None]) -> None:
        """Give the saved state to `into`. Raises Unreadable for the state of another log."""
        if self.path is None or (document := read(self.path)) is None:
            return
        if {name: document.get(name) for name in self._of} != self._of:
            raise Unreadable(
                f"{self.path} 属于另一个账本或另一把公钥 (the state is of {document.get('origin')})"
            )
        try:
            into(document["state"])
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"{self.path} 已损坏,删除后重新核验 (the state is damaged: {error})") from None

    def save(self, state: Callable[[], dict[str, object]], *, now: bool = False) -> None:
        """Keep the state, in one step, at most every few seconds."""
        if self.path is not None and (now or time.monotonic() - self._saved >= self._every_s):
            write(self.path, self._of | {"state": state()})
            self._saved = time.monotonic()


async def published(
    url: str,
    key: Verifier,
    *,
    trusted: Checkpoint | None = None,
    state: Path | None = None,
    every_s: float = _SAVED_EVERY_S,
    progress: Callable[[int, int], None] = lambda done, size: None,
) -> Report:
    """Check the log at `url`, whose own key or root key is `key`, and that it continues the checkpoint `trusted`.

    Raises Unreadable if it is not the log of that key, or if its server stops answering.
    """
    async with httpx.AsyncClient(timeout=30, headers={"accept-encoding": "gzip"}) as http:

        async def fetch(path: str) -> bytes:
            return await _fetch(http, f"{url.rstrip('/')}/{path}")

        try:
            twin = await twin_checkpoint(fetch)
            keys, note = await open_log(fetch, key)
            audit = Audit(fetch, keys)
            file = StateFile(state, origin=keys.origin, key=key.vkey, every_s=every_s)
            file.load(audit.go_on_from)
            await audit.run(note, twin, save=lambda: file.save(audit.state), progress=progress)
            if trusted is not None:
                await audit.continues(trusted, parse(note)[0])
        except (OSError, ValueError) as error:
            raise Unreadable(f"未能核验 {url} (couldn't verify: {error})") from None
        audit.report.entries = audit.chain.size
        return audit.report


async def _fetch(http: httpx.AsyncClient, url: str) -> bytes:
    for attempt in range(_TRIES):
        try:
            answer = await http.get(url)
        except httpx.HTTPError as error:
            failure = OSError(f"no answer ({type(error).__name__})")
        else:
            if answer.status_code == 404:
                raise FileNotFoundError(url)
            if answer.status_code == 200:
                return answer.content
            failure = OSError(f"the server answers {answer.status_code}")
        await asyncio.sleep(attempt)
    raise failure
