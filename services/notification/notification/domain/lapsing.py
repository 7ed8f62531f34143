"""Which records take the reason from a notice that still waits for its morning, its hour or its next channel.

    case.not_filed ──▶ N-01, N-02: nothing is suspected any more, or it was somebody else
    case.party_released ──▶ N-01, N-02: it was somebody else
    case.transferred_out ──▶ N-01, N-02: another agency goes on
    case.merged    ──▶ N-01, N-02: another case goes on with the act
    case.filed     ──▶ N-02: the time to correct is over
    case.paid      ──▶ N-10, N-11, once the fine is covered
    case.revoked   ──▶ N-10, N-11: nothing is owed any more
    case.changed   ──▶ N-10, N-11: the lighter penalty has a period of its own

Whatever a provider has may arrive at any moment; nothing follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from notification.domain.reminding import OVERDUE, TO_CORRECT, TO_PAY

PROMPT: Final = "N-01"
PAID: Final = "case.paid"

LAPSES: Final[Mapping[str, tuple[str, ...]]] = {
    "case.not_filed": (PROMPT, TO_CORRECT),
    "case.merged": (PROMPT, TO_CORRECT),
    "case.transferred_out": (PROMPT, TO_CORRECT),
    "case.party_released": (PROMPT, TO_CORRECT),
    "case.filed": (TO_CORRECT,),
    PAID: (TO_PAY, OVERDUE),
    "case.revoked": (TO_PAY, OVERDUE),
    "case.changed": (TO_PAY, OVERDUE),
}
"""For each type of record the classes whose notices lapse by it."""


def lapsed_by(record_type: str, *, is_paid: bool) -> tuple[str, ...]:
    """The classes of notices that lapse by a record of this type. A part of the fine takes no reason away."""
    return () if record_type == PAID and not is_paid else LAPSES[record_type]
