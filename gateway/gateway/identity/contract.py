"""The models of identity's routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from case.contract.querycodes import QueryCodeOrder
from common.calls.http import Peers
from common.values.ids import AgencyId, CaseId, OfficerId, PartyId, SessionId
from common.web.wire import Out, Page


class AgencyView(Out):
    """One agency. `parent_id` is the agency above it, null for the root; `divisions` are codes of GB/T 2260."""

    agency_id: AgencyId
    name: str
    parent_id: AgencyId | None
    divisions: list[str]


class AgencyRef(Out):
    """The agency that a person acts for."""

    agency_id: str
    name: str


class ColleagueView(Out):
    """An officer of the caller's agency. `can_act_until_on` is the last day of the certificate, null without one."""

    officer_id: OfficerId
    name: str
    title: str
    roles: list[str]
    can_act_until_on: date | None


class PersonView(Out):
    """Who the caller is to this platform. A party has no agency and no certificate.

    `login` is how the caller signed in. A session of a query code has a `case_id` and no name: nobody checked it.
    """

    sub: str
    kind: str
    name: str
    title_zh: str
    roles: list[str]
    level: int
    agency: AgencyRef | None
    certificate_until_on: date | None
    login: str
    case_id: CaseId | None


class PartySessionOrder(QueryCodeOrder):
    """The query code of a document, and the second factor that the document names."""


class PartySessionView(Out):
    """The first tokens of a session, as the token endpoint gives them (RFC 6749 §5.1)."""

    access_token: str
    token_type: Literal["DPoP"]
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    session_id: SessionId


class SessionView(Out):
    """One of the caller's sessions: a sign-in on one device. `key` is the thumbprint of the device's key (RFC 7638).

    It ends at `lasts_until` at the latest, and before that when nothing was asked until `idle_until`. `case_id` is the
    one case of a session that a query code opened.
    """

    session_id: SessionId
    how: Literal["CLIENT_SECRET", "QUERY_CODE", "OPENID"]
    key: str
    case_id: CaseId | None
    is_current: bool
    begun_at: datetime
    used_at: datetime
    idle_until: datetime
    lasts_until: datetime
    ended_at: datetime | None


class SessionList(Out):
    """The caller's open sessions, the oldest first."""

    items: list[SessionView]


class AccountView(Out):
    """Whether a party can sign in here, and so read an inbox. A party of a case need not have an account."""

    party_id: PartyId
    has_account: bool


class OfficerStandingView(Out):
    """An officer: agency, name, enforcement certificate and its last day, roles; null and no roles for nobody's id."""

    officer_id: OfficerId
    agency_id: AgencyId | None
    certificate_until_on: date | None
    name: str | None
    certificate: str | None
    roles: list[str]


class Identity:
    """identity, as another service asks it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def agencies(self) -> list[AgencyView]:
        """Every agency of this installation, the oldest first. Refusal PEER_UNAVAILABLE if the gateway is away."""
        listed: list[AgencyView] = []
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            answer = await self._peers.get("gateway", "/v1/public/agencies", params)
            page = Page[AgencyView].model_validate(answer)
            listed += page.items
            cursor = page.next_cursor
        return listed

    async def has_account(self, party_id: PartyId) -> bool:
        """Whether the party can sign in, and so read its inbox. False for a party that identity does not know.

        Refusal PEER_UNAVAILABLE if the gateway is away.
        """
        answer = await self._peers.get("gateway", f"/v1/accounts/{party_id}")
        return AccountView.model_validate(answer).has_account

    async def officer(self, officer_id: OfficerId) -> OfficerStandingView:
        """Whose officer this is, and until when certified. Refusal PEER_UNAVAILABLE if the gateway is away."""
        answer = await self._peers.get("gateway", f"/v1/officers/{officer_id}/standing")
        return OfficerStandingView.model_validate(answer)
