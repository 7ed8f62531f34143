"""The records of a service as the ledger gives them."""

from __future__ import annotations

import base64
from typing import Any

from common.values.errors import Kind, Refusal
from evidence.contract import ExtractView
from ledger.verifier.notes import Entry, Record
from ledger.verifier.services import certificate_of


def certificate_in(extract: ExtractView) -> dict[str, Any]:
    """The certificate that the ledger's records give. Refusal NOTI_SERVICE_LEDGER_BEHIND while it has none."""
    records = [Record(Entry.parse(base64.b64decode(one.entry)), "records") for one in extract.records]
    if not records:
        raise Refusal(Kind.UNAVAILABLE, "NOTI_SERVICE_LEDGER_BEHIND")
    return certificate_of(records)
