"""The page c2sp.org/tlog-witness as a table: each row is a sentence about an answer, and the request that shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest

from ledger.checkpoint import Checkpoint
from ledger.merkle import EMPTY_ROOT
from ledger.trust import origin_hash
from outsiders.memory import Memory
from outsiders.witness import MAX_BODY, WitnessServer
from tests.ledger.given import ORIGIN, STRANGER, note_key
from tests.outsiders.given import W1
from tests.outsiders.test_witness import FORK, LOG, LOGGED, NEXT, NOON, History, submission

NOTE = LOGGED.note(3)
TEXT = LOGGED.checkpoint(3).text()
WRONG = LOG.line(LOGGED.checkpoint(4).text())
"""A line under the log's key that does not fit NOTE."""
OLD = note_key(ORIGIN, 77)
MINE = f"/{origin_hash(ORIGIN)}/checkpoint"
EMPTY = Checkpoint(ORIGIN, 0, EMPTY_ROOT).signed(LOG)
SIZE, PLAIN = "text/x.tlog.size", "text/plain; charset=utf-8"
ELSEWHERE = Checkpoint("elsewhere.example/log", 3, LOGGED.checkpoint(3).root).text()


class Row(NamedTuple):
    """`sentence` is what the page demands. The witness has cosigned `after` entries of the log before."""

    sentence: str
    status: int
    body: bytes = b""
    method: str = "POST"
    path: str = "/add-checkpoint"
    after: int = 0
    says: Callable[[httpx.Response], bool] = lambda _: True


