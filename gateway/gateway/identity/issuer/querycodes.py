"""Signs a party in who has no account: by the query code of one case and a second factor, on the word of case.

    proof of the device's key ─▶ the tries are counted ─▶ case: do both go together? ─▶ a session of that case alone

A browser has a page of ours in place of a key. A wrong code and a wrong factor are answered alike: same status, same
words, the same work.
"""

from __future__ import annotations

from typing import Any

from case.contract import Case, QueryCodeOrder
from common.door.uow import Database
from common.values.errors import Kind, Refusal
from common.values.querycodes import canonical
from gateway.identity.domain.codetries import Counted, require_few, source_of
from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.sessions import SessionTokens
from gateway.identity.store import codetries


class QueryCodes:
    """Begins sessions of query codes with `tokens`, and asks `case`."""

    def __init__(self, tokens: SessionTokens, case: Case, db: Database) -> None:
        self._tokens = tokens
        self._case = case
        self._db = db

    async def begin(
        self, order: QueryCodeOrder, proof: str | None, *, path: str, address: str | None
    ) -> dict[str, Any]:
        """The first tokens of a session of the case that the code opens.

        Refusals as those of `opened`. Fault for a proof that does not hold.
        """
        key = self._tokens.key_of(proof, path=path)
        return await self._tokens.begin(
            await self.opened(order.query_code, order.factor, address=address), key
        )

    async def opened(self, typed: str, factor: str, *, address: str | None) -> SignIn:
        """Who may look into which case with this code.

        Refusal QUERY_CODE_MISTYPED for what cannot be a code, QUERY_CODE_LOCKED after too many tries, QUERY_CODE_WRONG
        where code and factor do not go together.
        """
        code = canonical(typed)
        if code is None:
            raise Refusal(Kind.INVALID, "QUERY_CODE_MISTYPED")
        now, source = self._db.clock(), source_of(address)
        of_code = dict.fromkeys((Counted.CODE, Counted.CODE_DAY, Counted.CODE_EVER), code)
        names = {Counted.SOURCE: source, **of_code}
        require_few(await codetries.count(self._db, names, now=now), at=now)
        found = await self._case.check_query_code(QueryCodeOrder(query_code=code, factor=factor))
        if found.party_id is None or found.case_id is None:
            raise Refusal(Kind.NOT_FOUND, "QUERY_CODE_WRONG")
        await codetries.forget(self._db, names)
        return SignIn(f"party:{found.party_id}", How.QUERY_CODE, case_id=found.case_id)
