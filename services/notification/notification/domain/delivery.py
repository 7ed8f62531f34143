"""The life of a delivery: one message, by one channel, to one address.

                 ┌──────────── waits ─────────────┐
    ACCEPTED ─▶ SCHEDULED | HELD | QUEUED ─────────┴─▶ SENDING ─▶ SUBMITTED ─▶ ARRIVED
                 ▲                  ▲                     │  │         │
                 └─ UNDELIVERED_TEMPORARY ◀───────────────┤  └▶ UNKNOWN┤
                                    └─ QUEUED ◀── REJECTED┴────────────┴─▶ UNDELIVERED_PERMANENT | EXPIRED

SUBMITTED: a provider took it. ARRIVED: the channel itself says that it reached the address. The two are never mixed.
Whether somebody opened it, and whether it serves process, are facts of the message and of the service.

That it is SENDING is durable before the provider is called: in the log of calls, and on record where it serves
process. So after a crash it is known that a call may have been made: the delivery is UNKNOWN, and it is asked about
before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from common.values.ids import AgencyId, CaseId, DeliveryId, MessageId, PartyId
from notification.domain.channels import Channel, Role


class State(StrEnum):
    ACCEPTED = "ACCEPTED"  # in line
    SCHEDULED = "SCHEDULED"  # its sender named a time before which it is not sent
    HELD = "HELD"  # waits for the morning, for the messages of the day, or for a provider
    QUEUED = "QUEUED"  # in line again
    SENDING = "SENDING"  # the provider is being called
    JOINED = "JOINED"  # its words travel in the text of another delivery to the same address
    SUBMITTED = "SUBMITTED"  # the provider took it
    ARRIVED = "ARRIVED"
    UNDELIVERED_TEMPORARY = "UNDELIVERED_TEMPORARY"  # tried, and is tried again
    UNDELIVERED_PERMANENT = "UNDELIVERED_PERMANENT"  # the address does not work
    REJECTED = "REJECTED"  # the provider refused the order itself: our fault, not the address's
    EXPIRED = "EXPIRED"  # its time was over before it arrived
    SUPPRESSED = "SUPPRESSED"  # the address is known not to work, or its owner wants nothing there
    CANCELLED = "CANCELLED"  # recalled, or the reason to send it is gone
    UNKNOWN = "UNKNOWN"  # a call was begun, and nobody knows how it ended
    ARRIVED_LATE = "ARRIVED_LATE"  # arrived after its end was on record


WAITING: Final = frozenset(
    {State.ACCEPTED, State.SCHEDULED, State.HELD, State.QUEUED, State.UNDELIVERED_TEMPORARY}
)
"""From these it may be sent."""

ENDED: Final = frozenset(
    {
        State.ARRIVED,
        State.UNDELIVERED_PERMANENT,
        State.REJECTED,
        State.EXPIRED,
        State.SUPPRESSED,
        State.CANCELLED,
        State.ARRIVED_LATE,
    }
)
"""Nothing more is done about these by itself."""

UNREACHED: Final = ENDED - {State.ARRIVED, State.ARRIVED_LATE}
"""Ended, and the address was not reached as far as anybody knows."""

_ENDS: Final = {State.EXPIRED, State.SUPPRESSED, State.CANCELLED}
_ANSWERS: Final = {
    State.SUBMITTED,
    State.ARRIVED,
    State.UNDELIVERED_TEMPORARY,
    State.UNDELIVERED_PERMANENT,
    State.REJECTED,
}

STEPS: Final[Mapping[State, frozenset[State]]] = {
    State.ACCEPTED: frozenset({State.HELD, State.SENDING, State.ARRIVED, *_ENDS}),
    State.SCHEDULED: frozenset({State.HELD, State.SENDING, State.JOINED, State.ARRIVED, *_ENDS}),
    State.HELD: frozenset({State.HELD, State.QUEUED, State.SENDING, State.JOINED, State.ARRIVED, *_ENDS}),
    State.QUEUED: frozenset({State.HELD, State.SENDING, State.JOINED, State.ARRIVED, *_ENDS}),
    # It ends as the one that carries it; where that one ends without a word of the provider, it goes by itself.
    State.JOINED: frozenset(
        {State.QUEUED, State.ARRIVED, State.UNDELIVERED_PERMANENT, State.REJECTED, *_ENDS}
    ),
    State.SENDING: frozenset({State.UNKNOWN, State.SUPPRESSED, *_ANSWERS}),
    State.SUBMITTED: frozenset(
        {State.ARRIVED, State.UNDELIVERED_TEMPORARY, State.UNDELIVERED_PERMANENT, State.EXPIRED}
    ),
    # A report of an earlier attempt may come while the next one waits.
    State.UNDELIVERED_TEMPORARY: frozenset(
        {State.HELD, State.SENDING, State.ARRIVED, State.UNDELIVERED_PERMANENT, *_ENDS}
    ),
    State.UNKNOWN: frozenset({State.QUEUED, State.EXPIRED, State.CANCELLED, State.SUPPRESSED, *_ANSWERS}),
    # The channel said that it arrived, and later that it did not.
    State.ARRIVED: frozenset({State.UNDELIVERED_PERMANENT}),
    State.ARRIVED_LATE: frozenset({State.UNDELIVERED_PERMANENT}),
    State.EXPIRED: frozenset({State.ARRIVED_LATE}),
    State.CANCELLED: frozenset({State.ARRIVED_LATE}),
    State.UNDELIVERED_PERMANENT: frozenset({State.ARRIVED_LATE}),
    # An officer of the agency's own technical staff puts it in line again once the fault is mended.
    State.REJECTED: frozenset({State.QUEUED}),
    State.SUPPRESSED: frozenset(),
}
"""Every step that there is. What is not here is refused."""


class Basis(StrEnum):
    """What an arrival rests on."""

    PROVIDER_REPORT = "PROVIDER_REPORT"  # the status report of a carrier or platform
    RECIPIENT_MX = "RECIPIENT_MX"  # the mail server of the recipient's own domain took it with 250
    DSN = "DSN"  # RFC 3464, action delivered
    MDN = "MDN"  # RFC 8098: it was displayed, so it had arrived
    T30 = "T30"  # the fax machine confirmed the pages (ITU-T T.30, MCF)
    RETURN_RECEIPT = "RETURN_RECEIPT"  # the post's own


class Why(StrEnum):
    """Why a delivery waits or ended without the provider's doing."""

    QUIET_HOURS = "QUIET_HOURS"
    PROVIDER_AWAY = "PROVIDER_AWAY"
    NO_PROVIDER = "NO_PROVIDER"
    RECALLED = "RECALLED"
    ERASED = "ERASED"
    REASON_GONE = "REASON_GONE"
    CONSENT_GONE = "CONSENT_GONE"
    ADDRESS_FAULTY = "ADDRESS_FAULTY"
    NOT_WANTED = "NOT_WANTED"
    CRASHED = "CRASHED"
    REPLAYED = "REPLAYED"
    LEFT_ALONE = "LEFT_ALONE"
    MAY_COME_TWICE = "MAY_COME_TWICE"


