"""The witness answers as c2sp.org/tlog-witness demands, and never signs two histories."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, parse
from ledger.clock import real_time
from ledger.cosigning import CosignatureKey, make_key
from ledger.merkle import EMPTY_ROOT, CompactRange, consistency_path, leaf_hash, resolve, subtree_root
from ledger.notes import Signature, parse_note
from ledger.trust import Policy, cosignature_time, origin_hash
from outsiders.memory import Memory
from outsiders.witness import MAX_BODY, MAX_PROOF, WitnessServer, main, parse_submission
from tests.ledger.given import ORIGIN, note_key

LOG = note_key(ORIGIN, 1)
NEXT = note_key(ORIGIN, 9)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class History:
    """A log's leaf hashes, which is all that a witness needs. Two seeds give two histories after `same` entries."""

    seed: int = 0
    same: int = 0
    origin: str = ORIGIN
    leaves: list[bytes] = field(default_factory=list)

    def leaf(self, index: int) -> bytes:
        return leaf_hash(f"{self.seed if index >= self.same else 0} {index}".encode())

    def checkpoint(self, size: int) -> Checkpoint:
        tree = CompactRange()
        for index in range(size):
            tree.append(self.leaf(index))
        return Checkpoint(self.origin, size, tree.root())

    def note(self, size: int) -> bytes:
        return self.checkpoint(size).signed(LOG)

    def proof(self, old: int, new: int) -> list[bytes]:
        def read(node: tuple[int, int]) -> bytes:
            level, index = node
            return subtree_root([self.leaf(i) for i in range(index << level, (index + 1) << level)])

        return resolve(consistency_path(old, new), read) if old else []

    def submission(self, old: int, new: int) -> bytes:
        return submission(old, self.proof(old, new), self.note(new))


def submission(old: int | str, proof: Sequence[bytes], note: bytes) -> bytes:
    lines = b"".join(base64.b64encode(part) + b"\n" for part in proof)
    return f"old {old}\n".encode() + lines + b"\n" + note


@dataclass
class Client:
    """A witness over one folder, and the requests that a log sends it."""

    server: WitnessServer
    policy: Policy
    folder: Path
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.server.app()), base_url="http://w")

    async def add(self, body: bytes) -> httpx.Response:
        return await self.http.post("/add-checkpoint", content=body)

    def verified(self, lines: str, note: bytes) -> frozenset[str]:
        return self.policy.met(lines.splitlines(), parse_note(note).text)


def witness_over(folder: Path, *, memory: str = "state") -> Client:
    """A witness with an Ed25519 and an ML-DSA-44 key that trusts two keys of the log."""
    (folder / memory).mkdir(exist_ok=True)
    for kind in ("ed25519", "ml-dsa-44"):
        if not (folder / kind).exists():
            make_key(folder / kind, kind)
    keys = [CosignatureKey.load("w.example/w1", folder / kind) for kind in ("ed25519", "ml-dsa-44")]
    lines = [f"witness w{n} {key.cosigner.vkey}\n" for n, key in enumerate(keys, 1)]
    policy = Policy.parse("".join(lines) + "group both all w1 w2\nquorum both\n")
    client: Client
    logs = {ORIGIN: [LOG.verifier, NEXT.verifier]}
    server = WitnessServer(keys, logs, Memory(folder / memory), clock=lambda: client.now)
    client = Client(server, policy, folder / memory)
    return client


@pytest.fixture
def witness(tmp_path: Path) -> Client:
    return witness_over(tmp_path)


LOGGED = History()


async def test_a_first_checkpoint_is_cosigned_by_every_key(witness: Client) -> None:
    answer = await witness.add(LOGGED.submission(0, 5))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert witness.verified(answer.text, LOGGED.note(5)) == {"w1", "w2"}
    assert {cosignature_time(line) for line in answer.text.splitlines()} == {NOON}


async def test_a_checkpoint_that_continues_the_last_is_cosigned(witness: Client) -> None:
    for old, new in ((0, 1), (1, 2), (2, 7), (7, 8), (8, 300)):
        answer = await witness.add(LOGGED.submission(old, new))

        assert (new, answer.status_code) == (new, 200)
        assert witness.verified(answer.text, LOGGED.note(new)) == {"w1", "w2"}


async def test_the_same_checkpoint_again_is_cosigned_with_the_present_time(witness: Client) -> None:
    await witness.add(LOGGED.submission(0, 5))
    witness.now += timedelta(minutes=1)

    again = await witness.add(LOGGED.submission(5, 5))

    assert again.status_code == 200
    assert {cosignature_time(line) for line in again.text.splitlines()} == {NOON + timedelta(minutes=1)}


