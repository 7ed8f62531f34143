"""Key sets of applications: read from an order or from the partner's address, and the proof of a private key."""

from __future__ import annotations

from typing import Any

import orjson

from common.calls.jwk import PublicJwk, Unusable, public_jwk, unb64url
from common.door.uow import view
from common.policy import Mandate
from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.values.law import GDS_35_2
from data_exchange.contract.partners import KeyProofOrder, KeySetOrder
from data_exchange.domain.appkeys import NewKey
from data_exchange.domain.applications import Application
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import applications


async def offered_keys(
    runtime: DataExchangeRuntime, mandate: Mandate, application_id: ApplicationId, order: KeySetOrder
) -> list[NewKey]:
    """The keys of an order. An address is asked before the change begins, because it may be slow.

    Raises Refusal DX_KEY_SET_UNCLEAR unless the order gives keys or an address, FETCH_REFUSED, DX_KEY_UNUSABLE.
    """
    if (order.jwks_uri is None) == (not order.keys):
        raise Refusal(Kind.INVALID, "DX_KEY_SET_UNCLEAR", article=GDS_35_2)
    if order.jwks_uri is None:
        return keys_in(order.keys)
    async with view(runtime.db, mandate) as v:
        application = await applications.get(v, application_id)
        v.permit(applications.resource(application, mandate.actor))
    return await fetched_keys(runtime, application, order.jwks_uri)


async def fetched_keys(runtime: DataExchangeRuntime, application: Application, jwks_uri: str) -> list[NewKey]:
    """The keys at the partner's address, asked through the guard. Raises Refusal as `offered_keys`."""
    body = await runtime.guard.fetch(jwks_uri, networks=application.networks)
    try:
        members: Any = orjson.loads(body)["keys"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(Kind.INVALID, "DX_KEY_SET_UNCLEAR", article=GDS_35_2) from None
    return keys_in(members)


def keys_in(members: Any) -> list[NewKey]:
    """The keys of a set (RFC 7517 §5). Raises Refusal DX_KEY_UNUSABLE, which names the place and a code."""
    keys: list[NewKey] = []
    for place, jwk in enumerate(members if isinstance(members, list) else [None]):
        try:
            if not isinstance(jwk, dict):
                raise Unusable("MEMBER")
            key = public_jwk(jwk)
        except Unusable as error:
            facts = {"place": place, "why": error.why}
            raise Refusal(Kind.INVALID, "DX_KEY_UNUSABLE", facts, article=GDS_35_2) from None
        keys.append(NewKey(key.kid, key.algorithm, key.jwk, key.thumbprint))
    return keys


def message_of(application_id: ApplicationId, kid: str, nonce: str) -> str:
    """The bytes that prove a key: four lines, each ended, so that no other protocol signs the same."""
    return f"mingzheng-key-proof/v1\n{application_id}\n{kid}\n{nonce}\n"


def is_proof(key: PublicJwk, application_id: ApplicationId, order: KeyProofOrder) -> bool:
    """Whether the order holds a signature of `key` over its challenge."""
    try:
        signature = unb64url(order.signature)
    except Unusable:
        return False
    return key.verifies(signature, message_of(application_id, key.kid, order.nonce).encode())
