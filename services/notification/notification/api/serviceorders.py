"""What officers say of a manner of service, from the wire into the words of the rules."""

from __future__ import annotations

from datetime import datetime

from common.calls.http import Peers
from common.policy import Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_61_2
from common.values.manner import Manner
from gateway.identity.contract import Identity
from notification.contract.services import AttemptOrder, OutcomeOrder
from notification.domain.serving.effecting import Capacity, Hand, Handed, Hands, Witness
from notification.domain.serving.manners import Beginning
from notification.domain.serving.service import Failure, Ground

_SERVED = "SERVED"


def is_served(order: OutcomeOrder) -> bool:
    """Whether the order says that the document reached the party."""
    return order.result == _SERVED


def reason_of(order: OutcomeOrder) -> Failure:
    """Why the manner failed."""
    return Failure(order.result)


def beginning_of(order: AttemptOrder, *, by: OfficerId, now: datetime) -> Beginning:
    """The beginning of a manner; without a time of its own it begins now."""
    ground = Ground(order.ground) if order.ground else None
    at = order.at or (order.outcome.at if order.outcome else now)
    return Beginning(Manner(order.manner), ground, at, by, has_reasons=order.reasons is not None)


def require_no_channel(order: AttemptOrder) -> None:
    """Raises Refusal NOTI_SERVICE_CHANNEL: only the electronic manner has a channel.

    One named with another manner would hide a consent to the channels that it does not name (APL 61(2)).
    """
    if order.channel is not None and order.manner != Manner.ELECTRONIC:
        raise Refusal(Kind.INVALID, "NOTI_SERVICE_CHANNEL", {"manner": order.manner}, article=APL_61_2)


def handed_of(order: OutcomeOrder) -> Handed:
    """Who took the document, who saw it, and by which proofs."""
    return Handed(
        order.at,
        Capacity(order.signed_as) if order.signed_as else None,
        Witness(order.witness) if order.witness else None,
        tuple(order.proofs),
    )


async def hands_of(peers: Peers, mandate: Mandate, order: OutcomeOrder | None) -> Hands:
    """The officers of the act: the one who acts from the token, the one who is named as identity knows it.

    Ask before the change: a slow answer may hold no row. Refusal PEER_UNAVAILABLE if the gateway is away.
    """
    actor = mandate.actor
    until = actor.certificate_until if actor.certificate is not None else None
    first = Hand(OfficerId(actor.id), actor.agency_id, until)
    if order is None or order.second_officer is None:
        return Hands(first, None)
    named = await Identity(peers).officer(order.second_officer)
    return Hands(first, Hand(named.officer_id, named.agency_id, named.certificate_until_on))
