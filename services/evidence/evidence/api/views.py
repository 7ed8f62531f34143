"""The views of a capture and of its erasure that callers get."""

from __future__ import annotations

from common.values.calendar import Deadline
from common.values.facts import plain
from common.values.masking import masked_plate
from evidence.contract import (
    CaptureView,
    ErasureView,
    InvalidationView,
    MeasuredView,
    MeasurementView,
    MediaView,
    PassageView,
    ReviewView,
    SignedView,
)
from evidence.domain.erasure import NOTICE
from evidence.domain.lifecycle import Capture, Review
from evidence.domain.measurement import Measurement
from evidence.domain.review import review_due
from evidence.runtime import EvidenceRuntime
from evidence.store.captures import FAILED, LATE_REASON

_SAME = CaptureView.model_fields.keys() & Capture.__dataclass_fields__.keys() - {
    "reviews",
    "erasure",
    "passage",
    "measured",
    "measurements",
    "signed",
    "invalidations",
}
"""The fields of the view that are the capture's own."""


def due_of(capture: Capture, runtime: EvidenceRuntime) -> Deadline:
    """The end of this capture's review period."""
    days = runtime.profile.limits.review_wd
    return review_due(capture.captured_at, review_wd=days, calendar=runtime.calendar)


def view_of(capture: Capture, runtime: EvidenceRuntime, *, unmasked: bool = False) -> CaptureView:
    """The view of a capture; the plate as anyone may see it unless `unmasked`."""
    subject = capture.subject
    plate = subject.plate if subject else None
    officers = (capture.proposed_by, capture.confirmed_by)
    return CaptureView.model_validate(
        {name: getattr(capture, name) for name in _SAME}
        | {
            "plate": plate if unmasked else masked_plate(plate),
            "plate_color": subject.plate_color if subject else None,
            "plate_class": subject.plate_class if subject else None,
            "plate_written": subject.plate_written if subject and unmasked else None,
            "unmasked": unmasked,
            "passage": PassageView.model_validate(vars(capture.passage)),
            "measured": _measured(capture),
            "measurements": [_measurement(each) for each in capture.measurements],
            "late_reason": capture.reasons.get(LATE_REASON) or None,
            "failed_attributes": {
                attribute: capture.reasons[name]
                for attribute, name in FAILED.items()
                if name in capture.reasons
            },
            "signing_level": capture.signing_level,
            "signed": SignedView.model_validate(vars(capture.signed)) if capture.signed else None,
            "reviewers": [officer for officer in officers if officer],
            "review_due_on": due_of(capture, runtime).due_on,
            "backed_up": capture.backed_up_at is not None,
            "media": [
                MediaView.model_validate({"n": n, **vars(picture)})
                for n, picture in enumerate(capture.pictures, 1)
            ],
            "reviews": [_review(review) for review in capture.reviews],
            "erasure": view_of_erasure(capture) if capture.erasure else None,
            "invalidations": [
                InvalidationView.model_validate(vars(found) | {"codes": list(found.codes)})
                for found in capture.invalidations
            ],
        }
    )


def _measured(capture: Capture) -> MeasuredView | None:
    measured = capture.measured
    if measured is None:
        return None
    return MeasuredView(quantity=measured.quantity, value=str(measured.value), unit=measured.unit)


def _measurement(measurement: Measurement) -> MeasurementView:
    return MeasurementView.model_validate(plain(measurement) | {"exceeds": measurement.exceeds})


def _review(review: Review) -> ReviewView:
    return ReviewView.model_validate(vars(review))


def view_of_erasure(capture: Capture) -> ErasureView:
    """The erasure of a capture as it stands: proposed, or done."""
    erasure = capture.erasure
    assert erasure is not None  # the callers have just saved one, or looked
    notice = NOTICE if erasure.approved_at else None
    return ErasureView.model_validate({"evidence_id": capture.id, **vars(erasure), "notice": notice})
