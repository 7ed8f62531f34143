"""Ends sessions of browsers when the provider ends its own (OpenID Connect Back-Channel Logout 1.0).

provider ─▶ logout token ─▶ signed, for us, in time, its event, no nonce ─▶ jti once ─▶ sessions of sid or sub end
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from common.door.uow import Database, Tx, change
from common.policy import Action, authorize, service_actor
from gateway.identity.domain.sessions import Ending, How, end
from gateway.identity.issuer.idtokens import LoggedOut, Unsound, check_logout_token
from gateway.identity.issuer.provider import Provider, Unavailable
from gateway.identity.issuer.requests import OAuthError
from gateway.identity.store import assertions, sessions
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.sessions import Held
from ledger.clock import real_time

log = logging.getLogger(__name__)

PATH: Final = "/oauth2/backchannel-logout"


class Logouts:
    """Takes the logout tokens of `provider`."""

    def __init__(self, provider: Provider, db: Database, ended: EndedSessions) -> None:
        self._provider = provider
        self._db = db
        self._ended = ended
        self._mandate = authorize(service_actor(db.service), Action.SESSION_KEEP)

    async def end(self, form: Mapping[str, str]) -> int:
        """How many sessions the logout token of `form` ended. Raises OAuthError invalid_request for any other."""
        now, provider = real_time(), self._provider
        try:
            said = await provider.checked(
                lambda keys: check_logout_token(
                    form.get("logout_token", ""),
                    keys,
                    issuer=provider.issuer,
                    client_id=provider.client_id,
                    now=now,
                )
            )
        except (Unsound, Unavailable) as error:
            log.warning("couldn't take a logout token: %s", error)
            raise OAuthError("invalid_request", "The logout token is not sound.") from None
        async with change(self._db, self._mandate) as tx:
            # In one transaction: a token whose sessions could not be ended comes again from the provider.
            if not await assertions.spend_within(
                tx.conn, provider.issuer, said.jti, until=said.until, now=now
            ):
                raise OAuthError("invalid_request", "The logout token came before.")
            concerned = await _concerned(tx, said)
            for held in concerned:
                permit = tx.permit(sessions.resource(held.session.id, held.session.who))
                fact = end(held.session, Ending.PROVIDER, at=tx.now)
                await sessions.save(tx, permit, held.session, *([fact] if fact else []))
        self._ended.stale()
        return len(concerned)


async def _concerned(tx: Tx, said: LoggedOut) -> list[Held]:
    """With a session of the provider, what began in it; without one, all that its provider began for the person."""
    if said.sid is not None:
        begun_there = await sessions.lock_by_provider(tx, said.sid)
        return [held for held in begun_there if said.sub in (None, held.session.who.sub)]
    assert said.sub is not None
    of_person = await sessions.lock_by_person(tx, said.sub)
    return [held for held in of_person if held.session.who.how is How.OPENID]
