"""Child processes check signatures with the same verdicts as this process, even if a child dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from evidence.ledger.workers import CHILDREN, Checker
from ledger.batchcheck import question
from ledger.notes import parse_note
from ledger.signatures import Claim, by_pynacl
from tests.ledger.given import EVIDENCE, STRANGER, Stream


def claims(count: int) -> list[Claim]:
    """Every third with a flipped bit, every fifth of another key, every seventh cut off."""
    made = []
    for at in range(count):
        note = parse_note(Stream(key=STRANGER if at % 5 == 1 else EVIDENCE).next())
        signature = note.signatures[0].value
        if at % 3 == 1:
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        made.append((EVIDENCE.verifier.public, signature[: 63 if at % 7 == 1 else 64], note.text))
    return made


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    made = Checker()
    yield made
    made.close()


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300])
async def test_the_verdicts_equal_those_of_this_process(checker: Checker, count: int) -> None:
    asked = claims(count)
    expected = [not (at % 3 == 1 or at % 5 == 1 or at % 7 == 1) for at in range(count)]

    assert await checker.check(asked) == by_pynacl(asked) == bytes(expected)


async def test_a_child_that_dies_leaves_no_signature_unchecked(checker: Checker) -> None:
    asked = claims(40)
    expected = by_pynacl(asked)
    for _ in range(CHILDREN):
        await checker.check(asked)
    for child in checker._children:
        child.process.kill()

    answers = await asyncio.gather(*(checker.check(asked) for _ in range(3 * CHILDREN)))

    assert answers == [expected] * 3 * CHILDREN


async def test_a_child_that_dies_reads_nothing_and_the_next_one_does(checker: Checker) -> None:
    asked = question(Stream().take(20), {})
    read = await checker.read(asked)
    for child in checker._children:
        child.process.kill()

    answers = [await checker.read(asked) for _ in range(3 * CHILDREN)]

    assert answers[-1] == read
    assert set(answers) <= {b"", read}


async def test_a_child_that_hangs_leaves_no_signature_unchecked() -> None:
    asked = claims(40)
    checker = Checker(patience_s=2)
    for _ in range(CHILDREN):
        await checker.check(asked)
    children = list(checker._children)
    for child in children:
        child.process.send_signal(signal.SIGSTOP)

    answers = await asyncio.gather(*(checker.check(asked) for _ in range(CHILDREN)))
    checker.close()

    assert answers == [by_pynacl(asked)] * CHILDREN
    assert all(child.process.returncode == -signal.SIGKILL for child in children)


async def test_a_closed_checker_still_checks_and_reads_nothing(checker: Checker) -> None:
    checker.close()

    assert await checker.read(question(Stream().take(20), {})) == b""

    assert await checker.check(claims(20)) == by_pynacl(claims(20))
