"""The papers that prove a device."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.api.views import device_view
from device_registry.contract import (
    AcceptanceTestOrder,
    ConformityOrder,
    DeviceView,
    SignageOrder,
    VerificationOrder,
)
from device_registry.domain import papers as law
from device_registry.domain.device import PaperKind, Result, SignKind
from device_registry.runtime import Run
from device_registry.store import devices, dossiers
from device_registry.store.texts import PaperText, SignText
from device_registry.watching.correcting import saved

router = APIRouter()

Document = Annotated[Mandate, Depends(Allow(Action.DEVICE_DOCUMENT))]


@router.post(
    "/v1/devices/{device_id}/acceptance-test", summary="验收 · Record the acceptance test", status_code=201
)
async def test_device(
    device_id: DeviceId,
    order: AcceptanceTestOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_TEST_ACCEPTANCE))],
) -> DeviceView:
    """The trial's outcome as counts (D-T9)."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = law.record_acceptance_test(
            device,
            captures=order.captures,
            correct=order.correct,
            tested_on=order.tested_on,
            by=mandate.actor.sub,
            at=tx.now,
        )
        device = await devices.save(tx, permit, device, fact)
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/standard-conformities",
    summary="标准符合性 · Record conformity with a standard",
    status_code=201,
)
async def record_conformity(
    device_id: DeviceId, order: ConformityOrder, db: Db, runtime: Run, mandate: Document
) -> DeviceView:
    """A test report against a national or industry standard (NJ 8)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = law.record_conformity(
            dossier.device,
            standard=order.standard,
            report_no=order.report_no,
            result=Result(order.result),
            from_on=order.from_on,
            until_on=order.until_on,
            at=tx.now,
        )
        texts = PaperText(order.issuer)
        after = await saved(tx, permit, dossier, fact, texts=texts, profile=runtime.profile)
        return tx.answer(device_view(after.device))


@router.post(
    "/v1/devices/{device_id}/verifications", summary="计量检定 · Record a verification", status_code=201
)
async def record_verification(
    device_id: DeviceId, order: VerificationOrder, db: Db, runtime: Run, mandate: Document
) -> DeviceView:
    """检定证书 (Metrology 9), recorded as it stands, also one that says FAIL."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = law.record_verification(
            dossier.device,
            kind=PaperKind(order.kind),
            certificate_no=order.certificate_no,
            result=Result(order.result),
            functions=tuple(order.functions),
            verified_on=order.verified_on,
            valid_until=order.valid_until,
            at=tx.now,
        )
        texts = PaperText(order.issuer)
        after = await saved(tx, permit, dossier, fact, texts=texts, profile=runtime.profile)
        return tx.answer(device_view(after.device))


@router.post(
    "/v1/devices/{device_id}/signage", summary="标志牌 · Record the sign at the place", status_code=201
)
async def record_signage(
    device_id: DeviceId, order: SignageOrder, db: Db, runtime: Run, mandate: Document
) -> DeviceView:
    """标志标识 as its photograph shows it (NJ 10)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = law.record_signage(
            dossier.device,
            kind=SignKind(order.kind),
            photo_sha256=order.photo_sha256,
            from_on=order.from_on,
            until_on=order.until_on,
            at=tx.now,
        )
        texts = SignText(order.position, order.text)
        after = await saved(tx, permit, dossier, fact, texts=texts, profile=runtime.profile)
        return tx.answer(device_view(after.device))
