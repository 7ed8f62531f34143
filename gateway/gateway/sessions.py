"""Who calls with the token of a session: its person, as long as nobody ended the session.

The session of a query code knows no account: its person is a party, and what it may see is its one case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from common.values.ids import SessionId
from gateway.identity.domain.people import Person, party_by_code
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.people import People
from gateway.partners import fault

_PASSED: Final = ("sid", "acr", "cas")
"""What a service learns of the session."""


async def person_of(claims: Mapping[str, Any], people: People, ended: EndedSessions) -> Person:
    """The person of the session that `claims` name. Raises Fault TOKEN_REVOKED."""
    person = await _somebody(claims, people)
    if person is None or await ended.has(SessionId(claims["sid"])):
        raise fault("TOKEN_REVOKED", "a session that goes on", "one that has ended")
    return replace(person, bound={name: claims[name] for name in _PASSED if name in claims})


async def _somebody(claims: Mapping[str, Any], people: People) -> Person | None:
    if "cas" in claims:
        return party_by_code(claims["sub"])
    directory = await people.current()
    client = directory.clients.get(claims["client_id"])
    is_current = client is not None and (client.sub, client.epoch) == (claims["sub"], claims["epo"])
    return directory.people.get(claims["sub"]) if is_current else None
