"""What the bank sends, signed: its bytes are checked before anything of them is read (APL 67)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from case.contract import SIGNATURE_HEADER
from case.domain.bank import require_signed
from case.runtime import Run, bank_key
from common.policy import Action, Mandate, authorize, service_actor
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
