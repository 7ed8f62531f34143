"""Secret addresses of cameras that can prove nothing: the path is shown once, its digest kept (ISAPI)."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.law import NJ_8
from common.web.auth import Allow, Db
from device_registry.contract import SecretAddressIssued, SecretAddressOrder, SecretAddressView
from device_registry.domain.accounts import issue_secret_address
from device_registry.domain.networks import WIDEST_IPV4, WIDEST_IPV6, is_too_wide, network_of
from device_registry.store import accounts, devices

router = APIRouter()


@router.post(
    "/v1/push-accounts/{account}/secret-addresses",
    summary="发放秘密推送地址 · Issue a secret address",
    status_code=201,
)
async def add_secret_address(
    account: str,
    order: SecretAddressOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))],
) -> SecretAddressIssued:
    """A camera pushes to this path without a password. Older addresses stay good until the account is revoked."""
    token = secrets.token_hex(24)
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, (await accounts.get(tx, account)).device_id)
        permit = tx.permit(devices.resource(device))
        networks = tuple(filter(None, map(network_of, order.addresses)))
        if len(networks) < len(order.addresses):
            raise Refusal(Kind.INVALID, "DEV_ADDRESS_UNREADABLE", article=NJ_8)
        if (wide := next(filter(is_too_wide, networks), None)) is not None:
            facts = {"network": wide, "ipv4": WIDEST_IPV4, "ipv6": WIDEST_IPV6}
            raise Refusal(Kind.INVALID, "DEV_NETWORK_TOO_WIDE", facts, article=NJ_8)
        known = await accounts.get(tx, account)
        fact = issue_secret_address(
            device,
            account=known.name,
            is_revoked=known.revoked_at is not None,
            host_code=known.host_code,
            token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            addresses=networks,
        )
        await accounts.save(tx, permit, known, fact)
        issued = SecretAddressIssued(account=known.name, path=f"/isapi/{token}", addresses=list(networks))
        # The answer for a repeat has no path: a stored answer would be a stored secret (Inv. 6).
        tx.answer(issued.model_copy(update={"path": None}))
        return issued


@router.get("/v1/secret-addresses/{sha256}", summary="按摘要查询秘密地址 · Whose a secret address is")
async def read_secret_address(
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
) -> SecretAddressView:
    """The account behind the address with this digest. Evidence alone may ask."""
    async with view(db, mandate) as v:
        known = await accounts.get_addressed(v, sha256)
    return SecretAddressView(account=known.account, addresses=list(known.addresses))
