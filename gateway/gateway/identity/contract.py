"""The models of identity's routes."""

from __future__ import annotations

from datetime import date

from common.web.wire import Out


class AgencyRef(Out):
    """The agency that a person acts for."""

    agency_id: str
    name: str


class PersonView(Out):
    """Who the caller is to this platform. A party or a partner has no agency and no certificate."""

    sub: str
    kind: str
    name: str
    title_zh: str
    roles: list[str]
    level: int
    agency: AgencyRef | None
    certificate_until_on: date | None