PAGE: Final = (
    Row("A first checkpoint from old size 0 without a proof is cosigned.", 200, submission(0, [], NOTE)),
    Row(
        "A checkpoint that continues the last one is cosigned, and the answer is signature lines alone.",
        200,
        LOGGED.submission(3, 7),
        after=3,
        says=lambda answer: answer.text.startswith("— witness.1") and answer.headers["content-type"] == PLAIN,
    ),
    Row("The same checkpoint again needs an empty proof.", 200, submission(3, [], NOTE), after=3),
    Row("The empty tree is a tree like others.", 200, submission(0, [], EMPTY)),
    Row("A line by an unknown key is ignored.", 200, submission(0, [], NOTE + STRANGER.line(TEXT))),
    Row(
        "A line by an unknown key under the log's own name is ignored.",
        200,
        submission(0, [], NOTE + OLD.line(TEXT)),
    ),
    Row("One of several trusted keys is enough.", 200, submission(0, [], TEXT + b"\n" + NEXT.line(TEXT))),
    Row("A body without an old line is malformed.", 400, NOTE),
    Row("A body without an empty line is malformed.", 400, b"old 0\n" + NOTE),
    Row("The old size has no leading zero.", 400, submission("00", [], NOTE)),
    Row("A hash of the proof has 32 bytes.", 400, submission(1, [b"x" * 31], NOTE)),
    Row("A proof has at most 63 hashes.", 400, submission(1, [bytes(32)] * 64, NOTE)),
    Row("The old size is at most the checkpoint's.", 400, submission(4, [], NOTE)),
    Row(
        "A checkpoint with extension lines is refused here.",
        400,
        submission(0, [], TEXT + b"more\n\n" + LOG.line(TEXT + b"more\n")),
    ),
    Row("A note without a signature is malformed.", 400, submission(0, [], TEXT)),
    Row(
        "A note with more than 100 signatures is malformed.",
        400,
        submission(0, [], NOTE + LOG.line(TEXT) * 100),
    ),
    Row("A log that is not known is 404.", 404, submission(0, [], ELSEWHERE + b"\n" + LOG.line(ELSEWHERE))),
    Row(
        "A checkpoint that no trusted key signed is 403.",
        403,
        submission(0, [], TEXT + b"\n" + STRANGER.line(TEXT)),
    ),
    Row(
        "A line by another key under the log's name is no signature of the log.",
        403,
        submission(0, [], TEXT + b"\n" + OLD.line(TEXT)),
    ),
    Row("A wrong line of a trusted key is 403.", 403, submission(0, [], TEXT + b"\n" + WRONG)),
    Row("A second line of a trusted key that is wrong is 403.", 403, submission(0, [], NOTE + WRONG)),
    Row(
        "A first line of a trusted key that is wrong is 403.",
        403,
        submission(0, [], TEXT + b"\n" + WRONG + LOG.line(TEXT)),
    ),
    Row(
        "A wrong line of another trusted key is 403 although the log's own is right.",
        403,
        submission(0, [], NOTE + NEXT.line(LOGGED.checkpoint(4).text())),
    ),
    Row(
        "An old size below the last cosigned one is 409, and the answer is the last size.",
        409,
        LOGGED.submission(1, 7),
        after=3,
        says=lambda answer: (answer.text, answer.headers["content-type"]) == ("3\n", SIZE),
    ),
    Row("An old size above the last cosigned one is 409.", 409, LOGGED.submission(4, 7), after=3),
    Row(
        "A first checkpoint from another old size is 409 with 0.",
        409,
        LOGGED.submission(2, 7),
        says=lambda answer: answer.text == "0\n",
    ),
    Row(
        "The old size is compared before the proof.", 409, submission(1, [bytes(32)], LOGGED.note(7)), after=3
    ),
    Row("Another root of the same size is 422.", 422, submission(5, [], History(seed=1).note(5)), after=5),
    Row("A proof of another history is 422.", 422, submission(5, FORK.proof(5, 8), FORK.note(8)), after=5),
    Row("A missing proof is 422.", 422, submission(5, [], LOGGED.note(8)), after=5),
    Row("A proof that is too long is 422.", 422, submission(5, [bytes(32)] * 63, LOGGED.note(8)), after=5),
    Row("A proof between equal sizes is empty.", 422, submission(3, [bytes(32)], NOTE), after=3),
    Row("A proof from old size 0 is empty.", 422, submission(0, [bytes(32)], NOTE)),
    Row("The empty tree has one root.", 422, submission(0, [], Checkpoint(ORIGIN, 0, bytes(32)).signed(LOG))),
    Row("A body without end is refused before it is read.", 413, b"old 0\n" + b"x" * MAX_BODY),
    Row("A submission is a POST.", 405, method="GET"),
    Row("A path has no slash at its end.", 404, submission(0, [], NOTE), path="/add-checkpoint/"),
    Row("A path is not looked for in other letters.", 404, submission(0, [], NOTE), path="/Add-Checkpoint"),
    Row(
        "The last cosigned checkpoint is served, not to be cached.",
        200,
        method="GET",
        path=MINE,
        after=5,
        says=lambda answer: (
            answer.content.startswith(LOGGED.note(5)) and answer.headers["cache-control"] == "no-cache"
        ),
    ),
    Row(
        "HEAD is answered like GET, without the body.",
        200,
        method="HEAD",
        path=MINE,
        after=5,
        says=lambda answer: answer.headers["content-type"] == PLAIN,
    ),
    Row("Before the first cosignature there is no checkpoint.", 404, method="GET", path=MINE),
    Row("HEAD of what is not there is 404.", 404, method="HEAD", path=MINE),
    Row("The path of a checkpoint has no slash at its end.", 404, method="GET", path=f"{MINE}/", after=5),
    Row(
        "The hash of an origin is written in small letters.",
        404,
        method="GET",
        path=f"/{origin_hash(ORIGIN).upper()}/checkpoint",
        after=5,
    ),
    Row(
        "The hash of an unknown log is 404.",
        404,
        method="GET",
        path=f"/{origin_hash('other')}/checkpoint",
        after=5,
    ),
    Row(
        "No other file of the memory is a path.",
        404,
        method="GET",
        path=f"/{origin_hash(ORIGIN)}.lock/checkpoint",
        after=5,
    ),
    Row("A checkpoint is not written by PUT.", 405, NOTE, method="PUT", path=MINE, after=5),
)


@pytest.mark.parametrize("row", PAGE, ids=[row.sentence for row in PAGE])
async def test_the_page_of_the_witness(tmp_path: Path, row: Row) -> None:
    server = WitnessServer(
        [W1], {ORIGIN: [LOG.verifier, NEXT.verifier]}, Memory(tmp_path), clock=lambda: NOON
    )
    if row.after:
        assert server.add_checkpoint(LOGGED.submission(0, row.after)).status == 200

    async with httpx.AsyncClient(transport=httpx.ASGITransport(server.app()), base_url="http://w") as http:
        answer = await http.request(row.method, row.path, content=row.body)

    assert answer.status_code == row.status, row.sentence
    assert row.says(answer), row.sentence
