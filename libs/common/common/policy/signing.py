"""Which acts sign: the person decides in the agency's name, publishes, reviews for the law, or uses its seal.

Whoever does one of them in a browser has shown who they are within the last five minutes (RFC 9470; GB/T 22239
8.1.4.1): a desk that was left open must not decide. To accept a capture is one of a run of many, each with its own
questions and its least time to look: for a run the sign-in counts for an hour. A party's consent is not among them; it
carries a proof of its own. Nor is the suspension of a device, which must not wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from common.policy.actions import Action

FRESH: Final = timedelta(minutes=5)
"""How long ago a sign-in may be for most acts that sign."""

_A_RUN: Final = timedelta(hours=1)

SIGNING: Final[Mapping[Action, timedelta]] = dict.fromkeys(
    {
        Action.PLAN_ADOPT,
        Action.DEVICE_REVIEW_LEGALLY,
        Action.DEVICE_REVIEW_TECHNICALLY,
        Action.DEVICE_APPROVE,
        Action.DEVICE_PUBLISH,
        Action.DEVICE_ACTIVATE,
        Action.DEVICE_RESUME,
        Action.DEVICE_RETIRE,
        Action.FINDING_DECIDE,
        Action.ANOMALY_DECIDE,
        Action.ANALYSIS_DECIDE,
        Action.CAPTURE_APPROVE_ERASURE,
        Action.CASE_FILE,
        Action.CASE_APPROVE_NON_FILING,
        Action.CASE_DECIDE_RECUSAL,
        Action.CASE_ORDER_CORRECTION,
        Action.CASE_REVIEW_LEGALLY,
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
    },
    FRESH,
) | {Action.CAPTURE_ACCEPT: _A_RUN}
"""Each act that signs, and how long ago the sign-in may be."""
