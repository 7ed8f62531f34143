"""The list of pages: every test about all pages walks it. A new page of the site adds one line here.

`role` is who looks, None for a stranger. `{case}`, `{capture}`, `{device}` and `{entry}` in a path stand for what the
world of these tests holds. `narrow` pages are also read at 400 % zoom, which is a window of 320 by 256 CSS pixels.
`shows` is what the page has once its scripts have begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Page:
    """One page as one person sees it. `name` is also that of its picture in docs/pictures/."""

    name: str
    path: str
    role: str | None = None
    nth: int = 0
    narrow: bool = False
    shows: str = "main"


PAGES: Final = (
    Page("review", "/console/review", "EVIDENCE_REVIEWER", narrow=True, shows="#items li:nth-child(4) img"),
    Page("ledger", "/console/ledger/{entry}", "EVIDENCE_REVIEWER", shows="#headline.ok"),
    Page("ledger-search", "/console/ledger", "CASE_OFFICER"),
)

SHOWN: Final = ("review", "ledger")
"""The pages of which README.md shows a picture."""
