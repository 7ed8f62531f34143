"""Asking other services about the captures and devices of a case, before a change is opened."""

from __future__ import annotations

from dataclasses import replace

from case.domain.procedure import Case, Exhibit
from case.domain.vouching import require_vouched
from case.runtime import CaseRuntime
from common.values.errors import Refusal
from common.values.ids import DeviceId, EvidenceId, OfficerId
from device_registry.contract import Capability, DeviceRegistry
from evidence.contract import CaptureView, Evidence

_USABLE = frozenset({"ACCEPTED", "FROZEN"})


async def ask_again(runtime: CaseRuntime, case: Case) -> tuple[Exhibit, ...]:
    """The captures of `case` as evidence and the registry know them now."""
    exhibits = []
    for exhibit in case.exhibits:
        capture = await Evidence(runtime.peers).capture(exhibit.evidence_id)
        standing = await standing_of(runtime, capture)
        lawful = standing.allows(case.violation_code)
        backed_up = exhibit.backed_up or capture.backed_up
        exhibits.append(replace(exhibit_of(capture, device_lawful=lawful), backed_up=backed_up))
    return tuple(exhibits)


async def require_vouched_ledger(runtime: CaseRuntime) -> None:
    """Raises Refusal LEDGER_NOT_WITNESSED if a notice or decision would rest on a ledger that nobody vouches for."""
    grace_s = runtime.profile.ledger.witness_grace_s
    if grace_s is None:
        return
    try:
        age_s = (await Evidence(runtime.peers).standing()).age_s
    except Refusal:
        age_s = None  # if the ledger cannot be asked, nobody vouches for it
    require_vouched(age_s, grace_s=grace_s)


async def standing_of(runtime: CaseRuntime, capture: CaptureView) -> Capability:
    """The standing of the device at the second of capture, as the registry knows it today (APL 41)."""
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
