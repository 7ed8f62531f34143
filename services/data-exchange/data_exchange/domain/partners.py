"""The life of a partner: an agency whose own systems connect.

    DRAFT --submit--> SUBMITTED --begin_review--> REVIEW --admit--> ADMITTED --suspend--> SUSPENDED
      ^                                             |                  ^                     |
      +------------------- send_back ---------------+                  +------ resume -------+
                                            ADMITTED or SUSPENDED --terminate--> TERMINATED (final)

The agency in charge of government data, the host, reviews each partner (GDS 34). The systems themselves are
applications (`domain.applications`): each goes on from the sandbox to production by itself.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, PartnerId
from common.values.law import GDS_34

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE: Final = re.compile(rf"[{_ALPHABET}]{{18}}")


class State(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    REVIEW = "REVIEW"
    ADMITTED = "ADMITTED"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


@dataclass(frozen=True)
class Partner:
    """One partner. `credit_code` is the unified social credit code, `region` a code of GB/T 2260.

    `level` is the highest confidentiality that its systems may see.
    """

    id: PartnerId
    agency_id: AgencyId
    host_agency_id: AgencyId
    credit_code: str
    region: str
    level: int
    state: State
    revision: int = 0


@dataclass(frozen=True)
class PartnerDrafted(Fact):
    """An agency wrote down that its systems shall connect."""

    type: ClassVar[str] = "partner.drafted"
    owner: PartnerId
    agency_id: AgencyId
    host_agency_id: AgencyId
    credit_code: str
    region: str
    level: int

    def begun(self) -> Partner:
        """The partner that this fact begins."""
        return Partner(
            self.owner,
            self.agency_id,
            self.host_agency_id,
            self.credit_code,
            self.region,
            self.level,
            State.DRAFT,
        )


@dataclass(frozen=True)
class PartnerFact(Fact, ABC):
    """A fact that leaves an existing partner in another state."""

    owner: PartnerId

    @property
    @abstractmethod
    def leads_to(self) -> State: ...


@dataclass(frozen=True)
class PartnerSubmitted(PartnerFact):
    type: ClassVar[str] = "partner.submitted"
    leads_to = State.SUBMITTED


@dataclass(frozen=True)
class PartnerReviewBegun(PartnerFact):
    type: ClassVar[str] = "partner.review_begun"
    leads_to = State.REVIEW


@dataclass(frozen=True)
class PartnerSentBack(PartnerFact):
    """The draft needs changes. `reason` commits to which."""

    type: ClassVar[str] = "partner.sent_back"
    leads_to = State.DRAFT
    reason: Commitment


@dataclass(frozen=True)
class PartnerAdmitted(PartnerFact):
    type: ClassVar[str] = "partner.admitted"
    leads_to = State.ADMITTED


@dataclass(frozen=True)
class PartnerSuspended(PartnerFact):
    type: ClassVar[str] = "partner.suspended"
    leads_to = State.SUSPENDED
    reason: Commitment


@dataclass(frozen=True)
class PartnerResumed(PartnerFact):
    type: ClassVar[str] = "partner.resumed"
    leads_to = State.ADMITTED


@dataclass(frozen=True)
class PartnerTerminated(PartnerFact):
    type: ClassVar[str] = "partner.terminated"
    leads_to = State.TERMINATED
    reason: Commitment


def draft(
    partner_id: PartnerId,
    *,
    agency_id: AgencyId,
    host_agency_id: AgencyId,
    credit_code: str,
    region: str,
    level: int,
    standing: PartnerId | None = None,
) -> PartnerDrafted:
    """Write down that the systems of `agency_id` shall connect. Its credit code must bear its check character.

    `standing` is the partner that the agency is already; one agency is one partner, until that one is terminated.

    A wrong code would name another body in every receipt, so the last character is computed (GB 32100-2015).
    """
    if not _CREDIT_CODE.fullmatch(credit_code) or credit_code[-1] != _check_character(credit_code[:-1]):
        raise Refusal(RefusalKind.INVALID, "DX_CREDIT_CODE", article=GDS_34)
    if standing is not None:
        raise Refusal(RefusalKind.CONFLICT, "DX_PARTNER_STANDS", {"partner": standing}, article=GDS_34)
    return PartnerDrafted(partner_id, agency_id, host_agency_id, credit_code, region, level)


def submit(partner: Partner, *, agency_id: AgencyId | None) -> PartnerSubmitted:
    """Ask the host to review the draft."""
    require_side(partner.id, agency_id, partner.agency_id)
    require_state(partner, State.DRAFT, act="its submission")
    return PartnerSubmitted(partner.id)


def begin_review(partner: Partner, *, agency_id: AgencyId | None) -> PartnerReviewBegun:
    """Take the submission up. From here the partner does not change it any more."""
    require_side(partner.id, agency_id, partner.host_agency_id)
    require_state(partner, State.SUBMITTED, act="its review")
    return PartnerReviewBegun(partner.id)


def send_back(partner: Partner, *, agency_id: AgencyId | None, reason: Commitment) -> PartnerSentBack:
    """Return the submission with what is missing."""
    require_side(partner.id, agency_id, partner.host_agency_id)
    require_state(partner, State.REVIEW, act="its return")
    return PartnerSentBack(partner.id, reason)


def admit(partner: Partner, *, agency_id: AgencyId | None) -> PartnerAdmitted:
    """Let the partner register applications in the sandbox."""
    require_side(partner.id, agency_id, partner.host_agency_id)
    require_state(partner, State.REVIEW, act="its admission")
    return PartnerAdmitted(partner.id)


def suspend(partner: Partner, *, agency_id: AgencyId | None, reason: Commitment) -> PartnerSuspended:
    """Stop every application of the partner at once (GDS 35)."""
    require_side(partner.id, agency_id, partner.host_agency_id)
    require_state(partner, State.ADMITTED, act="its suspension")
    return PartnerSuspended(partner.id, reason)


def resume(partner: Partner, *, agency_id: AgencyId | None) -> PartnerResumed:
    """Let the partner go on; each application is in the state in which the suspension found it."""
    require_side(partner.id, agency_id, partner.host_agency_id)
    require_state(partner, State.SUSPENDED, act="its resumption")
    return PartnerResumed(partner.id)


def terminate(partner: Partner, *, agency_id: AgencyId | None, reason: Commitment) -> PartnerTerminated:
    """End the partnership for good; a new one begins with a new draft."""
    require_side(partner.id, agency_id, partner.host_agency_id)
    require_state(partner, State.ADMITTED, State.SUSPENDED, act="its termination")
    return PartnerTerminated(partner.id, reason)


def after(partner: Partner, fact: PartnerFact) -> Partner:
    """The partner as `fact` leaves it."""
    return replace(partner, state=fact.leads_to, revision=partner.revision + 1)


def require_admitted(partner: Partner, *, act: str) -> None:
    """Raises Refusal DX_PARTNER_STATE unless the partner was admitted and is not suspended."""
    require_state(partner, State.ADMITTED, act=act)


def require_state(partner: Partner, *states: State, act: str) -> None:
    """Raises Refusal DX_PARTNER_STATE unless the partner is in one of `states`."""
    if partner.state not in states:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_PARTNER_STATE",
            {"partner": partner.id, "state": partner.state, "act": act, "wanted": list(states)},
            article=GDS_34,
        )


def require_side(thing: str, agency_id: AgencyId | None, wanted: AgencyId) -> None:
    """Raises Refusal DX_ACT_OF_ANOTHER unless the agency that acts is the one to which the act belongs."""
    if agency_id != wanted:
        raise Refusal(
            RefusalKind.FORBIDDEN, "DX_ACT_OF_ANOTHER", {"id": thing, "agency": wanted}, article=GDS_34
        )


def _check_character(body: str) -> str:
    weighted = sum(_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return _ALPHABET[-weighted % 31]
