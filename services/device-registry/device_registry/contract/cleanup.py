"""The clean-up on the wire: findings, and the way of a device out of use and back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, DeviceId, FindingId
from common.web.wire import Digest, In, Out, Page, Text
from device_registry.contract.applications import FunctionOrder, RegistrationOrder

CategoryName = Literal["CU-1", "CU-2", "CU-3", "CU-4", "CU-5", "CU-6", "CU-7"]
OriginName = Literal["AUTO", "PROMPT", "HUMAN"]
FindingStateName = Literal["OPEN", "PROPOSED", "CONFIRMED", "DISMISSED"]
OutcomeName = Literal["CONFIRM", "DISMISS"]


class EvaluationOrder(In):
    """核查: look at these devices now, or at all of the agency that are in use."""

    device_ids: list[DeviceId] | None = Field(default=None, min_length=1, max_length=1_000)


class FindingOrder(In):
    """清理情形 that a person found; for item 7 the text has at least 20 characters (PJ §2.7)."""

    category: CategoryName
    text: Text


class FindingProposalOrder(In):
    """What the agency should hold of the finding, and why."""

    outcome: OutcomeName
    reason: Text


class FindingDecisionOrder(In):
    """认定: the head's decision and its reason. CONFIRM stops the device at once."""

    outcome: OutcomeName
    reason: Text


class GroundView(Out):
    """One reason that was computed: its code, its law, and its words in the reader's language."""

    code: str
    law: str
    text: str


class FindingView(Out):
    """One finding. `words` are a person's, empty where the registry computed it; reasons are empty until given."""

    finding_id: FindingId
    device_id: DeviceId
    agency_id: AgencyId
    category: CategoryName
    origin: OriginName
    grounds: list[GroundView]
    words: str
    state: FindingStateName
    raised_at: datetime
    proposal: OutcomeName | None
    proposal_reason: str
    decided_at: datetime | None
    decision_reason: str


class FindingPage(Page[FindingView]):
    """Findings in the order in which they were raised."""


class EvaluationView(Out):
    """How many devices were looked at, and how many findings of each category that raised; GET /v1/findings lists them.

    What is open already, or was dismissed on the same grounds, is not raised again.
    """

    devices: int
    raised: dict[str, int]


class ProvisionOrder(In):
    """Who owns, installs and pays from now on, with the contract that replaces the old one (PJ §2.6)."""

    owner_type: Literal["AGENCY", "REGULATED_PARTY", "OTHER_AGENCY"]
    installer_type: Literal["AGENCY", "MARKET_ENTITY", "REGULATED_PARTY"]
    funding_source: Literal["FISCAL", "MARKET_ENTITY", "PARTY", "SHARED_WITH_PARTY"] = "FISCAL"
    revenue_link: Literal["NONE", "DIRECT", "INDIRECT", "SHARE_BEARING"] = "NONE"
    obligation_basis: str = Field(default="", max_length=500)
    installer_contract: str = Field(default="", max_length=200)


class RectificationOrder(In):
    """整改方案. CU-1 needs `functions` with a lawful basis, CU-6 a new `provision`; they replace those of before."""

    plan: Text
    functions: list[FunctionOrder] | None = Field(default=None, min_length=1, max_length=20)
    provision: ProvisionOrder | None = None


class RectificationEvidenceOrder(In):
    """整改完成: what was done, and the digests of the files that show it."""

    evidence: Text
    files: list[Digest] = Field(default_factory=list, max_length=50)


class DescriptionOrder(RegistrationOrder):
    """存量设备: an imported device described as a new one, so that it can be handed in for review."""
