"""A device may be reviewed more than once: a stopped one that was rectified takes the whole path again (D-T17).

A round that ended with a refused change counts for nothing: what was reviewed before stands (D-T19).
"""

from __future__ import annotations

from datetime import UTC, datetime

from device_registry.domain.device import Dossier, State


def round_began(dossier: Dossier, at: datetime) -> datetime:
    """When the review that counts at `at` began: a device that is reviewed anew shows nothing of an earlier review."""
    refused = {former.until for former in dossier.former if former.refused_at and former.refused_at <= at}
    begun = [
        p.recorded_at
        for p in dossier.periods
        if p.state is State.UNDER_REVIEW and p.recorded_at <= at and p.recorded_at not in refused
    ]
    return max(begun, default=datetime.min.replace(tzinfo=UTC))
