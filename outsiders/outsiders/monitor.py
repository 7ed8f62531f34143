"""A monitor: it reads the whole log as it grows and again and again, and states the last record of each stream.

    <log>/checkpoint + checkpoints of witnesses ─▶ the largest with a quorum ─▶ <log>/tile/entries/… ─▶ every entry:
    leaf, chain, record signature by the key log ─▶ root and log keys of the checkpoint ─▶ one transaction in folder
    every published file, in rounds (outsiders.rereading) ─▶ still what was read first

    POST /statements   one stream a line ──▶ signed: their last records at size N           503 while in alarm
    GET  /watch        signed: the last round over all files, the log's clock, the alarm if there is one
    GET  /standing     JSON: size, last failure, alarm, last round
    GET  /metrics      the same as figures

If the log shrank, forked, shows an entry that differs from the signed tree, or changed a file that was published, the
monitor raises an alarm, stores both checkpoints and stops reading. Only a person with access to the folder can end the
alarm. A killed monitor resumes from its last transaction. A log whose clock does not run as ours does is named, and
read on. The statements are worth as much as the monitor's independence: another bureau runs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ledger.canonical import instant, parse_instant
from ledger.chain import Broken, time_of
from ledger.checkpoint import Checkpoint, parse
from ledger.clock import Clock, real_time
from ledger.entry import parse_entry
from ledger.keyfiles import NoteKey, make_key
from ledger.notes import LOG_WATCH, STREAM_HEADS, Verifier, decode_batch, open_note, parse_note
from ledger.tiles import WIDTH, Tile, path_of
from ledger.trust import Policy, origin_hash
from outsiders.notebook import Alarm, Notebook, TimeStep
from outsiders.pace import Pace
from outsiders.rereading import Misbehaved, Rereading
from outsiders.standalone import Options, body_of, serve, start
from outsiders.watching import figures, standing_of, watched

log = logging.getLogger(__name__)

MAX_STREAMS: Final = 1_000
_EVERY_S: Final = 5.0
_ANSWER_S: Final = 30.0
_MAX_BODY: Final = 128 * 1024
_MAX_FILE: Final = WIDTH * 65_537


class Monitor:
    """Follows the log at `url` (the prefix of its checkpoint) and signs statements with `key`.

    The monitor reads only up to checkpoints with a quorum of the witnesses in `policy`. A witness may take
    `patience_s` for its whole answer. `transports` replaces the network, by URL. `is_story`: the log's clock is a
    demo's, which need not show our time.
    """

    def __init__(
        self,
        notebook: Notebook,
        *,
        url: str,
        key: NoteKey,
        policy: Policy,
        clock: Clock = real_time,
        transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
        patience_s: float = _ANSWER_S,
        is_story: bool = False,
    ) -> None:
        self.notebook = notebook
        self.pace = Pace(is_story)
        self._quiet_at: datetime | None = None
        self.patience_s = patience_s
        self._key = key
        self._policy = policy
        self._clock = clock
        self._step = asyncio.Lock()
        self._failure: str | None = None
        urls = [url.rstrip("/"), *(each.url for each in policy.witnesses.values() if each.url)]
        self._http = [
            httpx.AsyncClient(
                base_url=each + "/",
                transport=(transports or {}).get(each),
                timeout=_ANSWER_S,
                trust_env=False,
                headers={"accept-encoding": "gzip"},
            )
            for each in urls
        ]
        fetch = partial(self._fetch, self._http[0])
        self.rereading = Rereading(notebook, fetch, lock=self._step, clock=clock)

    async def read_on(self) -> None:
        """Read up to the newest checkpoint with a quorum. Does nothing while in alarm."""
        async with self._step:
            if self.notebook.alarm is not None:
                return
            try:
                await self._read_on()
                self._failure = None
            except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                # No misbehaviour of the log: the network, a proxy, a half-written file. The next pass tries again.
                self.notebook.restore()
                self._failure = f"{type(error).__name__}: {error}"
                log.warning("couldn't read the log on: %s", self._failure)

    async def reread(self) -> None:
        """Read every published file again, in one round. Does nothing while in alarm, or before the first reading."""
        if self.notebook.alarm is not None or not self.notebook.note:
            return
        try:
            await self.rereading.round()
        except Misbehaved as error:
            async with self._step:
                self._raise_alarm(error, b"")
        except (OSError, httpx.HTTPError) as error:
            log.warning("couldn't finish a round over the published files: %s", error)

    def _raise_alarm(self, error: Misbehaved, offered: bytes) -> None:
        book = self.notebook
        book.raise_alarm(Alarm(instant(self._clock()), str(error), book.note, offered))
        log.critical("the log %s misbehaved: %s", book.origin, error)

    async def _read_on(self) -> None:
        book, offered, asked_at = self.notebook, b"", self._clock()
        try:
            served, *seen = await self._offers()
            for offered in (served, *seen):
                self._require_continued(offered, at_once=offered is served)
            offered = self._believable([served, *seen])
            if offered and parse(offered)[0].size > book.chain.size:
                await self._read_to(offered)
            if parse(served)[0].size <= book.chain.size:
                self._quiet_at = asked_at
        except Misbehaved as error:
            book.restore()
            self._raise_alarm(error, offered)

    async def _offers(self) -> list[bytes]:
        """The checkpoint that the log serves, and the last one of each witness that answers."""
        log_itself, *witnesses = self._http
        offers = [await self._fetch(log_itself, "checkpoint")]
        self._require_signed(offers[0])
        for http in witnesses:
            # A witness that is dead, lies or sends a byte a minute must not stop the monitor.
            with contextlib.suppress(OSError, httpx.HTTPError, ValueError):
                path = f"{origin_hash(self.notebook.origin)}/checkpoint"
                async with asyncio.timeout(self.patience_s):
                    seen = await self._fetch(http, path)
                self._require_signed(seen)
                offers.append(seen)
        return offers

    def _require_signed(self, offered: bytes) -> None:
        """Raise ValueError unless `offered` is a checkpoint of the log, signed by a log key if one is known yet."""
        origin, (checkpoint, _) = self.notebook.origin, parse(offered)
        if checkpoint.origin != origin:
            raise ValueError(f"this is a checkpoint of {checkpoint.origin}")
        if known := self._known():
            open_note(offered, known)

    def _known(self) -> list[Verifier]:
        book = self.notebook
        trusted = [key for key in self._policy.logs if key.name == book.origin]
        return [*book.records.keys.every_log_key, *trusted]

    def _require_continued(self, offered: bytes, *, at_once: bool) -> None:
        """Raise Misbehaved if the log now serves fewer entries than were read (`at_once`), or signed another tree."""
        book, (checkpoint, _) = self.notebook, parse(offered)
        if not book.note:
            return
        if at_once and checkpoint.size < book.chain.size:
            raise Misbehaved(f"it shows {checkpoint.size} entries after {book.chain.size} were read")
        if checkpoint.size == book.chain.size and checkpoint.root != book.chain.root():
            raise Misbehaved(f"it signed two roots of {checkpoint.size} entries")

    def _believable(self, offers: Sequence[bytes]) -> bytes:
        """The largest of `offers` with a quorum, with the cosignatures of all offers; empty if none has a quorum."""
        texts: dict[bytes, bytes] = {}
        for offered in offers:
            note = parse_note(offered)
            texts[note.text] = texts.get(note.text, note.text + b"\n") + offered[len(note.text) + 1 :]
        believable = [
            whole
            for text, whole in texts.items()
            if self._policy.quorum(self._policy.met(_lines_of(whole), text))
        ]
        return max(map(_without_repeats, believable), key=lambda note: parse(note)[0].size, default=b"")

    async def _read_to(self, offered: bytes) -> None:
        book, target = self.notebook, parse(offered)[0]
        for attempt in (1, 2):
            try:
                await self._entries_to(target)
                break
            except Misbehaved as error:
                # Try once more from the stored progress: bytes garbled by a proxy must not raise an alarm.
                book.restore()
                if not self._known():
                    raise ValueError(f"not the log that was asked for: {error}") from None
                if attempt == 2:
                    raise
        keys = book.records.keys.log_keys_at(target.size)
        if len(open_note(offered, keys)[1]) != len(keys):
            # Anybody on the way can remove a line from a note. So this is no alarm, but the checkpoint is unusable.
            raise ValueError(f"the checkpoint of {target.size} entries lacks the line of a log key")
        await asyncio.to_thread(book.save, offered)
        self._look_at_times()

    def _look_at_times(self) -> None:
        """Name it if the times of the entries just read do not fit our clock."""
        index, first = self._first_new
        now, last = self._clock(), self.notebook.chain.time
        moments = [parse_instant(each.decode()) for each in (first, last)]
        reason = self.pace.step(*moments, since=self._quiet_at, now=now)
        if reason is not None:
            self.notebook.note_step(TimeStep(instant(now), index, reason))
            log.error("the clock of %s at entry %d: %s", self.notebook.origin, index, reason)

    async def _entries_to(self, target: Checkpoint) -> None:
        book = self.notebook
        self._first_new = (book.chain.size, b"")
        for n in range(book.chain.size // WIDTH, -(-target.size // WIDTH)):
            width = min(WIDTH, target.size - n * WIDTH)
            entries = decode_batch(await self._bundle(n, width))[book.chain.size - n * WIDTH : width]
            try:
                leaves = book.chain.leaves(entries)
                for index, raw in enumerate(entries, book.chain.size):
                    for fault in book.records.read(index, parse_entry(raw)):
                        raise Broken(index, fault)
            except ValueError as error:
                raise Misbehaved(f"an entry after {book.chain.size} is wrong: {error}") from None
            self._first_new = (self._first_new[0], self._first_new[1] or time_of(entries[0]))
            book.completed += [(tile.n, tile.root) for tile in book.chain.adopt(leaves) if tile.level == 0]
        if (book.chain.size, book.chain.root()) != (target.size, target.root):
            raise Misbehaved(f"the entries do not give the root that it signed of {target.size}")

    async def _bundle(self, n: int, width: int) -> bytes:
        """At least `width` entries of bundle `n`. The partial file may be gone once the full one exists."""
        try:
            return await self._fetch(self._http[0], path_of(Tile(None, n, width)))
        except FileNotFoundError:
            return await self._fetch(self._http[0], path_of(Tile(None, n)))

    async def _fetch(self, http: httpx.AsyncClient, path: str) -> bytes:
        body = b""
        async with http.stream("GET", path) as response:
            if response.status_code != 200:
                kind = FileNotFoundError if response.status_code == 404 else OSError
                raise kind(f"{path} is answered with {response.status_code}")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MAX_FILE:
                    raise OSError(f"{path} does not end")
        return body

    def statement(self, streams: Sequence[str]) -> bytes:
        """The signed statement about the last records of `streams` at the size read so far."""
        book = self.notebook
        ends = [(stream, *book.end_of(stream)) for stream in streams]
        value = {
            "origin": book.origin,
            "size": book.chain.size,
            "checkpoint": book.note.decode(),
            "at": instant(self._clock()),
            "streams": [{"stream": name, "seq": seq, "sha256": digest.hex()} for name, seq, digest in ends],
        }
        return self._key.statement(STREAM_HEADS, value)

    def watch(self) -> bytes:
        """The signed statement about the whole log (outsiders.watching)."""
        value = watched(self.notebook, self.rereading.last, at=self._clock())
        return self._key.statement(LOG_WATCH, value)

    def app(self, *, every_s: float | None = _EVERY_S) -> Starlette:
        """The HTTP app. It also reads on every `every_s` seconds, and in rounds; None: only before a statement."""

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            loops = [self._follow(every_s), self._repeat(every_s)] if every_s is not None else []
            tasks = [asyncio.create_task(loop) for loop in loops]
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        async def statements(request: Request) -> Response:
            body = await body_of(request, most=_MAX_BODY)
            if body is None:
                return Response("The list of streams is too long.\n", 413)
            streams = body.decode(errors="replace").split()
            if not 0 < len(streams) <= MAX_STREAMS or any(not each.isascii() for each in streams):
                return Response(f"Send 1 to {MAX_STREAMS} stream names, one a line.\n", 400)
            await self.read_on()
            if self.notebook.alarm is not None or not self.notebook.note:
                return Response("This log is in alarm, or nothing of it was read yet.\n", 503)
            return Response(self.statement(streams), media_type="text/plain; charset=utf-8")

        async def standing(request: Request) -> Response:
            shown = standing_of(self.notebook, self.rereading.last)
            return JSONResponse(shown | {"failure": self._failure})

        async def watch(request: Request) -> Response:
            return Response(self.watch(), media_type="text/plain; charset=utf-8")

        async def metrics(request: Request) -> Response:
            text = figures(self.notebook, self.rereading.last, at=self._clock())
            return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

        routes = [
            Route("/statements", statements, methods=["POST"]),
            Route("/watch", watch),
            Route("/standing", standing),
            Route("/metrics", metrics),
        ]
        app = Starlette(routes=routes, lifespan=lifespan)
        app.router.redirect_slashes = False
        return app

    async def _follow(self, every_s: float) -> None:
        while True:
            try:
                await self.read_on()
            except Exception:
                log.exception("couldn't finish a pass")
            if self.notebook.alarm is not None:
                log.critical("the log %s is in alarm: %s", self.notebook.origin, self.notebook.alarm.reason)
            await asyncio.sleep(every_s)

    async def _repeat(self, pause_s: float) -> None:
        while True:
            try:
                await self.reread()
            except Exception:
                log.exception("couldn't finish a round")
            # A round paces itself; this is the pause of a round that could not be made.
            await asyncio.sleep(pause_s)

    async def close(self) -> None:
        for http in self._http:
            await http.aclose()
        self.notebook.close()


def _lines_of(note: bytes) -> list[str]:
    return note.decode().rpartition("\n\n")[2].splitlines()


def _without_repeats(note: bytes) -> bytes:
    text, _, lines = note.decode().rpartition("\n\n")
    return "\n".join([text, "", *dict.fromkeys(lines.splitlines()), ""]).encode()


def options() -> Options:
    """The command line, and the environment that may stand for it."""
    parser = Options("monitor", port=8101, description="证据账本的监督服务 (reads all, signs statements)")
    parser.option("url", "账本地址,如 https://…/ledger (prefix of the log)")
    parser.option("origin", "账本名称 (origin of the log)")
    parser.option("roots", "根公钥文件,每行一个 (file of root vkeys)")
    parser.option("policy", "策略文件: 见证人与法定数 (tlog-policy: witnesses and quorum)")
    parser.option("name", "监督密钥名,如 monitor.bureau.example/k1 (key name)")
    parser.option("key", "Ed25519 私钥文件 (private key)")
    parser.option("state", "数据目录 (folder of what was read)")
    parser.option("files-per-second", "复读时每秒至多取几个文件 (files a second, when reading again)", "8")
    parser.add_argument("--make-key", action="store_true", help="生成密钥,打印公钥 (first start)")
    parser.add_argument("--story-clock", action="store_true", help="演示时钟的账本 (a demo's log)")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m outsiders.monitor`, the first time with `--make-key`."""
    parser = options()
    given = parser.parse_args(arguments)
    parser.need(given, "name", "key")
    if given.make_key:
        make_key(Path(given.key))
        print(NoteKey.load(given.name, Path(given.key)).vkey)
        return
    key = NoteKey.load(given.name, Path(given.key))
    parser.need(given, "url", "origin", "roots", "policy", "state")
    roots = tuple(Verifier.parse(line) for line in Path(given.roots).read_text().split())
    notebook = Notebook(Path(given.state), origin=given.origin, roots=roots)
    policy, story = Policy.parse(Path(given.policy).read_bytes()), given.story_clock
    monitor = Monitor(notebook, url=given.url, key=key, policy=policy, is_story=story)
    monitor.rereading.files_per_s = float(given.files_per_second)
    serve(monitor.app(), given)


if __name__ == "__main__":
    start(main)
