"""Who may see a case by its query code: somebody who has the code and knows what the city asks besides.

An inbox is for people with an account. The law gives everybody who is prompted or notified the means to look the record
up and to answer (APL 41(3), 44, 45), so a party without an account opens its case with the code on its document.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from case.domain.procedure import State
from common.values.ids import CaseId, PartyId
from common.values.notificationrules import QueryFactor

_TAIL: Final = 6


@dataclass(frozen=True)
class CodeHolder:
    """The party of the case that a code names. `phone` is empty where the officer confirmed none."""

    case_id: CaseId
    party_id: PartyId
    state: State
    is_erased: bool
    identity_number: str
    phone: str


def may_open(holder: CodeHolder | None, *, factor: str, asked: QueryFactor) -> bool:
    """Whether `factor` goes with the code of `holder`, None where the code names no case.

    A code of a case in the archive or of an erased one opens nothing. For every answer the same comparisons are made:
    how long it took must not tell which half was wrong.
    """
    given = _plain(factor)
    wanted = _wanted(holder, asked)
    matches = [hmac.compare_digest(each.encode(), given.encode()) for each in wanted or ("",)]
    is_live = holder is not None and holder.state is not State.ARCHIVED and not holder.is_erased
    return any(matches) and bool(wanted) and is_live


def _wanted(holder: CodeHolder | None, asked: QueryFactor) -> tuple[str, ...]:
    if holder is None or holder.is_erased:
        return ()
    number = _plain(holder.phone if asked is QueryFactor.PHONE_TAIL else holder.identity_number)
    return (number[-_TAIL:],) if len(number) >= _TAIL else ()


def _plain(text: str) -> str:
    """Without what people leave out or add when they type."""
    return text.upper().replace(" ", "").replace("·", "")
