"""Which acts sign: the person decides in the agency's name, publishes, or uses its seal (APL 42).

Whoever does one of them in a browser has shown who they are within the last five minutes (RFC 9470): a desk that was
left open must not decide. A party's consent is not among them; it carries a proof of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from common.policy.actions import Action

FRESH: Final = timedelta(seconds=300)
"""How long ago a sign-in may be for an act that signs."""

SIGNING: Final = frozenset(
    {
        Action.PLAN_ADOPT,
        Action.DEVICE_APPROVE,
        Action.DEVICE_PUBLISH,
        Action.DEVICE_ACTIVATE,
        Action.FINDING_DECIDE,
        Action.ANOMALY_DECIDE,
        Action.ANALYSIS_DECIDE,
        Action.CAPTURE_ACCEPT,
        Action.CAPTURE_APPROVE_ERASURE,
        Action.CASE_FILE,
        Action.CASE_APPROVE_NON_FILING,
        Action.CASE_DECIDE_RECUSAL,
        Action.CASE_DECIDE,
        Action.CASE_AMEND,
        Action.CASE_PUBLISH,
        Action.CASE_DECIDE_CRIME,
        Action.CASE_APPROVE_PRESERVATION,
        Action.CASE_APPROVE_SUSPENSION,
        Action.CASE_DECIDE_RELIEF,
        Action.CASE_APPROVE_REFUND,
        Action.CASE_APPROVE_ERASURE,
        Action.CASE_DECIDE_DATA_REQUEST,
        Action.CASE_GRANT_UNMASKING,
        Action.DOCUMENT_SEAL,
        Action.TEMPLATE_APPROVE,
        Action.EXCHANGE_APPROVE_ERASURE,
        Action.CATALOGUE_SIGN,
        Action.DISPUTE_DECIDE,
        Action.LEGAL_SOURCE_APPROVE,
        Action.MATTER_APPROVE,
        Action.TRANSFER_APPROVE,
        Action.PARTNER_DECIDE,
    }
)