@dataclass(frozen=True)
class Delivery:
    """A delivery as it stands.

    `level` is the confidentiality of the text (1 to 4). `attempts` counts calls that were begun. `code` is what the
    provider said last, or the word of `Why`. `reference` is the provider's own name of the order; ours is the id.
    `is_bare`: some provider that took it was told no more than that a document waits, so its arrival brings nobody the
    document. `joined_to` is the delivery in whose text its words travel.
    """

    id: DeliveryId
    message_id: MessageId
    case_id: CaseId
    party_id: PartyId
    agency_id: AgencyId | None
    channel: Channel
    role: Role
    level: int
    is_statutory: bool
    may_come_twice: bool
    is_urgent: bool
    state: State
    created_at: datetime
    not_before: datetime | None
    expires_at: datetime
    due_at: datetime | None  # None: nothing is to be done by itself
    attempts: int = 0
    provider: str | None = None
    reference: str | None = None
    submitted_at: datetime | None = None
    arrived_at: datetime | None = None
    basis: Basis | None = None
    code: str | None = None
    is_bare: bool = False
    joined_to: DeliveryId | None = None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def is_unreached(self) -> bool:
        """Whether it ended and reached nobody."""
        return self.state in UNREACHED


@dataclass(frozen=True)
class Dispatch:
    """What is asked for: a message, by one channel. The address and the words are not here, because a fact holds none.

    `is_statutory`: the message serves process, so it is never sent twice and quiet hours do not hold it.
    `may_come_twice`: where nobody knows whether a call went through, it is sent again. `is_urgent`: the morning would
    be too late, so quiet hours do not hold it either.
    """

    message_id: MessageId
    case_id: CaseId
    party_id: PartyId
    agency_id: AgencyId | None
    channel: Channel
    expires_at: datetime
    level: int = 3
    is_statutory: bool = False
    may_come_twice: bool = False
    is_urgent: bool = False
    not_before: datetime | None = None


def may_step(state: State, to: State) -> bool:
    """Whether a delivery in `state` may become `to`."""
    return to in STEPS[state]
