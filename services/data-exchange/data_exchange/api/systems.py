"""The call of a partner's system, as the wire verified it. An officer's call has none."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from data_exchange.domain.agreed import Grant
from data_exchange.wire.calling import SignedCall
from data_exchange.wire.signed import CALL


async def _grant(request: Request) -> Grant | None:
    call: SignedCall | None = getattr(request.state, CALL, None)
    if call is None or call.agreement is None or call.purpose is None:
        return None
    return Grant(call.agreement, call.purpose, call.case_no)


Granted = Annotated[Grant | None, Depends(_grant)]
"""The agreement and the purpose under which a system calls; None for an officer."""
