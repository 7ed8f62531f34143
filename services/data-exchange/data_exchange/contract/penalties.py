"""Asking the other agencies before a decision whether one of them has punished the same act (APL 29)."""

from __future__ import annotations

from case.contract import ActOrder, PenaltyView
from common.calls.http import Peers
from common.values.ids import AgencyId, CaseId
from common.web.wire import Out


class PenaltyInquiryOrder(ActOrder):
    """The act that a case of `agency_id` is about to decide."""

    agency_id: AgencyId
    case_id: CaseId


class PenaltyInquiryView(Out):
    """What the other agencies answered. `unanswered` did not in time, or may decide the act themselves at this moment;
    `urged` are the silent ones that were urged.

    An agency counts as urged while a request of the asking agency to it, for this case, is URGED or further.
    """

    asked: list[AgencyId]
    penalties: list[PenaltyView]
    unanswered: list[AgencyId]
    urged: list[AgencyId]


class OtherAgencies:
    """The other agencies, as the case service asks them through the exchange."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def penalties(self, order: PenaltyInquiryOrder) -> PenaltyInquiryView:
        """Whether one of them has punished the act. Refusal PEER_UNAVAILABLE if the exchange does not answer."""
        content = order.model_dump_json().encode()
        answer = await self._peers.post(
            "data-exchange", "/v1/penalty-inquiries", content=content, media_type="application/json"
        )
        return PenaltyInquiryView.model_validate(answer)