async def test_the_empty_tree_is_cosigned_and_grows_without_a_proof(witness: Client) -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT).signed(LOG)

    statuses = [(await witness.add(body)).status_code for body in (submission(0, [], empty),) * 2]
    grown = await witness.add(LOGGED.submission(0, 5))

    assert (*statuses, grown.status_code) == (200, 200, 200)


async def test_a_log_that_changes_its_key_is_cosigned_under_either(witness: Client) -> None:
    text = LOGGED.checkpoint(3).text()
    both = text + b"\n" + LOG.line(text) + NEXT.line(text)
    await witness.add(submission(0, [], both))

    new_alone = LOGGED.checkpoint(4).signed(NEXT)
    answer = await witness.add(submission(3, LOGGED.proof(3, 4), new_alone))

    assert answer.status_code == 200


async def test_only_lines_that_the_witness_verified_are_kept(witness: Client) -> None:
    """Sixteen junk lines under the log's name, in front of the real one, once pushed the real one out of the memory."""
    note = LOGGED.note(3)
    text, own = parse_note(note).text, note[len(parse_note(note).text) + 1 :]
    junk = b"".join(note_key(ORIGIN, 100 + n).line(text) for n in range(16))
    strangers = b"".join(note_key(f"s{n}.example/k", n).line(text) for n in range(40))

    answer = await witness.add(submission(0, [], text + b"\n" + junk + own + strangers))

    assert answer.status_code == 200
    stored = await witness.http.get(f"/{origin_hash(ORIGIN)}/checkpoint")
    assert stored.content == note + answer.content


NOTE = LOGGED.note(3)
TEXT = LOGGED.checkpoint(3).text()
MALFORMED = {
    "nothing": b"",
    "no-old-line": NOTE,
    "no-blank-line": b"old 0\n" + NOTE,
    "old-with-leading-zero": submission("00", [], NOTE),
    "old-negative": submission("-1", [], NOTE),
    "old-with-space": submission("0 ", [], NOTE),
    "carriage-return": b"old 0\r\n\r\n" + NOTE,
    "no-signature": submission(0, [], TEXT),
    "cut-off": submission(0, [], NOTE)[:-1],
    "size-not-a-number": submission(0, [], NOTE.replace(b"\n3\n", b"\nfive\n")),
    "short-hash": submission(1, [b"x" * 31], NOTE),
    "hash-of-stray-bits": submission(0, [], NOTE).replace(b"old 0\n", b"old 0\n" + b"A" * 42 + b"B=\n"),
    "64-proof-lines": submission(1, [bytes(32)] * (MAX_PROOF + 1), NOTE),
    "extension-lines": submission(0, [], TEXT + b"more\n\n" + LOG.line(TEXT + b"more\n")),
    "old-greater-than-size": submission(4, [], NOTE),
    "101-signatures": submission(0, [], NOTE + LOG.line(TEXT) * 100),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_body_of_another_form_is_400(witness: Client, body: bytes) -> None:
    assert (await witness.add(body)).status_code == 400


async def test_a_body_without_end_is_refused_before_it_is_read(witness: Client) -> None:
    assert (await witness.add(b"old 0\n" + b"x" * MAX_BODY)).status_code == 413


async def test_another_root_of_the_same_size_is_stored_as_evidence(witness: Client) -> None:
    await witness.add(LOGGED.submission(0, 5))
    forked = History(seed=1).note(5)

    answer = await witness.add(submission(5, [], forked))

    assert answer.status_code == 422
    assert (witness.folder / f"{origin_hash(ORIGIN)}.fork").read_bytes() == forked


FORK = History(seed=1, same=3)


@pytest.mark.parametrize(
    "proof",
    [FORK.proof(5, 8), LOGGED.proof(5, 8), [], LOGGED.proof(5, 8)[:-1], [bytes(32)] * MAX_PROOF],
    ids=["of-the-fork", "of-the-log", "empty", "short", "long"],
)
async def test_a_checkpoint_that_does_not_continue_the_last_is_422(
    witness: Client, proof: list[bytes]
) -> None:
    await witness.add(LOGGED.submission(0, 5))

    answer = await witness.add(submission(5, proof, FORK.note(8)))

    assert answer.status_code == 422


async def test_the_last_cosigned_checkpoint_is_served_with_both_signatures(witness: Client) -> None:
    path = f"/{origin_hash(ORIGIN)}/checkpoint"
    assert (await witness.http.get(path)).status_code == 404
    await witness.add(LOGGED.submission(0, 5))

    served = await witness.http.get(path)

    assert served.content.startswith(LOGGED.note(5))
    assert witness.verified(served.content.decode().partition("\n\n")[2], LOGGED.note(5)) == {"w1", "w2"}
    assert served.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("behind", "status", "wait"),
    [(1, 503, "1"), (5, 503, "5"), (6, 200, None), (60, 200, None), (61, 503, "1"), (10**8, 503, "3600")],
)
async def test_a_clock_that_stepped_back_waits_or_signs_at_the_last_time_but_not_far_ahead(
    witness: Client, behind: int, status: int, wait: str | None
) -> None:
    await witness.add(LOGGED.submission(0, 5))
    witness.now -= timedelta(seconds=behind)

    answer = await witness.add(LOGGED.submission(5, 8))

    assert (answer.status_code, answer.headers.get("retry-after")) == (status, wait)
    if status == 200:
        assert {cosignature_time(line) for line in answer.text.splitlines()} == {NOON}
    witness.now = NOON
    again = await witness.add(LOGGED.submission(8 if status == 200 else 5, 8))
    assert again.status_code == 200


