"""What a status report does to the delivery that it names: never more than it says, and nothing for another's."""

from __future__ import annotations

from datetime import datetime

from notification.domain import delivering
from notification.domain.answers import Answer, Verdict, clamped, follow_answer
from notification.domain.delivery import Delivery, State
from notification.domain.deliveryfacts import DeliveryFact


def follow_report(
    delivery: Delivery, report: Answer, *, provider: str, drawn: float, at: datetime
) -> list[DeliveryFact]:
    """The facts of `report`, none where it changes nothing. Refusal NOTI_DELIVERY_STEP where no step leads on.

    `provider` is the one that reports, and was given the order at some time. A failure of an order that was given
    before is no failure of the one that was given since; but what arrived has arrived, by whichever order and provider.
    """
    if report.verdict in (Verdict.TAKEN, Verdict.SILENT, Verdict.AWAY):
        return []
    if provider != delivery.provider:
        return _by_another(delivery, report, at=at)
    is_earlier = None not in (report.reference, delivery.reference) and report.reference != delivery.reference
    if is_earlier and report.verdict is not Verdict.ARRIVED:
        return []
    if report.verdict in (Verdict.UNWANTED, Verdict.ORDER) or (
        report.verdict is Verdict.LATER and delivery.state is State.ARRIVED
    ):
        # The provider had taken it, so whatever it says now is about this address, and for good.
        report = _as_failure(report)
    return follow_answer(delivery, report, drawn=drawn, at=at)


def _by_another(delivery: Delivery, report: Answer, *, at: datetime) -> list[DeliveryFact]:
    """What the provider of an earlier order says once another has the order.

    Only an arrival counts, and only of the message itself: the provider that may say no more than that a document waits
    has brought nobody the document.
    """
    if report.verdict is not Verdict.ARRIVED or report.is_bare:
        return []
    arrived_at = clamped(report.arrived_at, delivery, at=at)
    return [delivering.arrive(delivery, basis=report.basis, code=report.code, arrived_at=arrived_at)]


def _as_failure(report: Answer) -> Answer:
    return Answer(Verdict.ADDRESS, report.code, report.reference, basis=report.basis)
