"""How a notice reaches its party: by the inbox where the party can open it, and by the channels of the city's order.

    account?   yes ─▶ INBOX: told at once, and a first channel beside it says so
               no  ─▶ first channel ─ no arrival in time ─▶ next channel … ─▶ nobody was reached
    by hand    an officer told the party at the window, on the telephone or on the spot: told by that

A message that lies where nobody can open it has told nobody (NJ 15). An arrival is what a channel reports, and
never what it accepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import CaseId, OfficerId, PartyId
from common.values.law import NJ_15
from common.values.notificationrules import NotificationRules
from notification.domain.channels import Address, Channel, in_order
from notification.domain.message import Message, MessageDelivered, State, deliver
from notification.domain.templates import MessageKind

INBOX: Final = "INBOX"


class Hand(StrEnum):
    """How an officer told the party in person."""

    WINDOW = "WINDOW"
    TELEPHONE = "TELEPHONE"  # the call is recorded
    ON_THE_SPOT = "ON_THE_SPOT"  # a slip at the vehicle, a talk at the place


@dataclass(frozen=True)
class MessageHanded(Fact):
    """An officer told the party. `proof_sha256` is the digest of the recording, the photograph or the signed slip."""

    type: ClassVar[str] = "message.handed"

    party_id: PartyId
    case_id: CaseId
    how: Hand
    told_at: datetime
    to_whom: Commitment
    proof_sha256: str
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class Ways:
    """By which ways a notice goes out: the inbox, the first channel, and those that are tried after it."""

    by_inbox: bool
    first: Address | None
    others: tuple[Address, ...]


def ways_to(
    known: Mapping[Channel, str],
    rules: NotificationRules,
    *,
    has_account: bool,
    shunned: frozenset[Address],
    first: Sequence[Channel] = (),
) -> Ways:
    """The ways to a party whose addresses are `known`, without those that are `shunned`: by the channels that it wishes
    `first`, then by the others in the city's order.

    With an account the inbox tells, and one channel beside it says so: what the inbox holds needs no ladder.
    """
    usable = [address for address in in_order(known, rules, first=first) if address not in shunned]
    return Ways(has_account, usable[0] if usable else None, () if has_account else tuple(usable[1:]))


def hand_over(
    message: Message,
    *,
    how: Hand,
    told_at: datetime,
    to_whom: Commitment,
    proof_sha256: str,
    by: OfficerId,
    at: datetime,
) -> tuple[MessageHanded, MessageDelivered]:
    """An officer told the party what the notice says, and can prove it. The party counts as told from now on.

    A document that serves process is not told: it has its own manners and its own return (APL 61). The officer cannot
    tell before there was anything to tell, nor in the future.
    """
    if message.kind is not MessageKind.NOTICE or message.state is not State.CREATED:
        facts = {"message": message.id, "kind": message.kind, "state": message.state}
        raise Refusal(Kind.CONFLICT, "NOTI_NOT_TO_BE_HANDED", facts, article=NJ_15)
    if not message.created_at <= told_at <= at:
        times = {"message": message.id, "from": message.created_at, "until": at}
        raise Refusal(Kind.INVALID, "NOTI_TOLD_WHEN", times)
    handed = MessageHanded(
        message.id, message.party_id, message.case_id, how, told_at, to_whom, proof_sha256, by
    )
    return handed, deliver(message, channel=how)


def is_given_up(message: Message, *, at: datetime, wait: timedelta) -> bool:
    """Whether nobody was reached: nothing is under way, and the time in which an officer may tell by hand is over."""
    return (
        message.kind is MessageKind.NOTICE
        and message.state is State.CREATED
        and at >= message.created_at + wait
    )


def is_urgent(
    *, correct_until: datetime | None, prompt_until: datetime | None, night: timedelta, at: datetime
) -> bool:
    """Whether a notice may not wait for the morning: the time to correct, or the last day to tell, ends before it."""
    ends = [end for end in (correct_until, prompt_until) if end is not None and end > at]
    return any(end - at < night for end in ends)
