"""What the bank sends, signed: its bytes are checked before anything of them is read (APL 67)."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request

from case.contract import SIGNATURE_HEADER, PaymentCallback
from case.contract.paying import read_notice
from case.domain.bank import bytes_of, require_signed
from case.runtime import CaseRuntime, Run, bank_key
from common.policy import Action, Mandate, authorize, service_actor
from common.values.errors import Kind, Refusal
from common.values.law import APL_67
from common.web.auth import Allow


async def _signed_body(request: Request, runtime: Run) -> bytes:
    """The body's bytes, which the bank signed."""
    body = await request.body()
    require_signed(bank_key(runtime.settings.keys), body, request.headers.get(SIGNATURE_HEADER, ""))
    return body


Signed = Annotated[bytes, Depends(_signed_body)]
FromBank = Annotated[Mandate, Depends(Allow(Action.CASE_PAY, keyed=False))]


def entering(mandate: Mandate) -> Mandate:
    """Anyone may send a notice. If the bank signed it, the service enters it, as its own act on record."""
    return authorize(service_actor("case"), Action.CASE_ENTER_PAYMENT, records=mandate.records)


def notice_of(notice: str, signature: str, runtime: CaseRuntime) -> tuple[PaymentCallback, bytes]:
    """A notice that somebody hands in for the bank, from base64, with the SHA-256 of its bytes.

    Raises Refusal BANK_SIGNATURE_WRONG for what the bank did not sign, or what is no notice of a payment.
    """
    body = bytes_of(notice)
    require_signed(bank_key(runtime.settings.keys), body, signature)
    told = read_notice(body)
    if told is None:
        raise Refusal(Kind.UNAUTHENTICATED, "BANK_SIGNATURE_WRONG", article=APL_67)
    return told, sha256(body).digest()
