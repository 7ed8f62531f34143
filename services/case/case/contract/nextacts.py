"""What may be done with a case now, and what is refused now, on the wire."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from common.values.ids import CaseId
from common.web.wire import Out


class ActStanding(StrEnum):
    """ALLOWED: the law lets it happen now, if what the caller writes is sound. REFUSED: not now, and why.

    UNTRIED: its rule asks for something that only the act itself brings, so nothing is said before it is done.
    """

    ALLOWED = "ALLOWED"
    REFUSED = "REFUSED"
    UNTRIED = "UNTRIED"


class ReasonView(Out):
    """Why an act is refused: the code, its words in the caller's language, and the article."""

    code: str
    detail: str
    article: str | None


class NextActView(Out):
    """One act that the caller's role may do at all. `address` is where it is posted.

    `due_on` is the last day of the period for the act, where one runs; `law` is what sets it. `days_left` counts the
    days from today to it: 0 on the last day. A refused act gives its reasons: one, or one for each guard of a decision.
    """

    act: str
    title: str
    address: str
    standing: ActStanding
    due_on: date | None
    days_left: int | None
    law: str | None
    refusals: list[ReasonView]


class NextActList(Out):
    """The acts of this reader in this case, those that are allowed first."""

    case_id: CaseId
    state: str
    items: list[NextActView]
