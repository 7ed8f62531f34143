"""The child rows of a device: one fact adds one paper, and a fact that moves the device adds one period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, assert_never

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import DeviceId
from device_registry.domain.application import (
    DeviceApproved,
    DeviceLegallyReviewed,
    DeviceRejected,
    DeviceSubmitted,
    DeviceTechnicallyReviewed,
    ReviewKind,
)
from device_registry.domain.changes import DeviceChangeRefused, DeviceMateriallyChanged
from device_registry.domain.device import State
from device_registry.domain.facts import DeviceFact
from device_registry.domain.lifecycle import (
    DeviceActivated,
    DeviceInstalled,
    DevicePublished,
    DeviceResumed,
    DeviceSuspended,
    DeviceTrialStarted,
    SuspensionReason,
)
from device_registry.domain.operators import DeviceOperatorNamed
from device_registry.domain.papers import (
    DeviceAcceptanceTested,
    DeviceConformityRecorded,
    DeviceSignageRecorded,
    DeviceVerificationRecorded,
)
from device_registry.domain.retirement import DeviceRetired, DeviceRetirementProposed
from device_registry.domain.sharing import DeviceSharingEnded
from device_registry.domain.stopping import (
    DeviceDescribed,
    DeviceRectificationBegun,
    DeviceRectified,
    DeviceStopped,
)
from device_registry.domain.watched import WatchedFact
from device_registry.store import (
    changes,
    rectifications,
    retirements,
    tables,
    tables_changes,
    tables_cleanup,
    watched,
)
from device_registry.store.texts import (
    ApplicationTexts,
    ChangeText,
    InstallationText,
    PaperText,
    PeriodNote,
    PublicationTexts,
    RectificationText,
    Replacement,
    RetirementTexts,
    ReviewText,
    SignText,
    Texts,
)

T = TypeVar("T")


async def add_paper(tx: Tx, device_id: DeviceId, fact: DeviceFact, texts: Texts | None) -> None:
    """Insert the paper that `fact`, already recorded, brings; `texts` are those that its row needs."""
    if isinstance(fact, WatchedFact):
        await watched.write(tx, device_id, fact, texts.note if isinstance(texts, PeriodNote) else "")
        return
    of_round = {"device_id": device_id, "round": await _round(tx, device_id)}
    match fact:
        case DeviceSubmitted():
            reasons = _texts(ApplicationTexts, texts, fact)
            row = {
                "necessity": reasons.necessity,
                "alternatives": reasons.alternatives,
                "siting": reasons.siting,
                "sharing": reasons.sharing,
                "nearby": list(fact.nearby),
                "sketch": fact.sketch_sha256,
                "windows": [list(polygon) for polygon in reasons.view.windows],
                "masks": [list(polygon) for polygon in reasons.view.masks],
                "submitted_at": tx.now,
            }
            await tx.add(fact, tables.applications, of_round | row)
        case DeviceLegallyReviewed() | DeviceTechnicallyReviewed():
            await tx.add(fact, tables.reviews, of_round | _review(tx, fact, texts))
        case DeviceApproved():
            row = {"approver": tx.mandate.actor.sub, "approved_at": tx.now}
            await tx.add(fact, tables.approvals, of_round | row)
        case DeviceInstalled():
            row = {
                "longitude": Decimal(fact.longitude),
                "latitude": Decimal(fact.latitude),
                "view_sha256": fact.view_sha256,
                "sign_sha256": fact.sign_sha256,
                "installer": _texts(InstallationText, texts, fact).installer,
                "installed_at": tx.now,
            }
            await tx.add(fact, tables.installations, of_round | row)
        case DeviceAcceptanceTested():
            row = {"captures": fact.captures, "correct": fact.correct, "tested_on": fact.tested_on}
            await _add_numbered(tx, fact, tables.tests, device_id, row)
        case DeviceConformityRecorded():
            row = {
                "standard": fact.standard,
                "report_no": fact.report_no,
                "issuer": _texts(PaperText, texts, fact).issuer,
                "result": fact.result,
                "from_on": fact.from_on,
                "until_on": fact.until_on,
            }
            await _add_numbered(tx, fact, tables.conformities, device_id, row)
        case DeviceVerificationRecorded():
            row = {
                "kind": fact.kind,
                "certificate_no": fact.certificate_no,
                "issuer": _texts(PaperText, texts, fact).issuer,
                "result": fact.result,
                "functions": list(fact.functions),
                "verified_on": fact.verified_on,
                "valid_until": fact.valid_until,
            }
            await _add_numbered(tx, fact, tables.certificates, device_id, row)
        case DeviceSignageRecorded():
            words = _texts(SignText, texts, fact)
            row = {
                "kind": fact.kind,
                "photo_sha256": fact.photo_sha256,
                "position": words.position,
                "text": words.text,
                "from_on": fact.from_on,
                "until_on": fact.until_on,
            }
            await _add_numbered(tx, fact, tables.signs, device_id, row)
        case DevicePublished():
            where = _texts(PublicationTexts, texts, fact)
            row = {
                "url": where.url,
                "channel": where.channel,
                "complaint_phone": where.complaint_phone,
                "published_at": fact.published_at,
                "lead_ends_at": fact.lead_ends_at,
                "watched": list(fact.watched),
            }
            await _add_numbered(tx, fact, tables.publications, device_id, row)
        case DeviceRectificationBegun():
            n = await _next_number(tx, tables_cleanup.rectifications, device_id)
            plan = _texts(Replacement, texts, fact).plan
            await rectifications.begin(tx, device_id, fact, n=n, plan=plan)
        case DeviceRectified():
            n = await _next_number(tx, tables_cleanup.rectifications, device_id) - 1
            evidence = _texts(RectificationText, texts, fact).evidence
            await rectifications.close(tx, device_id, fact, n=n, evidence=evidence)
        case DeviceMateriallyChanged():
            change = _texts(ChangeText, texts, fact)
            row = changes.row_of(fact, change.former, change.reason)
            await _add_numbered(tx, fact, tables_changes.changes, device_id, row)
        case DeviceChangeRefused():
            await changes.refuse(tx, device_id, fact)
        case DeviceRetirementProposed():
            await retirements.propose(tx, device_id, fact, _texts(RetirementTexts, texts, fact))
        case DeviceRetired():
            await retirements.approve(tx, device_id, fact)
        case (
            DeviceRejected() | DeviceTrialStarted() | DeviceActivated() | DeviceSuspended() | DeviceResumed()
        ):
            pass  # these add a period and no paper
        case DeviceOperatorNamed() | DeviceSharingEnded():
            pass  # the device itself names its operator and its source
        case DeviceStopped() | DeviceDescribed():
            pass  # the words of a stop are those of its finding
        case _:
            assert_never(fact)


async def add_period(
    tx: Tx, device_id: DeviceId, fact: DeviceFact, state: State, *, begins: datetime, texts: Texts | None
) -> None:
    """Insert the period of `state` that `fact`, already recorded, begins."""
    row = first_period(device_id, state, tx.now) | {
        "n": await _next_number(tx, tables.periods, device_id),
        "effective_from": begins,
        "note": texts.note if isinstance(texts, PeriodNote) else "",
    }
    if isinstance(fact, DeviceSuspended):
        row |= {"reason": fact.reason, "by_agency": fact.by_agency}
    if isinstance(fact, DeviceChangeRefused):
        row |= {"reason": SuspensionReason.CHANGE_REFUSED}
    await tx.add(fact, tables.periods, row)


def first_period(device_id: DeviceId, state: State, at: datetime) -> dict[str, Any]:
    """The row of the first period of a device that is new at `at`."""
    return {
        "device_id": device_id,
        "n": 1,
        "state": state,
        "effective_from": at,
        "recorded_at": at,
        "reason": None,
        "note": "",
        "by_agency": None,
    }


def _texts(kind: type[T], texts: Texts | None, fact: DeviceFact) -> T:
    if not isinstance(texts, kind):
        raise TypeError(f"couldn't write the row of {fact.type}: it needs {kind.__name__}")
    return texts


def _review(
    tx: Tx, fact: DeviceLegallyReviewed | DeviceTechnicallyReviewed, texts: Texts | None
) -> dict[str, Any]:
    words = _texts(ReviewText, texts, fact)
    return {
        "kind": ReviewKind.LEGAL if isinstance(fact, DeviceLegallyReviewed) else ReviewKind.TECHNICAL,
        "result": fact.result,
        "reviewer": tx.mandate.actor.sub,
        "reviewed_at": tx.now,
        "failed_items": list(fact.failed_items),
        "items_na": list(fact.items_na),
        "notes": dict(words.notes),
        "opinion": words.opinion,
        "mask_sample": fact.mask_sample_sha256 if isinstance(fact, DeviceLegallyReviewed) else None,
    }


async def _add_numbered(
    tx: Tx, fact: DeviceFact, table: sa.Table, device_id: DeviceId, values: Mapping[str, Any]
) -> None:
    n = await _next_number(tx, table, device_id)
    await tx.add(fact, table, {"device_id": device_id, "n": n, "recorded_at": tx.now, **values})


async def _round(tx: Tx, device_id: DeviceId) -> int:
    """How often the device was handed in for review until now."""
    table = tables.periods
    query = sa.select(sa.func.count()).where(
        table.c.device_id == device_id, table.c.state == State.UNDER_REVIEW
    )
    return int(await tx.conn.scalar(query) or 0)


async def _next_number(tx: Tx, table: sa.Table, device_id: DeviceId) -> int:
    """The next number of a paper of the device, which must be locked."""
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0) + 1).where(table.c.device_id == device_id)
    return int(await tx.conn.scalar(query) or 1)
