"""What a notice to the party needs to know of a case, and the draft of the prompt, on the wire."""

from __future__ import annotations

from datetime import date, datetime

from common.values.ids import AgencyId, CaseId, DocumentId, PartyId
from common.web.wire import Out


class PromptDraftView(Out):
    """The prompt as it would go out now: an officer reads it, changes `correction` where needed, and sends it.

    `correct_until` is the end of the time to correct if it is sent now. `due_on` is the last day of the usual period,
    `limit_on` the last that the city allows; `missed` names those that passed.
    """

    case_id: CaseId
    number: str
    document_kind: str
    drafted_at: datetime
    due_on: date
    limit_on: date
    missed: list[str]
    agency: str
    phone: str
    party: str
    plate: str | None
    happened_at: datetime
    place: str
    act: str
    correction: str
    correct_until: datetime
    query_code: str


class PromptDraftLine(Out):
    """A draft in the list of those that wait for an officer: nothing personal."""

    case_id: CaseId
    agency_id: AgencyId
    number: str
    drafted_at: datetime
    due_on: date
    limit_on: date
    missed: list[str]


class NoticePeriodView(Out):
    """A period that a document started: `act` may be done until `until`, the first instant after it, by `law`."""

    document_id: DocumentId
    act: str
    until: datetime
    law: str


class NoticeContextView(Out):
    """What a notice says and whom it reaches, for the notification service alone.

    `party_name` is masked for a person; `plate`, `phone` and `email` are in full, because only the party's own contact
    gets them. A field is null where nothing is known, and everything personal once the case was erased.
    `prompt_by` is the last day of the usual period for the prompt; `pay_by` that of the payment, while it is due.
    `periods` are those of the documents that were served, as the case counts them; no other service counts them again.
    """

    case_id: CaseId
    agency_id: AgencyId
    number: str
    state: str
    query_code: str | None
    agency_name: str | None
    agency_phone: str | None
    agency_address: str | None
    portal_url: str | None
    party_id: PartyId | None
    party_name: str | None
    phone: str | None
    email: str | None
    plate: str | None
    happened_at: datetime
    place: str
    act: str
    correction: str | None
    correct_until: datetime | None
    prompt_by: date
    pay_by: date | None
    is_paid: bool
    periods: list[NoticePeriodView]
