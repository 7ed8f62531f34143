"""The party is the owner of every row of this service."""

from __future__ import annotations

from typing import Final

from common.policy import Resource
from common.values.ids import (
    NO_AGENCY,
    AgencyId,
    CaseId,
    ConsentId,
    DeliveryId,
    HandsetId,
    MessageId,
    PartyId,
)
from notification.domain.delivery import Delivery

_INTERNAL: Final = 2
_PERSONAL: Final = 3


def resource(
    id: MessageId | ConsentId | DeliveryId | HandsetId | PartyId,
    party_id: PartyId,
    *,
    case_id: CaseId | None = None,
) -> Resource:
    """A message, a consent or the inbox of `party_id`, as the policy sees it; a message belongs to a case."""
    # A message or a consent is the party's own: no agency sees it by being an agency.
    return Resource(id, NO_AGENCY, level=_PERSONAL, party_id=party_id, case_id=case_id)


def line_of(delivery: Delivery) -> Resource:
    """A delivery as technical staff see it: an object of the agency that tells, without words and addresses."""
    return Resource(delivery.id, delivery.agency_id or NO_AGENCY, level=_INTERNAL)


def resource_of(message_id: MessageId, agency_id: AgencyId, party_id: PartyId, case_id: CaseId) -> Resource:
    """A message as the policy sees it: the party's own, and an object of the agency that tells."""
    return Resource(message_id, agency_id, level=_PERSONAL, party_id=party_id, case_id=case_id)
