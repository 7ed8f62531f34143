"""New captures are checked against what the registry says of their device (Inv. 4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from common.door.uow import change, view
from common.policy import Action, Mandate, authorize
from common.values.calendar import legal_day
from common.values.ids import EvidenceId
from common.values.rulesets import RuleSet
from device_registry.contract import DeviceRegistry, MeasurementView
from evidence.domain.capture import State
from evidence.domain.checks import Standing, check
from evidence.domain.lifecycle import Capture
from evidence.domain.likeness import near_duplicate
from evidence.domain.measurement import PermissibleError, Quantity, Requirement
from evidence.runtime import SELF, EvidenceRuntime
from evidence.store import captures, likeness
from evidence.store.captures import Unchecked

log = logging.getLogger(__name__)

CHECKED_AT_ONCE: Final = 16
"""So many captures share the round trips of one change. Until it commits, their rows are held."""


async def check_captures(runtime: EvidenceRuntime) -> None:
    """Ask the registry about the device of every new capture, and check the capture (Inv. 4)."""
    mandate, last, fault = authorize(SELF, Action.CAPTURE_CHECK), "", None
    while waiting := await _unchecked(runtime, mandate, after=last):
        # One that cannot be checked stops no other; it is tried again by the next run.
        fault = await _check_all(runtime, mandate, waiting) or fault
        last = waiting[-1].id
    if fault is not None:
        raise fault


async def _unchecked(runtime: EvidenceRuntime, mandate: Mandate, *, after: str) -> list[Unchecked]:
    async with view(runtime.db, mandate) as v:
        return await captures.list_unchecked(v, after=after, limit=CHECKED_AT_ONCE)


async def _check_all(
    runtime: EvidenceRuntime, mandate: Mandate, waiting: Sequence[Unchecked]
) -> BaseException | None:
    """Check these captures in one change; where that fails, each in a change of its own. The last fault, or None."""
    # Asked before the change: a slow registry must not hold the rows.
    asked = await asyncio.gather(*(_standing(runtime, seen) for seen in waiting), return_exceptions=True)
    answers = list(zip([seen.id for seen in waiting], asked, strict=True))
    standings = {id: answer for id, answer in answers if not isinstance(answer, BaseException)}
    faults = [_noted(id, answer) for id, answer in answers if isinstance(answer, BaseException)]
    (outcome,) = await asyncio.gather(_check(runtime, mandate, standings), return_exceptions=True)
    if isinstance(outcome, BaseException):
        log.warning("couldn't check %d captures in one change: %s", len(standings), type(outcome).__name__)
        for id, standing in standings.items():
            (outcome,) = await asyncio.gather(
                _check(runtime, mandate, {id: standing}), return_exceptions=True
            )
            faults += [_noted(id, outcome)] if isinstance(outcome, BaseException) else []
    return faults[-1] if faults else None


def _noted(id: EvidenceId, fault: BaseException) -> BaseException:
    log.error("couldn't check %s: %s", id, type(fault).__name__)
    return fault


async def _check(
    runtime: EvidenceRuntime, mandate: Mandate, standings: Mapping[EvidenceId, Standing]
) -> None:
    near = timedelta(seconds=runtime.profile.evidence.near_duplicate_s)
    async with change(runtime.db, mandate) as tx:
        for capture in await captures.lock_free(tx, list(standings)):
            if capture.state is not State.INGESTED:
                continue
            standing = standings[capture.id]
            permit = tx.permit(captures.resource(capture))
            rules = _rules(runtime, capture, standing)
            earlier = await likeness.list_looks_before(tx, capture, within=near)
            fact = check(
                capture.checked,
                standing,
                media=rules.media if rules else None,
                ruleset=rules.id if rules else None,
                measured=rules is not None and rules.measured,
                near_duplicate_of=near_duplicate(likeness.look_of(capture), earlier),
            )
            await captures.save(tx, permit, capture, fact)


async def _standing(runtime: EvidenceRuntime, capture: Unchecked) -> Standing:
    # A camera whose clock runs ahead claims a future that the registry does not answer for; such a capture
    # fails for its clock whatever the answer is.
    at = min(capture.captured_at, capture.received_at)
    signed = await DeviceRegistry(runtime.peers).capability(capture.device_id, at)
    sha256 = await runtime.blobs.put(signed.note_bytes)
    stated = signed.capability
    lawful_codes = tuple(function.code for function in stated.functions if function.lawful)
    requirements = tuple(
        _requirement(function.code, function.measures) for function in stated.functions if function.measures
    )
    return Standing(stated.lawful, tuple(stated.codes), sha256, lawful_codes, requirements)


def _requirement(code: str, measures: MeasurementView) -> Requirement:
    stated = measures.permissible_error
    figures = (stated.amount, stated.percent, stated.percent_from)
    error = PermissibleError(*(None if figure is None else Decimal(figure) for figure in figures))
    return Requirement(code, Quantity(measures.quantity), measures.unit, Decimal(measures.limit), error)


def _rules(runtime: EvidenceRuntime, capture: Capture, standing: Standing) -> RuleSet | None:
    """The rule set of that day for the violation that the device named, or else for the only one it may record."""
    only = standing.violation_codes[0] if len(standing.violation_codes) == 1 else None
    code = capture.violation_code or only
    return runtime.profile.find_ruleset(code, on=legal_day(capture.captured_at)) if code else None
