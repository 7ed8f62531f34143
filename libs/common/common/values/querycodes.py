"""Query codes: what a party types to see its case where it has no account. Printed on D-02 and D-14.

    K7P2-9XQM-4T3V-8RWD   15 random characters of Crockford's base 32 (75 bits) and a check character

Nobody guesses 75 bits, and the check character finds a mistyped character or two that changed places before anybody is
asked. It is a sum over GF(32), in which every place has a factor of its own.
"""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 16
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_FIELD: Final = 0b100101  # x^5 + x^2 + 1, which is primitive: the powers of x are all different


def new_code() -> str:
    """A fresh code, as it is printed."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return grouped(body + _check(body))


def canonical(typed: str) -> str | None:
    """The 16 characters of a code as somebody typed it; None for what is no code, as a wrong check character tells.

    Small letters, spaces and hyphens do not matter; I and L are read as 1, O as 0 (Crockford).
    """
    code = typed.upper().translate(_READ_AS)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code if _check(code[:-1]) == code[-1] else None


def grouped(code: str) -> str:
    """The 16 characters in four groups."""
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def _check(body: str) -> str:
    total = 0
    for character in body:
        total ^= ALPHABET.index(character)
        total <<= 1
        if total & 32:
            total ^= _FIELD
    return ALPHABET[total]
