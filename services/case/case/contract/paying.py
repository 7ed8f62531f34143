"""What the bank and the finance clerk say on the wire. Amounts are integer fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from common.values.ids import CaseId
from common.web.wire import Code, Day, In, Instant, Out

Fen = Annotated[int, Field(ge=0, le=10**12, strict=True)]
"""An amount of money in fen."""

Serial = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A bank's own number of one payment."""

Reference = Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")]
"""A payment reference: 20 digits, the last a check digit (Luhn)."""

VerificationUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https://[A-Za-z0-9.-]{1,190}(/[!-~]{0,200})?$"),
    Field(examples=["https://receipts.demo.mingzheng.example/check"]),
]
"""Where anybody verifies a receipt."""


class ReceiptOrder(In):
    """The finance department's e-receipt (NJ 16(2)): all three, because one alone verifies nothing."""

    receipt_no: Code
    receipt_code: Code
    verification_url: VerificationUrl


class PaymentReceiptOrder(ReceiptOrder):
    """The receipt of the payment with this serial."""

    serial: Serial


class PaymentCallback(In):
    """The bank's notice. The header `Bank-Signature` signs exactly these bytes (Ed25519, base64)."""

    reference: Reference
    serial: Serial
    amount_fen: Fen
    paid_at: Instant
    channel: Code
    receipt: ReceiptOrder | None = None


def read_notice(body: bytes) -> PaymentCallback | None:
    """The notice in these bytes; None where they hold none."""
    try:
        return PaymentCallback.model_validate_json(body)
    except ValidationError:
        return None


class SettlementOrder(In):
    """The bank's corrected notice of a payment: its bytes and the bank's signature over them (Ed25519), both base64."""

    notice: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{1,8000}={0,2}$"), Field(examples=["e30="])
    ]
    signature: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$"), Field(examples=["A" * 86 + "=="])
    ]


class ReconciliationLine(In):
    """One payment of the day, as the bank's books have it."""

    reference: Reference
    serial: Serial
    amount_fen: Fen
    paid_at: Instant
    channel: Code


class ReconciliationFile(In):
    """The bank's file of one day. The header `Bank-Signature` signs exactly these bytes (Ed25519, base64)."""

    day: Day
    lines: list[ReconciliationLine] = Field(max_length=1000)


class DifferenceView(Out):
    """A line that does not agree with what we know.

    `cause` is UNKNOWN_REFERENCE, REFERENCE_DIFFERS (its serial is a payment of another reference), AMOUNT_DIFFERS, or
    NOT_ENTERED.
    """

    reference: str
    serial: str
    amount_fen: int
    cause: str


class ReconciliationView(Out):
    """What became of the bank's file: how many payments it confirmed, and the lines that a person has to look at."""

    day: date
    reconciled: int
    known: int
    differences: list[DifferenceView]


class PaymentReceiptView(Out):
    """The answer to a bank's notice; a repeat of the same notice is answered with the same words."""

    reference: str
    serial: str
    amount_fen: int
    surcharge_fen: int
    paid_at: datetime
    case_id: CaseId


class ReceiptView(Out):
    number: str
    code: str
    verification_url: str


class PaidView(Out):
    """One payment. `reconciled_on` is the day of the bank's file that confirms it.

    `filed_fen` is the amount of a file that differed; while `is_in_dispute`, nobody settled which one holds.
    """

    serial: str
    amount_fen: int
    paid_at: datetime
    receipt: ReceiptView | None
    reconciled_on: date | None
    filed_fen: int | None
    is_in_dispute: bool


class PaymentView(Out):
    """What is owed and what was paid. `due_on` is the last day to pay; `paid_at` when the fine was covered.

    `surcharge_law` is the provision by which a surcharge runs after it; null where the decision claims none.
    """

    reference: str
    fine_fen: int
    due_on: date
    surcharge_law: str | None
    paid_at: datetime | None
    paid_fen: int
    has_receipt: bool
    parts: list[PaidView]
