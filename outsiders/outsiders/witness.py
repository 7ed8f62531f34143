"""A witness: another bureau's server that cosigns one history of a log and never two (c2sp.org/tlog-witness).

    POST /add-checkpoint           old <size>\\n  <base64 hash>\\n …  \\n  <checkpoint note>
        200 cosignature lines      404 the log is not in the policy        409 <our last size>\\n, text/x.tlog.size
        400 not of that form       403 not signed by the log, or a line under one of its keys is wrong
        413 longer than 256 KiB    422 the proof is wrong, or it is another root of the size that we cosigned
        503 our clock stepped back: Retry-After says when to ask again
    GET /<sha256 of the origin, hex>/checkpoint      the last cosigned note, 404 if there is none

    parse ─ origin ─ signatures ─│ lock ─ old size ─ proof ─ sign ─ fsync ─ rename ─ fsync ─ unlock │─ answer

The steps between the bars run for one submission of a log at a time, in all processes over one folder. Of the log's
signature lines the memory keeps only those that this witness verified: whoever can reach it may send a public
checkpoint with lines of his own in front, and those must not push out the line by which the log knows its own history.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.checkpoint import Checkpoint, parse
from ledger.clock import Clock, ClockBehind, real_time, signing_time
from ledger.cosigning import CosignatureKey, make_key, signature_line
from ledger.merkle import EMPTY_ROOT, verify_consistency
from ledger.notes import Note, Signature, Verifier, parse_note, unbase64
from ledger.trust import Policy, origin_hash
from outsiders.memory import Last, Memory
from outsiders.standalone import Options, body_of, serve, start

log = logging.getLogger(__name__)

MAX_BODY: Final = 256 * 1024  # enough for 100 signatures, some of them post-quantum, and 63 hashes
MAX_PROOF: Final = 63
_PLAIN: Final = "text/plain; charset=utf-8"
_SIZE: Final = "text/x.tlog.size"
_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})")
_KINDS: Final = ("ed25519", "ml-dsa-44")


class Submission(NamedTuple):
    """The request of a log: cosign `note`; `proof` shows that its tree begins with that of `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def parse_submission(body: bytes) -> Submission:
    """The body of add-checkpoint. The note in it is not parsed. Raises ValueError for any other form."""
    head, blank, note = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if not blank or old is None or len(lines) > MAX_PROOF:
        raise ValueError("a submission is `old <size>`, at most 63 hashes, an empty line and a checkpoint")
    proof = tuple(unbase64(line) for line in lines)
    if any(len(part) != 32 for part in proof):
        raise ValueError("a hash of the proof has 32 bytes")
    return Submission(int(old[1]), proof, note)


class Answer(NamedTuple):
    """The HTTP answer to a submission."""

    status: int
    body: bytes
    media_type: str = _PLAIN
    retry_after_s: int | None = None


class WitnessServer:
    """Cosigns checkpoints of `logs` (origin to trusted keys) with every key of `keys`."""

    def __init__(
        self,
        keys: Sequence[CosignatureKey],
        logs: Mapping[str, Sequence[Verifier]],
        memory: Memory,
        *,
        clock: Clock = real_time,
    ) -> None:
        own = {key.cosigner.public for key in keys}
        if not keys or any(verifier.public in own for known in logs.values() for verifier in known):
            raise ValueError("a witness signs with keys of its own, never with a log's")
        self._keys = tuple(keys)
        self._logs = {origin: tuple(known) for origin, known in logs.items()}
        self._memory = memory
        self._clock = clock

    def app(self) -> Starlette:
        """The HTTP app. Blocking work runs in threads, so that a slow disk does not delay other logs."""
        hashes = {origin_hash(origin) for origin in self._logs}

        async def add(request: Request) -> Response:
            body = await body_of(request, most=MAX_BODY)
            if body is None:
                return Response("This is more than a submission may hold.\n", 413)
            try:
                answer = await run_in_threadpool(self.add_checkpoint, body)
            except (OSError, ValueError) as error:
                log.critical("couldn't cosign: %s", error)
                return Response("The witness cannot cosign now.\n", 500)
            # As a header, because Starlette adds a charset to a media type `text/…`.
            headers = {"content-type": answer.media_type}
            if answer.retry_after_s is not None:
                headers["retry-after"] = str(answer.retry_after_s)
            return Response(answer.body, answer.status, headers)

        async def newest(request: Request) -> Response:
            name = request.path_params["name"]
            note = await run_in_threadpool(self._memory.newest, name) if name in hashes else None
            if note is None:
                return Response("No checkpoint of this log was cosigned here.\n", 404)
            return Response(note, media_type=_PLAIN, headers={"cache-control": "no-cache"})

        routes = [
            Route("/add-checkpoint", add, methods=["POST"]),
            Route("/{name}/checkpoint", newest, methods=["GET"]),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False  # a path is exactly the one of the specification, or 404
        return app

    def add_checkpoint(self, body: bytes) -> Answer:
        """Judge one submission, and cosign it if it is right.

        Raises OSError if the new note could not be stored, ValueError if the stored one is unreadable. No signature
        leaves the witness then.
        """
        try:
            submission = parse_submission(body)
            origin = parse_note(submission.note).text.partition(b"\n")[0].decode()
        except ValueError as error:
            return _answer(400, str(error))
        known = self._logs.get(origin)
        if known is None:
            return _answer(404, "this log is not known here")
        try:
            checkpoint, note = parse(submission.note)
        except ValueError as error:
            return _answer(400, str(error))
        try:
            log_lines = verified_lines(note, known)
        except ValueError as error:
            return _answer(403, str(error))
        if submission.old > checkpoint.size:
            return _answer(400, f"the checkpoint has {checkpoint.size} entries, fewer than {submission.old}")
        with self._memory.hold(origin) as last:
            try:
                return self._cosign(submission, checkpoint, log_lines, last)
            except ClockBehind as behind:
                if not behind.is_small:
                    log.critical("couldn't cosign: %s; see --clock-was-ahead", behind)
                return Answer(503, f"{behind}.\n".encode(), _PLAIN, behind.retry_after_s)

    def _cosign(self, submission: Submission, checkpoint: Checkpoint, log_lines: bytes, last: Last) -> Answer:
        before = None if last.note is None else parse(last.note)[0]
        size = before.size if before else 0
        if submission.old != size:
            return Answer(409, b"%d\n" % size, _SIZE)
        if before and checkpoint.size == size and checkpoint.root != before.root:
            # Two signed roots of one size prove that the log lies. Store the second one as evidence.
            last.keep(".fork", submission.note)
            log.critical("%s signed two roots of %d entries", checkpoint.origin, size)
            return _answer(422, f"another root of {size} entries was cosigned")
        if not _follows(before, checkpoint, submission.proof):
            log.error("the proof of %s from %d to %d is wrong", checkpoint.origin, size, checkpoint.size)
            return _answer(
                422, "the proof does not lead from the checkpoint that was cosigned last to this one"
            )
        text, now = checkpoint.text(), int(self._clock().timestamp())
        seconds = signing_time(now, 0 if last.note is None else signed_at(last.note, self._keys))
        lines = b"".join(key.line(text, seconds) for key in self._keys)
        # Store before answering: if we forgot a cosignature, we could sign a second history.
        last.replace(text + b"\n" + log_lines + lines)
        return Answer(200, lines)


def verified_lines(note: Note, known: Iterable[Verifier]) -> bytes:
    """The signature lines of `note` by `known` keys, one a key and in their order: the lines that are stored.

    Lines by other keys are dropped, whatever name they bear. Raises ValueError if no known key signed the note, or if
    any line under a known key is wrong, be it the second.
    """
    lines = []
    for verifier in known:
        values = [s.value for s in note.signatures if (s.name, s.key_id) == (verifier.name, verifier.key_id)]
        if not all(verifier.verifies(note.text, value) for value in values):
            raise ValueError(f"a signature under {verifier.name} does not fit the text")
        lines += [signature_line(Signature(verifier.name, verifier.key_id, value)) for value in values[:1]]
    if not lines:
        raise ValueError("no known key signed this note")
    return b"".join(lines)


def signed_at(note: bytes, keys: Iterable[CosignatureKey]) -> int:
    """The time of the newest line by one of `keys` in `note`, in seconds since 1970; 0 if they have no line in it."""
    own = {(key.cosigner.name, key.cosigner.key_id) for key in keys}
    times = [
        int.from_bytes(each.value[:8], "big")
        for each in parse_note(note).signatures
        if (each.name, each.key_id) in own
    ]
    return max(times, default=0)


def put_right(
    keys: Sequence[CosignatureKey], origins: Iterable[str], memory: Memory, *, clock: Clock
) -> list[str]:
    """The origins of the logs whose last cosignature lay ahead of `clock` and now bears its time.

    Only the time changes: the checkpoint, by which the witness knows the log's history, stays. The note with the wrong
    time is kept beside it. The clock must be right when this is called.
    """
    done = []
    for origin in origins:
        with memory.hold(origin) as last:
            now = int(clock().timestamp())
            if last.note is None or signed_at(last.note, keys) <= now:
                continue
            own = {(key.cosigner.name, key.cosigner.key_id) for key in keys}
            note = parse_note(last.note)
            others = [each for each in note.signatures if (each.name, each.key_id) not in own]
            lines = [*map(signature_line, others), *(key.line(note.text, now) for key in keys)]
            last.keep(".ahead", last.note)
            last.replace(note.text + b"\n" + b"".join(lines))
            done.append(origin)
    return done


def _follows(last: Checkpoint | None, checkpoint: Checkpoint, proof: tuple[bytes, ...]) -> bool:
    """Whether `proof` shows that `checkpoint` continues `last`. Growth from nothing needs no proof."""
    if checkpoint.size == 0:
        return checkpoint.root == EMPTY_ROOT and not proof
    if last is None or last.size == 0:
        return not proof
    try:
        verify_consistency(last.size, checkpoint.size, proof, last.root, checkpoint.root)
    except ValueError:
        return False
    return True


def _answer(status: int, message: str) -> Answer:
    return Answer(status, message.encode() + b"\n")


def logs_of(policy: Policy) -> dict[str, list[Verifier]]:
    """The keys of each log in `policy`, by origin. A log that changes its key has several."""
    logs: dict[str, list[Verifier]] = {}
    for verifier in policy.logs:
        logs.setdefault(verifier.name, []).append(verifier)
    return logs


def options() -> Options:
    """The command line, and the environment that may stand for it."""
    parser = Options("witness", port=8100, description="证据账本的见证服务 (a c2sp.org/tlog-witness)")
    parser.option("name", "见证密钥名,如 witness.bureau.example/w1 (key name)")
    parser.option("key", "Ed25519 私钥文件 (private key)")
    parser.option("ml-dsa-key", "另加 ML-DSA-44 私钥文件,可省 (a second, post-quantum key)")
    parser.option("policy", "所见证账本的策略文件,列 log 行 (tlog-policy that lists the logs)")
    parser.option("state", "见证记忆目录,切勿从备份恢复 (its memory; never restore it from a backup)")
    parser.add_argument("--make-key", action="store_true", help="生成密钥与记忆目录,打印公钥 (first start)")
    parser.add_argument(
        "--clock-was-ahead",
        action="store_true",
        help="时钟曾走快、现已校准:把记忆中的副署时间改为现在,然后退出 (the clock was ahead and is right now)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m outsiders.witness`, the first time with `--make-key`."""
    parser = options()
    given = parser.parse_args(arguments)
    parser.need(given, "name", "key", "state")
    paths = [Path(path) for path in (given.key, given.ml_dsa_key) if path]
    if given.make_key:
        for path, kind in zip(paths, _KINDS, strict=False):
            make_key(path, kind)
        Path(given.state).mkdir(parents=True)
    keys = [CosignatureKey.load(given.name, path) for path in paths]
    if given.make_key:
        print(*(key.cosigner.vkey for key in keys), sep="\n")
        return
    parser.need(given, "policy")
    logs = logs_of(Policy.parse(Path(given.policy).read_bytes()))
    memory = Memory(Path(given.state))
    if given.clock_was_ahead:
        for origin in put_right(keys, logs, memory, clock=real_time):
            print(f"{origin}: 副署时间已改为现在 (its last cosignature bears the present time now)")
        return
    serve(WitnessServer(keys, logs, memory).app(), given)


if __name__ == "__main__":
    start(main)