def test_a_clock_that_was_ahead_is_put_right_by_a_command_that_keeps_the_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = witness_over(tmp_path)
    ahead = witness.now = real_time() + timedelta(days=900)
    assert witness.server.add_checkpoint(LOGGED.submission(0, 5)).status == 200
    witness.now = real_time()
    assert witness.server.add_checkpoint(LOGGED.submission(5, 8)).status == 503
    (tmp_path / "logs.txt").write_text(f"log {LOG.vkey}\nquorum none\n")
    files = ["--key", tmp_path / "ed25519", "--ml-dsa-key", tmp_path / "ml-dsa-44", "--state", witness.folder]
    options = ["--name", "w.example/w1", "--policy", tmp_path / "logs.txt", *files]

    for expected in (f"{ORIGIN}: ", ""):
        main([*map(str, options), "--clock-was-ahead"])
        assert capsys.readouterr().out.startswith(expected)

    stored = (witness.folder / origin_hash(ORIGIN)).read_bytes()
    assert stored.startswith(LOGGED.note(5)), "the history that it knows is the same"
    assert witness.verified(stored.decode().partition("\n\n")[2], LOGGED.note(5)) == {"w1", "w2"}
    kept = (witness.folder / f"{origin_hash(ORIGIN)}.ahead").read_text().splitlines()[-1]
    assert cosignature_time(kept) == ahead.replace(microsecond=0)
    witness.now = real_time()
    assert witness.server.add_checkpoint(LOGGED.submission(5, 8)).status == 200
    assert witness.server.add_checkpoint(submission(8, [], History(seed=1).note(8))).status == 422


async def test_a_witness_that_cannot_remember_signs_nothing(witness: Client) -> None:
    await witness.add(LOGGED.submission(0, 5))
    path = witness.folder / origin_hash(ORIGIN)
    path.write_bytes(b"torn")

    assert (await witness.add(LOGGED.submission(5, 8))).status_code == 500
    assert (await witness.add(LOGGED.submission(0, 8))).status_code == 500


def test_a_witness_without_its_memory_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="what this witness cosigned is gone"):
        Memory(tmp_path / "gone")


def test_a_witness_does_not_sign_with_a_key_of_the_log(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    key = CosignatureKey.load(ORIGIN, tmp_path / "key")
    log = type(LOG.verifier)(ORIGIN, key.cosigner.public)

    with pytest.raises(ValueError, match="keys of its own"):
        WitnessServer([key], {ORIGIN: [log]}, Memory(tmp_path))


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "key").chmod(0o640)

    with pytest.raises(ValueError, match="chmod 600"):
        CosignatureKey.load("w.example/w1", tmp_path / "key")


async def test_of_eight_histories_at_once_one_is_cosigned(tmp_path: Path) -> None:
    witnesses = [witness_over(tmp_path) for _ in range(4)]
    bodies = [History(seed=seed, same=3).submission(0, 8) for seed in range(8)]

    racing = [witnesses[n % 4].add(body) for n, body in enumerate(bodies)]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*racing)])

    assert statuses == [200] + [409] * 7


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for body in (data, b"old 1\n" + data, b"old 1\n\n" + data):
        try:
            parsed = parse_submission(body)
        except ValueError:
            continue
        assert submission(parsed.old, parsed.proof, parsed.note) == body


