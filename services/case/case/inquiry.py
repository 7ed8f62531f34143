"""What other services say of a case's captures and devices, asked before a change is opened."""

from __future__ import annotations

from dataclasses import replace

from case.documents.drafts import Device
from case.domain.procedure import Case, Exhibit
from case.domain.vouching import require_vouched
from case.runtime import CaseRuntime
from case.store import Dossier
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import DeviceId, EvidenceId, OfficerId
from common.values.law import APL_41
from device_registry.contract import Capability, DeviceRegistry
from evidence.contract import CaptureView, Evidence

_USABLE = frozenset({"ACCEPTED", "FROZEN"})


async def ask_again(runtime: CaseRuntime, case: Case) -> tuple[Exhibit, ...]:
    """The captures of `case` as evidence and the registry know them now."""
    asked = []
    for exhibit in case.exhibits:
        capture = await Evidence(runtime.peers).capture(exhibit.evidence_id)
        standing = await standing_of(runtime, capture)
        lawful = standing.allows(case.violation_code)
        backed_up = exhibit.backed_up or capture.backed_up
        asked.append(replace(exhibit_of(capture, device_lawful=lawful), backed_up=backed_up))
    return tuple(asked)


async def require_vouched_ledger(runtime: CaseRuntime) -> None:
    """Raises Refusal LEDGER_NOT_WITNESSED if a notice or decision would rest on a ledger that nobody vouches for."""
    grace_s = runtime.profile.ledger.witness_grace_s
    if grace_s is None:
        return
    try:
        age_s = (await Evidence(runtime.peers).standing()).age_s
    except Refusal:
        age_s = None  # a ledger that cannot be asked is one that nobody vouches for
    require_vouched(age_s, grace_s=grace_s)


async def standing_of(runtime: CaseRuntime, capture: CaptureView) -> Capability:
    """What the registry says, as known today, of the device at the second of capture (APL 41)."""
    registry = DeviceRegistry(runtime.peers)
    return (await registry.capability(DeviceId(capture.device_id), capture.captured_at)).capability


def exhibit_of(capture: CaptureView, *, device_lawful: bool) -> Exhibit:
    """A capture as the case knows it."""
    return Exhibit(
        EvidenceId(capture.id),
        DeviceId(capture.device_id),
        capture.captured_at,
        tuple(OfficerId(officer) for officer in capture.reviewers),
        accepted=capture.state in _USABLE and not capture.is_erased,
        device_lawful=device_lawful,
        backed_up=capture.backed_up,
        media=tuple(medium.sha256 for medium in capture.media),
    )


async def published_devices(runtime: CaseRuntime, dossier: Dossier) -> tuple[Device, ...]:
    """The devices of the case, each with the day on which its location was published (APL 41(1)).

    The decision tells the party what anyone can look up, so each device is read from the public list.
    """
    registry = DeviceRegistry(runtime.peers)
    rows = {row["device_code"]: row for row in dossier.exhibits}
    devices, missing = [], []
    for code, row in sorted(rows.items()):
        try:
            public = await registry.published(DeviceId(row["device_id"]))
        except Refusal as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            missing.append(code)
            continue
        if public.published_at is not None:
            devices.append(Device(code, row["place"], legal_day(public.published_at)))
    if missing:
        raise Refusal(
            Kind.CONFLICT, "CASE_DEVICE_INVALID", {"missing": missing}, wording="unpublished", article=APL_41
        )
    return tuple(devices)
