"""What a message asks of the party: the periods that its document starts, and what the party can do next.

    D-02   prompt        correct in time, or object               until the case says (NJ 4, 15)
    D-14   prior notice  state and defend                         from service (APL 44, 45)
    D-20a  decision      pay · apply for reconsideration · sue    from service (APL 67; ALL 46); from arrival (ARL 20)

Every day is the case service's: it knows who paid, which arrival was proved and what was moved by it. A day of our own
beside it could be the later one, and a party that trusts it loses its suit. What the case does not say is not told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.values.calendar import legal_day
from common.values.ids import DocumentId
from notification.domain.message import Message

_PROMPT: Final = "D-02"


@dataclass(frozen=True)
class Ends:
    """A period that the message started: `act` may be done until `until`, the first instant after it.

    `law` cites the article that gives the period, and is None where the city does.
    """

    act: str
    until: datetime
    law: str | None

    def days_left(self, at: datetime) -> int:
        """Days of the calendar from the day of `at` to the last day of the period, 0 on the last day and after it."""
        last = legal_day(self.until - datetime.resolution)
        return max(0, (last - legal_day(at)).days)


@dataclass(frozen=True)
class NextAct:
    """Something that the party can do: by this method at this address of the API, until then. None has no end."""

    act: str
    method: str
    href: str
    until: datetime | None = None


def ends_of(
    message: Message, started: Mapping[DocumentId, Sequence[Ends]], *, correct_until: datetime | None
) -> tuple[Ends, ...]:
    """The periods that `message` started, in the order in which they end. `started` are the case's, by document."""
    ends = list(started.get(message.document_id, ())) if message.document_id is not None else []
    if message.document_kind == _PROMPT and correct_until is not None:
        ends.append(Ends("CORRECT", correct_until, None))
    return tuple(sorted(ends, key=lambda each: each.until))


def next_acts(message: Message, ends: Sequence[Ends], *, at: datetime) -> tuple[NextAct, ...]:
    """What the party can do with `message` at `at`, each where it is done. A period that is over offers nothing."""
    if message.is_gone:
        return ()
    mine, case = f"/v1/inbox/{message.id}", f"/v1/cases/{message.case_id}"
    acts = [NextAct("DOWNLOAD", "GET", f"{mine}/document")] if message.document_sha256 else []
    done = message.engagement
    if not done.acknowledged_at and not done.refused_at:
        acts += [NextAct("ACKNOWLEDGE", "POST", f"{mine}/acknowledgements")]
        acts += [NextAct("REFUSE", "POST", f"{mine}/refusals")]
    acts += [] if done.disputed_at else [NextAct("DISPUTE", "POST", f"{mine}/disputes")]
    where = {"DEFEND": ("POST", f"{case}/defences"), "CORRECT": ("GET", case), "PAY": ("GET", case)}
    open_ends = [each for each in ends if each.until > at]
    acts += [NextAct(e.act, *where[e.act], until=e.until) for e in open_ends if e.act in where]
    return tuple(acts)
