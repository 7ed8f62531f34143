"""Which record of the ledger asks for a notice of which class. The follower knows no other.

A record counts only in the streams of its noun, because a service's key may sign any type in its own streams. What
serves process (N-06, N-08, N-09, N-12, N-13, N-15 to N-17) is ordered by an officer and follows from no record here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.door.feed import LedgerEntry
from notification.domain.templates import Language
from notification.telling.context import Says


@dataclass(frozen=True)
class Trigger:
    """A record of `record_type` asks for a notice `code`.

    `to_named_party`: the notice is for the party that the record names, and for no party that the case has later.
    `document_kind` is the document that the record names, if it names one. `where` limits it to records with one of
    these values in a field. `says` are variables that follow from the kind of record alone.
    """

    record_type: str
    code: str
    document_kind: str | None = None
    to_named_party: bool = False
    where: Mapping[str, frozenset[str | bool]] = field(default_factory=dict)
    says: Says = field(default_factory=dict)

    def fits(self, data: Mapping[str, Any]) -> bool:
        return all(data.get(name) in values for name, values in self.where.items())


def _step(zh: str, en: str) -> Says:
    return {Language.ZH: {"step": zh}, Language.EN: {"step": en}}


_CORRECTED: Final = frozenset({"MINOR_CORRECTED", "FIRST_OFFENCE_CORRECTED"})
_ELIMINATED: Final = frozenset({"NO_FACT", "DUPLICATE", "EXEMPT"})

TRIGGERS: Final = (
    Trigger("case.prompted", "N-01", document_kind="D-02"),
    Trigger("case.not_filed", "N-03", where={"reason": _CORRECTED}),
    Trigger("case.not_filed", "N-04", where={"reason": _ELIMINATED}),
    Trigger("case.party_released", "N-04", to_named_party=True, where={"was_told": frozenset({True})}),
    Trigger("case.filed", "N-05"),
    Trigger(
        "case.transferred_out",
        "N-07",
        where={"was_prompted": frozenset({True})},
        says=_step(
            "已移送有管辖权的机关，由该机关依法办理，本机关不再办理",
            "was transferred to the competent agency, which handles it; this agency does not any more",
        ),
    ),
    Trigger(
        "case.merged",
        "N-07",
        where={"was_prompted": frozenset({True})},
        says=_step(
            "与另一案件属于同一违法行为，已并入该案，本案不再办理",
            "is about the same act as another case; it was merged into that one and goes on no more",
        ),
    ),
    Trigger("case.defence.submitted", "N-07", says=_step("已经收到", "was received")),
    Trigger("case.defence.reviewed", "N-07", says=_step("已经复核", "was examined")),
    # A payment may be a part, and until the bank's file confirms it nobody knows that all is performed.
    Trigger(
        "case.paid",
        "N-14",
        says=_step(
            "代收机构已告知收到您的一笔款项，待银行对账；尚有未缴部分的，请按决定书继续履行",
            "the collecting bank told us of a payment of yours, which its daily file has to confirm; whatever is left"
            " is still to be paid as the decision says",
        ),
    ),
    Trigger(
        "case.performed",
        "N-14",
        says=_step(
            "您的款项经银行对账一致，案件已登记为已履行",
            "the bank confirmed your payment and the case is noted as performed",
        ),
    ),
)

FOLLOWED: Final = {trigger.record_type: "case" for trigger in TRIGGERS}
"""For `follow`: each record type with the noun of its streams."""


def trigger_of(entry: LedgerEntry) -> Trigger | None:
    """The trigger that `entry` pulls, or None."""
    record = entry.record
    fitting = (each for each in TRIGGERS if each.record_type == record["type"] and each.fits(record["data"]))
    return next(fitting, None)
