"""What a provider said of an order, in one vocabulary for every channel, and what follows from it for a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from notification.domain import delivering
from notification.domain.delivery import Basis, Delivery, State, Why
from notification.domain.deliveryfacts import DeliveryFact, after


class Verdict(StrEnum):
    """What an answer or a report means."""

    TAKEN = "TAKEN"  # the provider took the order, and says no more
    ARRIVED = "ARRIVED"  # the channel says that it reached the address
    LATER = "LATER"  # not now; the same order may be given again
    AWAY = "AWAY"  # the provider got nothing: no connection came about
    ADDRESS = "ADDRESS"  # this address does not work
    UNWANTED = "UNWANTED"  # the owner of the address wants nothing there
    ORDER = "ORDER"  # the order is refused: the template, the signature, our account
    SILENT = "SILENT"  # nobody knows whether it was taken


@dataclass(frozen=True)
class Answer:
    """One answer of a provider. `code` is its own word, at most 64 characters, never a text about a person.

    `arrived_at` is the instant that the channel names, None for now. `transcript` is what was said on the wire, for the
    sealed log. `is_bare`: no more was told than that a document waits.
    """

    verdict: Verdict
    code: str
    reference: str | None = None
    retry_after_s: int | None = None
    basis: Basis = Basis.PROVIDER_REPORT
    arrived_at: datetime | None = None
    is_bare: bool = False
    transcript: str = ""


RETRIES_S: Final = (30, 120, 600, 1_800, 7_200, 21_600)
"""The longest pause before each repeat; the last one stands for all that follow. Each is drawn from its upper half
on, so that the deliveries that one outage stopped do not all come back in one second."""

_STANDSTILL_S: Final = 1


def retry_at(attempts: int, *, retry_after_s: int | None, drawn: float, at: datetime) -> datetime:
    """When to repeat after `attempts` calls. `drawn` is from 0 to 1. What the provider asks for is the least."""
    longest = RETRIES_S[min(max(attempts, 1), len(RETRIES_S)) - 1]
    pause = max(longest * (0.5 + drawn / 2), retry_after_s or 0, _STANDSTILL_S)
    return at + timedelta(seconds=pause)


def follow_answer(delivery: Delivery, answer: Answer, *, drawn: float, at: datetime) -> list[DeliveryFact]:
    """The facts of `answer` for `delivery`, in their order. Refusal NOTI_DELIVERY_STEP where it changes nothing any
    more.

    A channel that says at once that it reached the address has taken the order first: both are on record.
    """
    match answer.verdict:
        case Verdict.TAKEN:
            return [_submit(delivery, answer)]
        case Verdict.ARRIVED:
            facts: list[DeliveryFact] = []
            if delivery.state in (State.SENDING, State.UNKNOWN):
                facts.append(_submit(delivery, answer))
                delivery = after(delivery, facts[0], at=at)
            arrived_at = clamped(answer.arrived_at, delivery, at=at)
            arrived = delivering.arrive(delivery, basis=answer.basis, code=answer.code, arrived_at=arrived_at)
            return [*facts, arrived]
        case Verdict.LATER | Verdict.AWAY:
            again = retry_at(delivery.attempts, retry_after_s=answer.retry_after_s, drawn=drawn, at=at)
            return [delivering.defer(delivery, code=answer.code, retry_at=again)]
        case Verdict.ADDRESS:
            return [delivering.fail(delivery, code=answer.code)]
        case Verdict.UNWANTED:
            return [delivering.suppress(delivery, Why.NOT_WANTED)]
        case Verdict.ORDER:
            return [delivering.reject(delivery, code=answer.code)]
        case Verdict.SILENT:
            return [delivering.lose(delivery)]
        case _:
            assert_never(answer.verdict)


def clamped(arrived_at: datetime | None, delivery: Delivery, *, at: datetime) -> datetime:
    """The instant of an arrival: a provider's clock may be ahead of ours, and nothing arrives before it was sent."""
    return min(max(arrived_at or at, delivery.created_at), at)


def _submit(delivery: Delivery, answer: Answer) -> DeliveryFact:
    return delivering.submit(delivery, reference=answer.reference, code=answer.code, is_bare=answer.is_bare)
