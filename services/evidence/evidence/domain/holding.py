"""Captures of a device that is held, because its figures are out of line (NJ 13; PJ 2.5).

    anomaly.opened (held) ──▶ nothing of the device is checked or accepted ──anomaly.decided──▶ the review goes on

What it recorded before it was suspended waits: a person looks at the place first. What it recorded while it was
suspended is checked after the decision, and fails like every capture of a device that is out of use.
"""

from __future__ import annotations

from common.values.errors import Kind, Refusal
from common.values.law import PJ_2_5
from evidence.domain.review import UnderReview


def require_free(capture: UnderReview, *, is_held: bool) -> None:
    """Refuse to accept a capture of a device that is held. To reject one stays possible: it harms nobody."""
    if is_held:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_DEVICE_HELD",
            {"capture": capture.id, "device": capture.device_id},
            article=PJ_2_5,
        )
