"""Checks signatures of records with PyNaCl, or with compiled code that PyNaCl supervises.

PyNaCl decides. `ed25519.c` gives the same verdicts at a sixth of the cost, so it is used but never trusted:

    at the start   it misjudges one of the known signatures    ──▶ PyNaCl from the start, and a warning
    each call      it misjudges one claim, drawn at random     ──▶ PyNaCl for this and every later call, and an error

The random check costs 60 µs a call. Code that is wrong about one claim in a thousand is detected after a thousand
calls on average. A wrong signature that it accepted until then is detected by an audit, which asks PyNaCl about all.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Final

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from ledger.edwards import ORDER, is_key

log = logging.getLogger(__name__)

SIGNATURE: Final = 64
"""Bytes of an Ed25519 signature."""

Claim = tuple[bytes, bytes, bytes]
"""Public key, signature, text. Compiled code takes only signatures of SIGNATURE bytes."""

Verdicts = Callable[[Sequence[Claim]], bytes]
"""One byte for each claim: 1 if the signature is right, else 0."""

_SMALL: Final = bytes.fromhex(
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
)  # of order 8


def holds(claim: Claim) -> bool:
    """Whether the key made the signature (64 bytes) over the text. The key is one by `edwards.is_key`."""
    key, signature, text = claim
    if len(signature) != SIGNATURE or not is_key(key):
        return False
    try:
        crypto_sign_open(signature + text, key)
    except BadSignatureError:
        return False
    return True


def by_pynacl(claims: Sequence[Claim]) -> bytes:
    """PyNaCl's verdicts."""
    return bytes(map(holds, claims))


def _known() -> tuple[Claim, ...]:
    """Test 3 of RFC 8032, section 7.1; the same with a bit flipped; and cases on which verifiers disagree."""
    key = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    r = bytes.fromhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac")
    s = bytes.fromhex("18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")
    # The key's owner made this one. It is right only for verifiers that multiply both sides by eight.
    mixed_r = bytes.fromhex("430b864a8788e314036e5f3436ee53c9d299b2224cd7aca53f8d9334779689a8")
    mixed_s = bytes.fromhex("864f6d5705daeb1594cebb52ac7d70f656526fcb656e91d9e8ee681b695b070b")
    text, neutral, zero = bytes.fromhex("af82"), (1).to_bytes(32, "little"), bytes(32)
    larger = (int.from_bytes(s, "little") + ORDER).to_bytes(32, "little")
    return (
        (key, r + s, text),
        (key, r + s, text + b"\0"),
        (key, r + s, bytes.fromhex("af83")),
        (key, bytes([r[0] ^ 1]) + r[1:] + s, text),
        (key, r[:31] + bytes([r[31] ^ 128]) + s, text),
        (key, r + bytes([s[0] ^ 1]) + s[1:], text),
        (key, r + larger, text),
        (key, mixed_r + mixed_s, text),
        (key, neutral + zero, text),
        (key, _SMALL + s, text),
        (_SMALL, neutral + zero, text),
        (neutral, neutral + zero, text),
        (neutral, r + s, text),
    )


KNOWN: Final = _known() * 8
"""Thirteen claims, eight times: so each claim passes through every lane of a vector unit of four or eight."""


class Supervised:
    """Verdicts by the `compiled` code as long as PyNaCl agrees with it; by PyNaCl if there is none."""

    def __init__(self, compiled: Verdicts | None) -> None:
        self._compiled = compiled
        if compiled is not None and compiled(KNOWN) != by_pynacl(KNOWN):
            self._compiled = None
            log.warning("couldn't use ed25519.c: it misjudges signatures that are known; PyNaCl checks them")

    def verdicts(self, claims: Sequence[Claim]) -> bytes:
        """One byte for each claim: 1 if the signature is right."""
        if self._compiled is None or not claims:
            return by_pynacl(claims)
        answer = self._compiled(claims)
        drawn = secrets.randbelow(len(claims))
        if (answer[drawn] == 1) is holds(claims[drawn]):
            return answer
        self._compiled = None
        log.error(
            "couldn't go on with ed25519.c: PyNaCl judged a signature differently; PyNaCl checks from now on"
        )
        return by_pynacl(claims)
