"""New passwords for push accounts, one by one or by the hundred, and which accounts end soon (NJ 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Instant
from device_registry.contract.accounts import (
    PushAccountPage,
    PushAccountRotated,
    PushAccountRotationOrder,
    PushAccountRotations,
    PushAccountsRotationOrder,
    PushAccountStanding,
)
from device_registry.credentials.rotating import rotate, rotate_all, unsaid, unsaid_outcome
from device_registry.runtime import Run
from device_registry.store import accounts
from device_registry.store.accounts import Standing

router = APIRouter()
Issuing = Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))]


@router.get("/v1/push-accounts", summary="推送账号列表 · List the push accounts")
async def list_push_accounts(
    db: Db,
    mandate: Issuing,
    ending_before: Annotated[
        Instant | None,
        Query(description="在此之前到期且未更换 · Those that end before, and have no successor"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> PushAccountPage:
    """The accounts of the agencies that the caller sees, without their secrets, by name."""
    async with view(db, mandate) as v:
        listed = await accounts.list_standing(
            v, after=after(cursor, str) or "", ending_before=ending_before, limit=limit + 1
        )
        items = [_standing(each, at=v.now) for each in listed[:limit]]
    return PushAccountPage(items=items, next_cursor=next_cursor(listed, limit, lambda each: each.name))


@router.post(
    "/v1/push-accounts/{account}/rotation", summary="更换推送账号 · Rotate a push account", status_code=201
)
async def rotate_push_account(
    account: str, order: PushAccountRotationOrder, runtime: Run, mandate: Issuing
) -> PushAccountRotated:
    """A new account in the place of the old one, which speaks on for the overlap. The password is shown once.

    It keeps the list of a host, but for devices that are out of use.
    """
    async with change(runtime.db, mandate) as tx:
        rotated = await rotate(tx, account, overlap_d=order.overlap_d, profile=runtime.profile)
        # The answer for a repeat has no password: a stored answer would be a stored password (Inv. 6).
        tx.answer(unsaid(rotated))
        return rotated


@router.post(
    "/v1/push-account-rotations", summary="批量更换推送账号 · Rotate many push accounts", status_code=201
)
async def rotate_push_accounts(
    order: PushAccountsRotationOrder, runtime: Run, mandate: Issuing
) -> PushAccountRotations:
    """Each account by itself: one that cannot be rotated stops no other, and its outcome says why."""
    async with change(runtime.db, mandate) as tx:
        outcomes = await rotate_all(tx, order.accounts, overlap_d=order.overlap_d, profile=runtime.profile)
        tx.answer(PushAccountRotations(items=[unsaid_outcome(outcome) for outcome in outcomes]))
    return PushAccountRotations(items=outcomes)


def _standing(account: Standing, *, at: datetime) -> PushAccountStanding:
    if account.revoked_at is not None:
        state = "REVOKED"
    elif at < account.valid_from:
        state = "NOT_YET"
    else:
        state = "VALID" if at < account.valid_until else "EXPIRED"
    return PushAccountStanding.model_validate(
        {
            "account": account.name,
            "device_id": account.device_id,
            "host_code": account.host_code,
            "state": state,
            "valid_from": account.valid_from,
            "valid_until": account.valid_until,
            "rotated_to": account.rotated_to,
        }
    )
