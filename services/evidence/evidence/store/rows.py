"""Rows of captures into dataclasses and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from common.door.rows import SALT
from common.door.secrets import Erased, Secrets
from common.values.facts import plain
from common.values.ids import AgencyId, CaseId, DeviceId, EvidenceId, OfficerId
from evidence.domain.capture import Claims, Flag, Passage, Picture, State, Subject, TimeSource, Transport
from evidence.domain.checks import Code
from evidence.domain.erasure import Erasure, Reason
from evidence.domain.invalidation import Invalidation
from evidence.domain.lifecycle import Act, Capture, Review
from evidence.domain.measurement import Measured, Measurement, Quantity
from evidence.domain.review import Attribute
from evidence.domain.signed import Level, Signed
from evidence.store.tables import captures

Row = sa.RowMapping

_SUBJECT = "captures.subject"

_OF_SIGNED = (
    "signed_kid", "signed_algorithm", "signed_level", "signed_seq", "signed_prev", "signed_sha256", "signed_past",
)  # fmt: skip
"""The columns of `Signed`, in the order of its attributes."""

_OF_PARTS = (
    "lane", "direction", "vehicle_class", "measured_quantity", "measured_value", "measured_unit", *_OF_SIGNED,
)  # fmt: skip
_PLAIN = tuple(
    str(column.name) for column in captures.columns if column.name not in ("subject", SALT, *_OF_PARTS)
)
"""The columns of a capture that carry the name of its attribute."""


def capture_of(
    row: Row,
    *,
    media: Sequence[Row],
    reviews: Sequence[Row],
    invalidations: Sequence[Row],
    erasure: Row | None,
    secrets: Secrets,
) -> Capture:
    """The capture of `row`, with its subject decrypted. Its parts are in order of their numbers."""
    id = EvidenceId(row["id"])
    approved = erasure is not None and erasure["approved_at"] is not None
    return Capture(
        id=id,
        agency_id=AgencyId(row["agency_id"]),
        device_id=DeviceId(row["device_id"]),
        device_code=row["device_code"],
        account=row["account"],
        object_id=row["object_id"],
        state=State(row["state"]),
        captured_at=row["captured_at"],
        captured_from=TimeSource(row["captured_from"]),
        received_at=row["received_at"],
        transport=Transport(row["transport"]),
        signed=_signed_of(row),
        missing_from=row["missing_from"],
        violation_code=row["violation_code"],
        subject=subject_of(row, id, secrets),
        passage=Passage(row["lane"], row["direction"], row["vehicle_class"]),
        measured=_measured_of(row),
        flags=tuple(map(Flag, row["flags"])),
        body_sha256=row["body_sha256"],
        content_key=row["content_key"],
        version_of=EvidenceId(row["version_of"]) if row["version_of"] else None,
        near_duplicate_of=EvidenceId(row["near_duplicate_of"]) if row["near_duplicate_of"] else None,
        pictures=tuple(map(_picture_of, media)),
        duplicate_count=row["duplicate_count"],
        lawful=row["lawful"],
        check_codes=tuple(map(Code, row["check_codes"])),
        device_failures=tuple(row["device_failures"]),
        violation_codes=tuple(row["violation_codes"]),
        capability_sha256=row["capability_sha256"],
        ruleset=row["ruleset"],
        measurements=tuple(map(_measurement_of, row["measurements"])),
        checked_at=row["checked_at"],
        quarantined_at=row["quarantined_at"],
        taken_by=_officer(row["taken_by"]),
        proposed_by=_officer(row["proposed_by"]),
        confirmed_by=_officer(row["confirmed_by"]),
        late_allowed=row["late_allowed"],
        accepted_at=row["accepted_at"],
        rejected_at=row["rejected_at"],
        rejection_codes=tuple(map(Code, row["rejection_codes"])),
        backed_up_at=row["backed_up_at"],
        copies=tuple(row["copies"]),
        case_id=CaseId(row["case_id"]) if row["case_id"] else None,
        frozen_at=row["frozen_at"],
        reviews=tuple(map(_review_of, reviews)),
        erasure=_erasure_of(erasure) if erasure else None,
        # After a restore of an older database the approval may be missing while the secret is destroyed.
        is_erased=approved or secrets.is_erased(id.stream),
        invalidations=tuple(map(_invalidation_of, invalidations)),
    )


def columns_of(capture: Capture) -> dict[str, Any]:
    """The row of `capture` but for its sealed subject."""
    values = {name: getattr(capture, name) for name in _PLAIN} | vars(capture.passage)
    measured = capture.measured
    values |= {
        "measured_quantity": measured.quantity if measured else None,
        "measured_value": measured.value if measured else None,
        "measured_unit": measured.unit if measured else None,
    }
    values["measurements"] = [plain(measurement) for measurement in capture.measurements]
    parts = vars(capture.signed).values() if capture.signed else (None,) * len(_OF_SIGNED)
    values |= dict(zip(_OF_SIGNED, parts, strict=True))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _measurement_of(row: Mapping[str, Any]) -> Measurement:
    value, error, deducted = (
        None if row[name] is None else Decimal(row[name]) for name in ("value", "error", "deducted")
    )
    limit = Decimal(row["limit"])
    return Measurement(
        row["violation_code"], Quantity(row["quantity"]), row["unit"], limit, value, error, deducted
    )


def _signed_of(row: Row) -> Signed | None:
    if row["signed_kid"] is None:
        return None
    return Signed(
        row["signed_kid"],
        row["signed_algorithm"],
        Level(row["signed_level"]),
        row["signed_seq"],
        row["signed_prev"],
        row["signed_sha256"],
        row["signed_past"],
    )


def _measured_of(row: Row) -> Measured | None:
    if row["measured_quantity"] is None:
        return None
    return Measured(Quantity(row["measured_quantity"]), row["measured_value"], row["measured_unit"])


async def seal_subject(secrets: Secrets, id: EvidenceId, subject: Subject) -> bytes:
    """`subject` as the row of the capture keeps it."""
    plain = orjson.dumps([subject.plate, subject.plate_color, subject.plate_class, subject.plate_written])
    return await secrets.sealed(id.stream, _SUBJECT, plain)


def subject_of(row: Row, id: EvidenceId, secrets: Secrets) -> Subject | None:
    """The subject in the row of the capture `id`; None once it was erased."""
    if row["subject"] is None:
        return None
    try:
        return Subject(*orjson.loads(secrets.open(id.stream, _SUBJECT, row["subject"])))
    except Erased:
        return None


def media_row(capture: Capture, n: int, picture: Picture) -> dict[str, Any]:
    """The row of the `n`th picture of `capture`."""
    claims = picture.claims
    return {
        "evidence_id": capture.id,
        "n": n,
        "agency_id": capture.agency_id,
        "sha256": picture.sha256,
        "sm3": picture.sm3,
        "size": picture.size,
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "colour": picture.colour,
        "kind": picture.kind,
        "image_id": picture.image_id,
        "shot_at": picture.shot_at,
        "dhash": picture.dhash,
        "claimed_format": claims.format,
        "claimed_size": claims.size,
        "claimed_width": claims.width,
        "claimed_height": claims.height,
        "claimed_box": list(claims.box) if claims.box else None,
    }


def _picture_of(row: Row) -> Picture:
    return Picture(
        sha256=row["sha256"],
        sm3=row["sm3"],
        size=row["size"],
        media_type=row["media_type"],
        width=row["width"],
        height=row["height"],
        colour=row["colour"],
        kind=row["kind"],
        image_id=row["image_id"],
        shot_at=row["shot_at"],
        dhash=row["dhash"],
        claims=Claims(
            row["claimed_format"],
            row["claimed_size"],
            row["claimed_width"],
            row["claimed_height"],
            _sides(row["claimed_box"]),
        ),
    )


def _sides(box: Sequence[int] | None) -> tuple[int, int, int, int] | None:
    if box is None:
        return None
    left, top, right, bottom = box
    return (left, top, right, bottom)


def review_row(capture: Capture, n: int, review: Review) -> dict[str, Any]:
    """The row of the `n`th act of the review of `capture`."""
    return {
        "evidence_id": capture.id,
        "n": n,
        "agency_id": capture.agency_id,
        "officer_id": review.officer_id,
        "act": review.act,
        "attributes": list(review.attributes),
        "codes": list(review.codes),
        "reviewed_at": review.reviewed_at,
    }


def _review_of(row: Row) -> Review:
    return Review(
        OfficerId(row["officer_id"]),
        Act(row["act"]),
        row["reviewed_at"],
        tuple(map(Attribute, row["attributes"])),
        tuple(map(Code, row["codes"])),
    )


def invalidation_row(capture: Capture, n: int, found: Invalidation) -> dict[str, Any]:
    """The row of the `n`th finding against the device of `capture`, but for when it is recorded."""
    return {"evidence_id": capture.id, "n": n, "agency_id": capture.agency_id, **vars(found)} | {
        "codes": list(found.codes)
    }


def _invalidation_of(row: Row) -> Invalidation:
    return Invalidation(
        row["source"],
        row["guard"],
        tuple(map(Code, row["codes"])),
        row["invalid_from"],
        row["invalid_until"],
    )


def erasure_columns(erasure: Erasure) -> Mapping[str, Any]:
    """The row of an erasure but for the capture and its agency."""
    return vars(erasure)


def _erasure_of(row: Row) -> Erasure:
    return Erasure(
        Reason(row["reason"]),
        OfficerId(row["proposed_by"]),
        row["proposed_at"],
        _officer(row["approved_by"]),
        row["approved_at"],
    )


def _officer(value: str | None) -> OfficerId | None:
    return OfficerId(value) if value else None
