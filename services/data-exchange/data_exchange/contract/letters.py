"""The letters of an exchange on the wire."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import AgencyId
from common.web.wire import Out


class LetterView(Out):
    """One letter (D-37): REQUEST 协助函, REPLY 复函 or URGING 催促函. `sha256` is that of its bytes (PDF/A-3a).

    `voided_at` is set on the letter of a request that was taken back before its arrival was confirmed: its number is
    not given again.
    """

    n: int
    kind: str
    number: str
    agency_id: AgencyId
    template: str
    sha256: str
    made_at: datetime
    voided_at: datetime | None


class LetterList(Out):
    """Every letter of an exchange, in the order of making."""

    items: list[LetterView]
