"""Faults of a protocol: each has its own code, and says what was expected, what came, and what time it is here.

A developer who meets a refusal without its reason searches for days. So a fault names the header, the
expected value, the received one and our clock. It never shows a secret: no token, no key, no signature.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.law import Article

_MOST: Final = 120


class Fault(Refusal):
    """A request that breaks a rule of the protocol. `received` is cut to what is harmless and printable."""

    def __init__(
        self,
        kind: Kind,
        code: str,
        *,
        header: str,
        expected: object,
        received: object,
        at: datetime,
        article: Article | None = None,
    ) -> None:
        facts = {
            "header": header,
            "expected": harmless(expected),
            "received": harmless(received),
            "server_time": at,
        }
        super().__init__(kind, code, facts, article=article)


def harmless(value: object) -> str:
    """`value` as printable ASCII of at most 120 characters; `-` where nothing came."""
    if value is None or value == "":
        return "-"
    text = "".join(character if " " <= character <= "~" else "?" for character in str(value))
    return text if len(text) <= _MOST else text[: _MOST - 1] + "~"
