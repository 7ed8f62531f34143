"""Compiled code judges signatures only as long as it agrees with PyNaCl."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence

import pytest
from nacl.signing import SigningKey

from evidence.ledger import ed25519
from evidence.ledger.workers import check_of, framed, serve
from ledger.signatures import KNOWN, Claim, Supervised, by_pynacl

KEY = SigningKey(bytes([7]) * 32)
CLAIMS = [(bytes(KEY.verify_key), KEY.sign(b"%d" % n).signature, b"%d" % (n - n % 2)) for n in range(40)]
RIGHT = bytes([1, 0] * 20)


class Liar:
    """Agrees with PyNaCl on the known signatures; passes other verdicts through `lie`. Counts its calls."""

    def __init__(self, lie: Callable[[bytes], bytes]) -> None:
        self.asked = 0
        self._lie = lie

    def hold(self, claims: Sequence[Claim]) -> bytes:
        self.asked += 1
        return by_pynacl(claims) if claims == KNOWN else self._lie(by_pynacl(claims))


def welcomes_all(verdicts: bytes) -> bytes:
    return bytes([1]) * len(verdicts)


def swaps(verdicts: bytes) -> bytes:
    return bytes(1 - verdict for verdict in verdicts)


def test_of_the_known_signatures_pynacl_accepts_the_one_of_the_rfc_alone() -> None:
    assert by_pynacl(KNOWN[:13]) == bytes([1] + [0] * 12)


@pytest.mark.skipif(not ed25519.is_built(), reason="no C compiler had built ed25519.c here")
def test_the_compiled_code_agrees_with_pynacl_on_the_known_signatures() -> None:
    assert ed25519.hold(KNOWN) == by_pynacl(KNOWN)


@pytest.mark.parametrize("wrong", range(13))
def test_code_that_misjudges_one_known_signature_is_never_used(
    wrong: int, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def misjudging(claims: Sequence[Claim]) -> bytes:
        asked.append(len(claims))
        return bytes(v ^ (n == wrong) for n, v in enumerate(by_pynacl(claims)))

    supervised = Supervised(misjudging)

    assert supervised.verdicts(CLAIMS) == RIGHT
    assert asked == [len(KNOWN)]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_code_that_agrees_with_pynacl_stays_in_use(caplog: pytest.LogCaptureFixture) -> None:
    honest = Liar(lambda verdicts: verdicts)
    supervised = Supervised(honest.hold)

    answers = [supervised.verdicts(CLAIMS) for _ in range(20)]

    assert answers == [RIGHT] * 20
    assert (honest.asked, caplog.records) == (21, [])


def test_code_that_is_caught_lying_is_overruled_and_never_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    liar = Liar(swaps)
    supervised = Supervised(liar.hold)

    answers = [supervised.verdicts(CLAIMS) for _ in range(3)]

    assert answers == [RIGHT] * 3
    assert liar.asked == 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_code_that_lies_about_half_the_claims_is_caught_soon() -> None:
    liar = Liar(welcomes_all)
    supervised = Supervised(liar.hold)

    answers = [supervised.verdicts(CLAIMS) for _ in range(100)]

    # A lie is not seen in a hundred drawings once in 2**100 runs.
    assert answers[-1] == RIGHT
    assert liar.asked < 101


def test_a_child_answers_as_pynacl_does_even_if_the_compiled_code_lies() -> None:
    asked, answers = io.BytesIO(check_of(CLAIMS) * 2), io.BytesIO()

    serve(asked, answers, verdicts=Supervised(Liar(swaps).hold).verdicts)

    assert answers.getvalue() == framed(RIGHT) * 2


def test_without_compiled_code_pynacl_judges() -> None:
    assert Supervised(None).verdicts(CLAIMS) == RIGHT
    assert Supervised(None).verdicts([]) == b""
