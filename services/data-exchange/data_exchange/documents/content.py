"""The content that each letter between agencies must have (D-37).

    RequestLetter   协助函   NJ 18(1), APL 26: on which provisions, for which case and purpose, what, until when
    ReplyLetter     复函     the answer; a refusal with its code of the closed list and its reasons
    UrgingLetter    催促函   NJ 22(2): which period passed in silence, and until when to answer now

A field without a default is mandatory (`common.documents.content`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from common.documents.content import Content
from common.values.law import NJ_18_1, NJ_22_2


@dataclass(frozen=True)
class Agency(Content):
    """The agency in whose name the letter is written, with its address and phone."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True)
class RequestLetter(Content):
    """协助函. `basis` are provisions with 《》; statistics need no case, so `case_code` may be absent.

    It names the exchange by its id: the number of the exchange is given by the change that this letter is made for.
    """

    article = NJ_18_1

    number: str
    agency: Agency
    recipient: str
    exchange_id: str
    subject: str
    basis: tuple[str, ...]
    purpose: str
    reason: str
    items: tuple[str, ...]
    acknowledge_by: date
    answer_by: date
    contact: str
    case_code: str | None = None


@dataclass(frozen=True)
class ReplyLetter(Content):
    """复函. `grounds` is the reason of the closed list, `citation` the law that forbids it, with a refusal alone."""

    article = NJ_18_1

    number: str
    agency: Agency
    recipient: str
    exchange_number: str
    subject: str
    sent_on: date
    result: str
    text: str
    grounds: str | None = None
    citation: str | None = None
    competent_agency: str | None = None


@dataclass(frozen=True)
class UrgingLetter(Content):
    """催促函. `passed` are the periods that ended in silence, one a line; `nth` is 1 or 2."""

    article = NJ_22_2

    number: str
    agency: Agency
    recipient: str
    exchange_number: str
    subject: str
    sent_on: date
    passed: tuple[str, ...]
    nth: int
    reply_by: date
    follows: str
