"""A client for the systems of agencies that exchange with a Mingzheng platform.

    with Partner(Settings.read("settings.json"), PrivateKey.read("key.pem", kid="k1")) as partner:
        answer = partner.post("/v1/comparisons", order)        signed, repeated under one key, its answer verified
        receipt = partner.receipt(answer.record_id)            the ledger's proof, checked here

`models` holds the bodies as types; they are generated from the platform's contract. The rest is written by hand.
"""

from __future__ import annotations

from mingzheng_partner.keys import PrivateKey
from mingzheng_partner.partner import Answer, Feed, Partner
from mingzheng_partner.problems import AnswerNotVerified, Problem
from mingzheng_partner.receipts import Receipt, ReceiptNotVerified
from mingzheng_partner.settings import Settings
from mingzheng_partner.webhooks import HintNotVerified, challenge_of, verified_hint

__all__ = [
    "Partner",
    "Settings",
    "PrivateKey",
    "Answer",
    "Feed",
    "Receipt",
    "Problem",
    "AnswerNotVerified",
    "ReceiptNotVerified",
    "HintNotVerified",
    "verified_hint",
    "challenge_of",
]