@given(flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_altered_submission_is_cosigned(shared: WitnessServer, flips: list[tuple[int, int]]) -> None:
    body = bytearray(LOGGED.submission(5, 8))
    for at, flip in flips:
        body[at % len(body)] ^= flip

    answer = shared.add_checkpoint(bytes(body))

    assert answer.status in {400, 403, 404, 409, 422} or bytes(body) == LOGGED.submission(5, 8)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> WitnessServer:
    server = witness_over(tmp_path_factory.mktemp("w")).server
    assert server.add_checkpoint(LOGGED.submission(0, 5)).status == 200
    return server


@dataclass
class Process:
    """A witness in a process of its own, to be killed."""

    folder: Path
    port: int

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "outsiders.witness", "--listen", f"127.0.0.1:{self.port}"]
        command += [
            "--name",
            "w.example/w1",
            "--key",
            str(self.folder / "key"),
            "--state",
            str(self.folder / "state"),
        ]
        child = subprocess.Popen([*command, "--policy", str(self.folder / "policy.txt")])
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/x/checkpoint", trust_env=False)
                return child
            except httpx.TransportError:
                assert child.poll() is None
                time.sleep(0.02)


@contextmanager
def process_over(folder: Path) -> Iterator[Process]:
    command = [sys.executable, "-m", "outsiders.witness", "--make-key", "--name", "w.example/w1"]
    made = subprocess.run(
        [*command, "--key", str(folder / "key"), "--state", str(folder / "state")],
        check=True,
        capture_output=True,
        text=True,
    )
    (folder / "policy.txt").write_text(f"log {LOG.vkey}\nquorum none\n")
    (folder / "reader.txt").write_text(f"witness w {made.stdout.strip()}\nquorum w\n")
    yield Process(folder, free_port())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.slow
def test_a_witness_killed_in_mid_traffic_never_signs_two_histories(tmp_path: Path) -> None:
    """Four clients send it both forks, and it is killed again and again. It signs one history only."""
    forks = [History(seed=1, same=2), History(seed=2, same=2)]
    with process_over(tmp_path) as process:
        signed = asyncio.run(_feed_and_kill(process, forks, kills=4))
    policy = Policy.parse((tmp_path / "reader.txt").read_bytes())

    for note, lines in signed:
        assert policy.quorum(policy.met(lines.splitlines(), parse_note(note).text))
    notes = {parse(note)[0].size: note for note, _ in signed}
    assert {note for note, _ in signed} == set(notes.values()), "two roots of one size"
    followed = [
        fork for fork in forks if all(fork.note(size) == note for size, note in notes.items() if size > 2)
    ]
    assert max(notes) > 2
    assert len(followed) == 1, "two histories"


async def _feed_and_kill(process: Process, forks: list[History], *, kills: int) -> list[tuple[bytes, str]]:
    """Each note that the witness signed, with the lines of its answer."""
    signed: list[tuple[bytes, str]] = []
    child, random_ = process.start(), random.Random(7)

    async def feed(fork: History) -> None:
        size = 0
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{process.port}", trust_env=False) as http:
            while True:
                new = max(1, size + random_.randint(0, 3))
                try:
                    answer = await http.post("/add-checkpoint", content=fork.submission(size, new))
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    size = new
                    signed.append((fork.note(size), answer.text))
                elif answer.status_code == 409:
                    size = int(answer.text)

    feeding = [asyncio.create_task(feed(fork)) for fork in forks * 2]
    try:
        for killed in range(kills + 1):
            enough = len(signed) + 8
            while len(signed) < enough:
                await asyncio.sleep(0.005)
            if killed < kills:
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
                child = await asyncio.to_thread(process.start)
    finally:
        for task in feeding:
            task.cancel()
        await asyncio.gather(*feeding, return_exceptions=True)
        child.kill()
        child.wait()
    return signed


def test_two_processes_over_one_folder_are_one_witness(tmp_path: Path) -> None:
    with process_over(tmp_path) as one:
        other = Process(tmp_path, free_port())
        children = [one.start(), other.start()]
        bodies = [History(seed=seed, same=1).submission(0, 4) for seed in range(8)]
        urls = [f"http://127.0.0.1:{(one, other)[n % 2].port}/add-checkpoint" for n in range(8)]
        try:
            with ThreadPoolExecutor(8) as pool:
                answers = list(
                    pool.map(lambda url, body: httpx.post(url, content=body, trust_env=False), urls, bodies)
                )
        finally:
            for child in children:
                child.kill()
                child.wait()

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


def test_the_ml_dsa_key_commits_to_the_name(tmp_path: Path) -> None:
    private = MLDSA44PrivateKey.generate()
    key, other = CosignatureKey("w.example/w1", private), CosignatureKey("w.example/w2", private)
    line = parse_note(TEXT + b"\n" + key.line(TEXT, 1)).signatures[0]

    renamed = Signature(other.cosigner.name, other.cosigner.key_id, line.value)

    assert key.cosigner.verifies(TEXT, line)
    assert not other.cosigner.verifies(TEXT, renamed)
