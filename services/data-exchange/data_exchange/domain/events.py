"""The feed of events: what happened in cases and between agencies, for the agencies that it belongs to (AES 37).

    ledger ──follow──▶ event with its agencies ──▶ GET /v1/events, each reader at its own place

An event is thin: ids and a link. Its place is the entry's index in the ledger, so no reader can miss one: the feed is
filled in the ledger's order by one cursor. An object's agencies are named by the first record of its stream, or by
the case that it belongs to; a record that names neither is shown to no agency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId
from common.values.law import AES_37

KEPT: Final = timedelta(days=30)
"""How long an event stays in the feed. The record behind it stays in the ledger."""

NOUNS: Final = frozenset(
    {
        "case", "document", "oversight", "exchange", "comparison", "application", "agreement", "purpose", "catalogue",
        "dispute", "deferral",
    }
)  # fmt: skip
"""The nouns of the streams whose records are events."""

TYPE: Final = re.compile(r"cn\.mingzheng\.([a-z][a-z_]*(?:\.[a-z][a-z_]*)+\.v[1-9][0-9]{0,3})")
_OTHER: Final = ("to_agency_id", "provider_id", "provider_agency_id", "from_agency_id")
_HREFS: Final = {
    "case": "/v1/cases/",
    "document": "/v1/documents/",
    "exchange": "/v1/exchanges/",
    "oversight": "/v1/oversight-items/",
}


@dataclass(frozen=True)
class Owners:
    """The agencies that an object belongs to. An exchange has two."""

    agency_id: AgencyId
    other_agency_id: AgencyId | None = None


@dataclass(frozen=True)
class Event:
    """One event. `type` ends in the version of its schema: `case.filed.v1`."""

    place: int
    record_id: UUID
    stream: str
    type: str
    recorded_at: datetime
    sequenced_at: datetime
    owners: Owners | None

    @property
    def href(self) -> str:
        """The address that says more, to a reader who may know more."""
        noun, _, id = self.stream.partition("/")
        return _HREFS[noun] + id if noun in _HREFS else f"/v1/ledger/records/{self.record_id}"


def owners_named(data: Mapping[str, Any]) -> Owners | None:
    """The agencies that the data of a stream's first record name."""
    if not data.get("agency_id"):
        return None
    other = next((data[name] for name in _OTHER if data.get(name)), None)
    return Owners(AgencyId(data["agency_id"]), AgencyId(other) if other else None)


def streams_behind(record: Mapping[str, Any]) -> list[str]:
    """The streams whose agencies are also the record's: its own, then those of its subject and of its case."""
    case_id = record["data"].get("case_id")
    subject = record.get("subject")
    return [record["stream"], *([subject] if subject else []), *([f"case/{case_id}"] if case_id else [])]


def types_wanted(types: str) -> list[str]:
    """The types of a comma-separated list of CloudEvents types. Refusal DX_EVENT_TYPE for anything else."""
    matches = [TYPE.fullmatch(name) for name in types.split(",")] if types else []
    if not all(matches):
        raise Refusal(
            RefusalKind.INVALID, "DX_EVENT_TYPE", {"form": "cn.mingzheng.<type>.v<n>"}, article=AES_37
        )
    return [match[1] for match in matches if match]


def require_kept(after: int | None, horizon: int) -> None:
    """Raises Refusal DX_EVENTS_GONE for a reader whose place lies before an event that is no longer kept.

    `horizon` is the place of the last event that was removed. The reader lists its objects anew and goes on from there.
    """
    if after is not None and after < horizon:
        raise Refusal(
            RefusalKind.GONE, "DX_EVENTS_GONE", {"resync": horizon, "days": KEPT.days}, article=AES_37
        )
