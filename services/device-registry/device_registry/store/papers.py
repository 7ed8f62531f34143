"""What proves a device: papers are added, never changed."""

from __future__ import annotations

from decimal import Decimal

from common.door.uow import Tx
from common.policy import Permit
from device_registry.domain.application import DeviceApproved, DeviceSubmitted
from device_registry.domain.device import Device
from device_registry.domain.lifecycle import DeviceInstalled, DevicePublished
from device_registry.domain.papers import (
    DeviceAcceptanceTested,
    DeviceConformityRecorded,
    DeviceSignageRecorded,
    DeviceVerificationRecorded,
)
from device_registry.store import tables
from device_registry.store.devices import add_numbered


async def add_application(
    tx: Tx, device: Device, fact: DeviceSubmitted, *, necessity: str, alternatives: str, siting: str
) -> None:
    row = {
        "device_id": device.id,
        "necessity": necessity,
        "alternatives": alternatives,
        "siting": siting,
        "plan": fact.plan,
        "submitted_at": tx.now,
    }
    await tx.add(fact, tables.applications, row)


async def add_approval(tx: Tx, device: Device, fact: DeviceApproved) -> None:
    row = {"device_id": device.id, "approver": tx.mandate.actor.sub, "approved_at": tx.now}
    await tx.add(fact, tables.approvals, row)


async def add_installation(tx: Tx, device: Device, fact: DeviceInstalled, *, installer: str) -> None:
    row = {
        "device_id": device.id,
        "longitude": Decimal(fact.longitude),
        "latitude": Decimal(fact.latitude),
        "view_sha256": fact.view_sha256,
        "installer": installer,
        "installed_at": tx.now,
    }
    await tx.add(fact, tables.installations, row)


async def add_publication(
    tx: Tx, device: Device, fact: DevicePublished, *, url: str, channel: str, complaint_phone: str
) -> None:
    row = {
        "url": url,
        "channel": channel,
        "complaint_phone": complaint_phone,
        "published_at": fact.published_at,
        "lead_ends_at": fact.lead_ends_at,
    }
    await add_numbered(tx, fact, tables.publications, device.id, row)


async def add_acceptance_test(tx: Tx, permit: Permit, device: Device, fact: DeviceAcceptanceTested) -> None:
    tx.record(permit, fact)
    row = {"captures": fact.captures, "correct": fact.correct, "tested_on": fact.tested_on}
    await add_numbered(tx, fact, tables.tests, device.id, row)


async def add_conformity(
    tx: Tx, permit: Permit, device: Device, fact: DeviceConformityRecorded, *, issuer: str
) -> None:
    tx.record(permit, fact)
    row = {
        "standard": fact.standard,
        "report_no": fact.report_no,
        "issuer": issuer,
        "result": fact.result,
        "from_on": fact.from_on,
        "until_on": fact.until_on,
    }
    await add_numbered(tx, fact, tables.conformities, device.id, row)


async def add_certificate(
    tx: Tx, permit: Permit, device: Device, fact: DeviceVerificationRecorded, *, issuer: str
) -> None:
    tx.record(permit, fact)
    row = {
        "kind": fact.kind,
        "certificate_no": fact.certificate_no,
        "issuer": issuer,
        "result": fact.result,
        "functions": list(fact.functions),
        "verified_on": fact.verified_on,
        "valid_until": fact.valid_until,
    }
    await add_numbered(tx, fact, tables.certificates, device.id, row)


async def add_sign(tx: Tx, permit: Permit, device: Device, fact: DeviceSignageRecorded, *, text: str) -> None:
    tx.record(permit, fact)
    row = {
        "photo_sha256": fact.photo_sha256,
        "text": text,
        "from_on": fact.from_on,
        "until_on": fact.until_on,
    }
    await add_numbered(tx, fact, tables.signs, device.id, row)
