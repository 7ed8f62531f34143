"""The TLS certificates of push accounts: bound, released, found by evidence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from common.calls.devicekeys import read_certificate
from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Permit, not_found
from common.values.errors import Kind, Refusal
from common.values.law import NJ_8
from common.web.auth import Allow, Db
from device_registry.contract import (
    ClientCertificateOrder,
    ClientCertificateReleaseOrder,
    ClientCertificatesView,
    ClientCertificateView,
)
from device_registry.domain import accounts as law
from device_registry.domain.device import Device
from device_registry.store import accounts, devices
from device_registry.store.accounts import Account

router = APIRouter()
Issuing = Annotated[Mandate, Depends(Allow(Action.DEVICE_ISSUE_ACCOUNT))]


@router.post(
    "/v1/push-accounts/{account}/certificates",
    summary="绑定客户端证书 · Let a TLS certificate stand for an account",
    status_code=201,
)
async def bind_client_certificate(
    account: str, order: ClientCertificateOrder, db: Db, mandate: Issuing
) -> ClientCertificateView:
    """Who holds the key of this certificate is the account, without a password (NJ 8). Others stay bound beside it."""
    async with change(db, mandate) as tx:
        known, device, permit = await _locked(tx, account)
        certificate = read_certificate(order.certificate)
        if certificate is None:
            raise Refusal(Kind.INVALID, "DEV_CERTIFICATE_UNREADABLE", article=NJ_8)
        fact = law.bind_certificate(
            device,
            account=known.name,
            is_revoked=known.revoked_at is not None,
            sha256=certificate.sha256,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            at=tx.now,
        )
        await accounts.save(tx, permit, known, fact)
        return tx.answer(ClientCertificateView.model_validate(vars(fact)))


@router.post(
    "/v1/push-accounts/{account}/certificate-releases",
    summary="解除客户端证书 · Let a TLS certificate stand for an account no more",
    status_code=201,
)
async def release_client_certificate(
    account: str, order: ClientCertificateReleaseOrder, db: Db, mandate: Issuing
) -> ClientCertificateView:
    """The certificate is the account no more, within a minute."""
    async with change(db, mandate) as tx:
        known, device, permit = await _locked(tx, account)
        bound = [c for c in await accounts.list_certificates(tx, order.sha256) if c.account == known.name]
        if not bound:
            raise not_found("such certificate")
        fact = law.release_certificate(device, account=known.name, sha256=order.sha256)
        await accounts.save(tx, permit, known, fact)
        return tx.answer(ClientCertificateView.model_validate(vars(bound[0])))


@router.get("/v1/client-certificates/{sha256}", summary="按证书查询账号 · Whose a TLS certificate is")
async def read_client_certificate(
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_ACCOUNT))],
) -> ClientCertificatesView:
    """The accounts that this certificate is, the newest first. Evidence alone may ask."""
    async with view(db, mandate) as v:
        bound = await accounts.list_certificates(v, sha256)
    return ClientCertificatesView(items=[ClientCertificateView.model_validate(vars(c)) for c in bound])


async def _locked(tx: Tx, account: str) -> tuple[Account, Device, Permit]:
    """The account and its own device, which is held: the changes of one account come one after the other."""
    device = await devices.lock(tx, (await accounts.get(tx, account)).device_id)
    return await accounts.get(tx, account), device, tx.permit(devices.resource(device))
