"""The routes of identity: the only files here that speak HTTP."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from gateway.identity.api import accounts, agencies, colleagues, people, sessions
from gateway.identity.api.issuer import issuer_router
from gateway.identity.api.partysessions import party_session_router
from gateway.identity.issuer.logouts import Logouts
from gateway.identity.issuer.partners import PartnerTokens
from gateway.identity.issuer.querycodes import QueryCodes
from gateway.identity.issuer.sessions import SessionTokens
from gateway.identity.issuer.tokens import Issuer


def routers(
    issuer: Issuer | None,
    partners: PartnerTokens,
    tokens: SessionTokens,
    codes: QueryCodes,
    logouts: Logouts | None,
) -> list[APIRouter]:
    """The routes of this service, over what issues its tokens."""
    return [
        people.router,
        accounts.router,
        agencies.router,
        colleagues.router,
        sessions.router,
        party_session_router(codes),
        issuer_router(issuer, partners, tokens, logouts),
    ]


_NOTHING: Any = None
ROUTERS: Final = routers(None, _NOTHING, _NOTHING, _NOTHING, None)
"""The same routes with nothing behind them, of a city whose officers come from its own identity provider: they say
what they take and answer, and nobody calls them."""
