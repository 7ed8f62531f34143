"""What a status report does to the delivery that it names: never more than it says, and nothing for another's."""

from __future__ import annotations

from datetime import datetime

from notification.domain.answers import Answer, Verdict, follow_answer
from notification.domain.delivery import Delivery, State
from notification.domain.deliveryfacts import DeliveryFact


def follow_report(
    delivery: Delivery, report: Answer, *, speaks_of_it: bool, drawn: float, at: datetime
) -> list[DeliveryFact]:
    """The facts of `report`, none where it changes nothing. Refusal NOTI_DELIVERY_STEP where no step leads on.

    `speaks_of_it`: the recipient that the report names is the one of the delivery, or it names none. A report about the
    recipient of a copy says nothing about ours, neither good nor bad. A failure of an order that was given before is no
    failure of the one that was given since; but what arrived has arrived, by whichever order.
    """
    if not speaks_of_it or report.verdict in (Verdict.TAKEN, Verdict.SILENT, Verdict.AWAY):
        return []
    is_earlier = None not in (report.reference, delivery.reference) and report.reference != delivery.reference
    if is_earlier and report.verdict is not Verdict.ARRIVED:
        return []
    if report.verdict in (Verdict.UNWANTED, Verdict.ORDER) or (
        report.verdict is Verdict.LATER and delivery.state is State.ARRIVED
    ):
        # The provider had taken it, so whatever it says now is about this address, and for good.
        report = _as_failure(report)
    return follow_answer(delivery, report, drawn=drawn, at=at)


def _as_failure(report: Answer) -> Answer:
    return Answer(Verdict.ADDRESS, report.code, report.reference, basis=report.basis)
