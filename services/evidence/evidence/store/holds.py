"""The captures of one device on which cases rest, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import DeviceId
from evidence.store.erasures import require_cases_read

# The same question as `domain.erasure` asks of one capture: what is with the file of a decision waits for the archive.
_HELD: Final = sa.text("""
SELECT count(DISTINCT c.id) AS captures, count(DISTINCT h.case_id) AS cases
FROM captures c JOIN holds h ON h.evidence_id = c.id
WHERE c.device_id = :device_id
    AND CASE c.state WHEN 'FROZEN' THEN h.archived_at ELSE coalesce(h.archived_at, h.closed_at) END IS NULL
""")


@dataclass(frozen=True)
class Held:
    """So many captures of a device are held, for so many cases."""

    captures: int
    cases: int


async def of_device(v: View, device_id: DeviceId) -> Held:
    """What is held of the device. Refusal LEDGER_BEHIND while records of cases are unread."""
    await require_cases_read(v)
    row = (await v.conn.execute(_HELD, {"device_id": device_id})).one()
    return Held(row.captures, row.cases)
