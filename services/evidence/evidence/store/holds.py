"""The captures of one device on which cases rest, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from common.door.uow import View
from common.values.errors import Kind, Refusal
from common.values.ids import DeviceId
from evidence.store.erasures import HOLDS, require_cases_read

# The same question as `domain.erasure` asks of one capture: what is with the file of a decision waits for the archive.
_HELD: Final = sa.text("""
SELECT count(DISTINCT c.id) AS captures, count(DISTINCT h.case_id) AS cases
FROM captures c JOIN holds h ON h.evidence_id = c.id
WHERE c.device_id = :device_id
    AND CASE c.state WHEN 'FROZEN' THEN h.archived_at ELSE coalesce(h.archived_at, h.closed_at) END IS NULL
""")

# Unread records that begin a hold. In an entry a record is canonical JSON, so its type stands there as it does here.
_UNREAD: Final = sa.text("""
SELECT EXISTS (
    SELECT FROM ledger.entry
    WHERE log_id = (SELECT max(log_id) FROM ledger.log)
        AND idx > coalesce((SELECT position FROM cursors WHERE name = :holds), -1)
        AND stream LIKE 'case/%'
        AND (position('"type":"case.opened"'::bytea IN entry) > 0
            OR position('"type":"case.capture_joined"'::bytea IN entry) > 0
            OR position('"type":"case.reopened"'::bytea IN entry) > 0)
)
""")


@dataclass(frozen=True)
class Held:
    """So many captures of a device are held, for so many cases."""

    captures: int
    cases: int


async def of_device(v: View, device_id: DeviceId) -> Held:
    """What is held of the device. Refusal LEDGER_BEHIND while a record is unread that may hold one of its captures.

    An erasure has a second look at its case; the end of a device is for good and has none.
    """
    await require_cases_read(v)
    if await v.conn.scalar(_UNREAD, {"holds": HOLDS}):
        raise Refusal(Kind.UNAVAILABLE, "LEDGER_BEHIND", wording="cases")
    row = (await v.conn.execute(_HELD, {"device_id": device_id})).one()
    return Held(row.captures, row.cases)
