"""A new account in the place of an old one, which speaks on for the overlap (NJ 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from common.door.uow import Tx
from common.values.errors import STATUS, Refusal
from common.values.ids import DeviceId
from common.values.profile import Profile
from common.web.telemetry import language
from device_registry.contract.accounts import PushAccountRotated, RotationFault, RotationOutcome
from device_registry.credentials.making import fresh, ha1_of, issued_view
from device_registry.domain.accounts import (
    is_reachable,
    issue_account,
    list_device,
    require_current,
    rotate_account,
)
from device_registry.store import accounts, devices
from device_registry.store.accounts import AccountSecret

_CREATED: Final = 201


async def rotate_all(
    tx: Tx, names: Sequence[str], *, overlap_d: int, profile: Profile
) -> list[RotationOutcome]:
    """Rotate each account by itself; one that cannot be rotated stops no other. In the order of `names`."""
    outcomes = {}
    # In the order of the names, so that two such orders never wait for each other in a circle.
    for name in sorted(set(names)):
        try:
            rotated = await rotate(tx, name, overlap_d=overlap_d, profile=profile)
        except Refusal as refusal:
            fault = RotationFault(code=refusal.code, detail=refusal.said(language()))
            status = STATUS[refusal.kind]
            outcomes[name] = RotationOutcome(account=name, status=status, result=None, fault=fault)
        else:
            outcomes[name] = RotationOutcome(account=name, status=_CREATED, result=rotated, fault=None)
    return [outcomes[name] for name in dict.fromkeys(names)]


async def rotate(tx: Tx, name: str, *, overlap_d: int, profile: Profile) -> PushAccountRotated:
    """A new account with the settings of the old one, and its list but for devices that are out of use.

    Refuses before it writes anything. A device that comes back into use is put on the list again by a person.
    """
    known = await accounts.get(tx, name)
    listed = sorted({known.device_id, *(each.id for each in await accounts.list_devices(tx, known))})
    held = {device_id: await devices.lock(tx, device_id) for device_id in listed}
    permits = {device_id: tx.permit(devices.resource(device)) for device_id, device in held.items()}
    # Read again: the devices are held now, so of two rotations the second sees the first.
    known, own = await accounts.get(tx, name), held[known.device_id]
    require_current(
        name,
        is_revoked=known.revoked_at is not None,
        rotated_to=known.rotated_to,
        ends_at=known.valid_until,
        at=tx.now,
    )
    to, password = fresh()
    ended = rotate_account(
        own,
        account=name,
        to=to,
        ends_at=known.valid_until,
        overlap_d=overlap_d,
        profile=profile,
        at=tx.now,
    )
    others = [device for device in held.values() if device.id != own.id and is_reachable(device)]
    issued = issue_account(
        own,
        account=to,
        realm=known.realm,
        host_code=known.host_code,
        sessions=known.sessions,
        digest=known.digest,
        media_hosts=known.media_hosts,
        valid_from=tx.now,
        valid_until=None,
        profile=profile,
        further=others,
    )
    further = [list_device(device, account=to, host_code=known.host_code) for device in others]
    made = await accounts.add(tx, permits[own.id], issued, texts=AccountSecret(ha1_of(to, password)))
    for fact in further:
        await accounts.save(tx, permits[DeviceId(fact.owner)], made, fact)
    old = await accounts.save(tx, permits[own.id], known, ended)
    return PushAccountRotated(
        rotated=name, rotated_until=old.valid_until, issued=issued_view(made, own, password)
    )


def unsaid(rotated: PushAccountRotated) -> PushAccountRotated:
    """The answer to a repeat: without the password, because a stored answer would be a stored password (Inv. 6)."""
    return rotated.model_copy(update={"issued": rotated.issued.model_copy(update={"password": None})})


def unsaid_outcome(outcome: RotationOutcome) -> RotationOutcome:
    """The same outcome without its password."""
    return outcome.model_copy(update={"result": unsaid(outcome.result)}) if outcome.result else outcome
