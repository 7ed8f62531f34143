"""Where somebody may go on after signing in: to a page of this site, and nowhere else (no open redirect)."""

from __future__ import annotations

import re
from typing import Final

from common.values.errors import Refusal
from gateway.identity.domain.people import Person
from gateway.paths import canonical

PARAMETER: Final = "next"
DONE: Final = "/sign-in/done"
"""For somebody who signs in in a window of its own, beside the one that kept what they typed."""

_OF_PAGES: Final = re.compile(r"/(?:portal|console)(?:[/?].*)?|/|/sign-in/done")


def local(next_: str) -> str:
    """`next_` if it is the address of a page here; else nothing."""
    path, _, query = next_.partition("?")
    try:
        canonical(path.encode(), query.encode())
    except (Refusal, UnicodeError):
        return ""
    return next_ if _OF_PAGES.fullmatch(next_) else ""


def home_of(person: Person) -> str:
    """Where somebody begins who wanted to go nowhere else."""
    return "/console" if person.kind == "officer" else "/portal"
