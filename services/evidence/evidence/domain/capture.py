"""A capture: the words of a device about its pictures, and the states until it is evidence (APL 41).

    pushed ──ingest──▶ INGESTED ──check──▶ TECH_PASSED ──▶ IN_REVIEW (review.py)
                           │         └────▶ TECH_FAILED  (final: its E-* codes say why)
                           └─transport.py─▶ QUARANTINED  (final: nobody showed who sent it)

The words of a device about its own picture (size, format, time) are claims: we compute the same from the bytes, and
keep every difference as a flag. No value is repaired silently, and no flag refuses a push; a few of them fail a check
or lead into quarantine (flags.py). Nothing here reads a clock, a database or a setting.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DeviceId, EvidenceId
from evidence.domain.flags import Flag as Flag
from evidence.domain.measurement import Measured as Measured
from evidence.domain.measurement import Quantity as Quantity
from evidence.domain.sequence import ALONE, Place
from evidence.domain.signed import Signed
from ledger.canonical import canonical

TZ_SHIFT = (timedelta(hours=7), timedelta(hours=9))
SHOT_SPREAD = timedelta(minutes=5)


class State(StrEnum):
    """Where a capture stands."""

    INGESTED = "INGESTED"
    QUARANTINED = "QUARANTINED"
    TECH_PASSED = "TECH_PASSED"
    TECH_FAILED = "TECH_FAILED"
    IN_REVIEW = "IN_REVIEW"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    FROZEN = "FROZEN"


class Transport(StrEnum):
    """How it is known who sent a capture (NJ 8): by the TLS certificate of the connection, by the device's signature
    over the capture, by the password of a Digest account, or by the secret address that one camera was given."""

    MUTUAL_TLS = "MUTUAL_TLS"
    SIGNED = "SIGNED"
    DIGEST = "DIGEST"
    ADDRESS = "ADDRESS"


class TimeSource(StrEnum):
    """Which of the device's times became the time of capture, in the order of precedence."""

    PASS_TIME = "PASS_TIME"
    SHOT_TIME = "SHOT_TIME"
    MARK_TIME = "MARK_TIME"
    OBJECT_ID = "OBJECT_ID"
    RECEIPT = "RECEIPT"


_TIME_FLAGS = {
    TimeSource.SHOT_TIME: Flag.TIME_FROM_SHOT,
    TimeSource.MARK_TIME: Flag.TIME_FROM_MARK,
    TimeSource.OBJECT_ID: Flag.TIME_FROM_ID,
    TimeSource.RECEIPT: Flag.TIME_FROM_RECEIPT,
}


@dataclass(frozen=True)
class Claims:
    """The claims of the device about one picture. None or 0 is no claim. `size` in bytes.

    `box` is where it saw the vehicle: left, top, right, bottom in pixels.
    """

    format: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Picture:
    """One picture as we measured it: both digests of its bytes in hex, `size` in bytes, pixels, GA/T 1400 type."""

    sha256: str
    sm3: str
    size: int
    media_type: str
    width: int
    height: int
    colour: bool
    kind: str = "100"
    image_id: str | None = None
    shot_at: datetime | None = None
    claims: Claims = Claims()
    dhash: str | None = None  # 16 hex digits (likeness.py)


@dataclass(frozen=True)
class Times:
    """The times that a device gave, as instants; None for a time that is missing or cannot be read."""

    passed_at: datetime | None = None
    marked_at: datetime | None = None
    in_object_id: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """The vehicle as the device read it: personal, so it never enters a record but as a commitment.

    `plate` is in its one spelling; `plate_written` is the device's text where it differs, also where it means no plate.
    """

    plate: str | None = None
    plate_color: str | None = None
    plate_class: str | None = None
    plate_written: str | None = None


@dataclass(frozen=True)
class Passage:
    """The device's words on how the vehicle passed: the lane, counted from the left in the direction of travel, the
    direction (HDirectionType, 1 to 9), the class of the vehicle (GA 24.4)."""

    lane: int | None = None
    direction: str | None = None
    vehicle_class: str | None = None


@dataclass(frozen=True)
class Submission:
    """One object of a push, authenticated and decoded. `object_id` and the rest are the device's own words.

    `relaxed` says that its account lets a capture rest on a password or an address alone. `signed` is what a device
    signed with a key of its own, also where something else of the capture does not fit to it.
    """

    account: str
    agency_id: AgencyId
    device_id: DeviceId
    device_code: str
    object_id: str
    pictures: tuple[Picture, ...]
    times: Times
    received_at: datetime
    body_sha256: str
    transport: Transport
    subject: Subject = Subject()
    passage: Passage = Passage()
    measured: Measured | None = None
    violation_code: str | None = None
    flags: frozenset[Flag] = frozenset()
    relaxed: bool = False
    signed: Signed | None = None

    @property
    def content_key(self) -> str:
        """Two submissions with this same key are one capture.

        What a device signed is the same capture whoever carries it to us, and each manifest is a capture of its own,
        with its place in the chain. What only an account vouches for is another one, so that nobody who strips a
        signature can keep the signed capture out.
        """
        if self.transport is Transport.SIGNED and self.signed is not None:
            sender = f"signed:{self.device_id}:{self.signed.manifest_sha256}"
        else:
            sender = self.account
        return content_key(sender, self.object_id, self.pictures)


@dataclass(frozen=True)
class MediaEntry:
    """One picture in a record: its digests (hex), size in bytes, media type and GA/T 1400 image type."""

    sha256: str
    sm3: str
    size: int
    media_type: str
    kind: str


@dataclass(frozen=True)
class CaptureOfDevice(Fact):
    """A fact about a capture that also concerns the device which took it: the record names the device as well."""

    device_id: DeviceId

    @property
    def subject(self) -> str | None:
        return self.device_id.stream


@dataclass(frozen=True)
class EvidenceIngested(CaptureOfDevice):
    """A capture entered the record. `content_key` is the SHA-256 that makes a repeated push the same capture.

    From `missing_from` up to the number before its own, manifests of its key had not arrived.
    """

    type: ClassVar[str] = "evidence.ingested"
    v: ClassVar[int] = 2

    agency_id: AgencyId
    account: str
    transport: Transport
    signed: Signed | None
    missing_from: int | None
    captured_at: datetime
    captured_from: TimeSource
    received_at: datetime
    violation_code: str | None
    passage: Passage
    measured: Measured | None
    media: tuple[MediaEntry, ...]
    body_sha256: str
    content_key: str
    version_of: EvidenceId | None
    flags: tuple[Flag, ...]
    plate: Commitment | None


@dataclass(frozen=True)
class EvidenceDuplicated(CaptureOfDevice):
    """The same capture was pushed again. `duplicate_count` counts every push of it, the first included."""

    type: ClassVar[str] = "evidence.duplicated"

    received_at: datetime
    body_sha256: str
    content_key: str
    duplicate_count: int


def content_key(sender: str, object_id: str, pictures: tuple[Picture, ...]) -> str:
    """SHA-256 over the sender, the object id and the sorted picture hashes, in hex."""
    return hashlib.sha256(canonical([sender, object_id, sorted(p.sha256 for p in pictures)])).hexdigest()


def captured_at(
    times: Times, pictures: tuple[Picture, ...], received_at: datetime
) -> tuple[datetime, TimeSource, frozenset[Flag]]:
    """The one time of capture, by the precedence of GA/T 1400 devices seen on the wire.

    The pass time stands first because it is the moment of the act. A picture's own time comes next. A mark may be
    made later, and the digits in an id are often invented. The time of receipt is ours; it only says that the act was
    not later.
    """
    shot = next((p.shot_at for p in pictures if p.kind in ("01", "14", "02") and p.shot_at), None)
    ranked = (
        (TimeSource.PASS_TIME, times.passed_at),
        (TimeSource.SHOT_TIME, shot or next((p.shot_at for p in pictures if p.shot_at), None)),
        (TimeSource.MARK_TIME, times.marked_at),
        (TimeSource.OBJECT_ID, times.in_object_id),
        (TimeSource.RECEIPT, received_at),
    )
    source, at = next((source, at) for source, at in ranked if at is not None)
    flags = {_TIME_FLAGS[source]} if source in _TIME_FLAGS else set[Flag]()
    moments = [moment for moment in (at, *(p.shot_at for p in pictures)) if moment is not None]
    if source is not TimeSource.RECEIPT and max(moments) - min(moments) > SHOT_SPREAD:
        flags.add(Flag.SHOT_TIMES_DIFFER)
    if times.in_object_id and abs(times.in_object_id - at) > SHOT_SPREAD:
        flags.add(Flag.ID_TIME_MISMATCH)
    return at, source, frozenset(flags)


def ingest(
    submission: Submission,
    *,
    id: EvidenceId,
    earlier: EvidenceId | None,
    plate: Commitment | None,
    drift: timedelta,
    ingest_within: timedelta,
    place: Place = ALONE,
) -> EvidenceIngested:
    """Take a pushed capture into the record.

    `earlier` is the newest capture of this account with the same object id and other pictures: cameras
    restart their counters, so the new capture is a further version, and flagged; nothing is overwritten. A capture
    whose time lies ahead of ours by more than `drift` comes from a wrong clock. One that lies 7 to 9 hours off comes
    from a wrong time zone, which is flagged and not corrected, because the record states the device's own words.
    """
    at, source, flags = captured_at(submission.times, submission.pictures, submission.received_at)
    flags |= submission.flags | _picture_flags(submission.pictures) | place.flags
    if submission.signed and submission.signed.is_of_the_past and not place.is_exact:
        # Who stole the key can date a capture back, but cannot make a manifest that a later one already names.
        flags |= {Flag.SIG_KEY_INVALID}
    if submission.transport is Transport.DIGEST:
        flags |= {Flag.TRANSPORT_DIGEST}
    if submission.transport is Transport.ADDRESS:
        flags |= {Flag.TRANSPORT_ADDRESS}
    lag = submission.received_at - at
    if -lag > drift:
        flags |= {Flag.CLOCK_SKEW}
    if lag > ingest_within or source is TimeSource.RECEIPT:
        # Nobody can tell how late a capture without a time of its own is; leaving the time out must not be the way to
        # be in time.
        flags |= {Flag.LATE_INGEST}
    if TZ_SHIFT[0] <= abs(lag) <= TZ_SHIFT[1]:
        flags |= {Flag.TZ_SUSPECT}
    if earlier is not None:
        flags |= {Flag.ID_REUSED}
    return EvidenceIngested(
        owner=id,
        agency_id=submission.agency_id,
        device_id=submission.device_id,
        account=submission.account,
        transport=submission.transport,
        signed=submission.signed,
        missing_from=place.missing_from,
        captured_at=at,
        captured_from=source,
        received_at=submission.received_at,
        violation_code=submission.violation_code,
        passage=submission.passage,
        measured=submission.measured,
        media=tuple(MediaEntry(p.sha256, p.sm3, p.size, p.media_type, p.kind) for p in submission.pictures),
        body_sha256=submission.body_sha256,
        content_key=submission.content_key,
        version_of=earlier,
        flags=tuple(sorted(flags)),
        plate=plate,
    )


def duplicate(id: EvidenceId, submission: Submission, *, pushed_before: int) -> EvidenceDuplicated:
    """Note that a capture was pushed again: the camera hears OK, the record gains one line and no picture."""
    return EvidenceDuplicated(
        owner=id,
        device_id=submission.device_id,
        received_at=submission.received_at,
        body_sha256=submission.body_sha256,
        content_key=submission.content_key,
        duplicate_count=pushed_before + 1,
    )


def _picture_flags(pictures: tuple[Picture, ...]) -> frozenset[Flag]:
    flags: set[Flag] = set()
    for picture in pictures:
        flags |= mismatches(picture)
    if len({p.sha256 for p in pictures}) < len(pictures):
        flags.add(Flag.IMAGE_REPEATED)
    ids = [p.image_id for p in pictures if p.image_id]
    if len(set(ids)) < len(ids):
        flags.add(Flag.IMAGE_ID_DUP)
    return frozenset(flags)


_FORMATS = {"jpeg": "image/jpeg", "jpg": "image/jpeg", "jfif": "image/jpeg", "png": "image/png"}
_KNOWN_FORMATS = frozenset(_FORMATS) | frozenset(
    ("bmp", "gif", "kdc", "pcd", "pcx", "pic", "pix", "psd", "tapga", "tiff", "wmf", "jp2")
)


def mismatches(picture: Picture) -> frozenset[Flag]:
    """Where the device's claims about a picture differ from the picture itself."""
    claims, flags = picture.claims, set[Flag]()
    claimed = (claims.format or "").strip().lower()
    if claimed in _KNOWN_FORMATS and _FORMATS.get(claimed) != picture.media_type:
        flags.add(Flag.FORMAT_MISMATCH)
    if claims.size and claims.size != picture.size:
        flags.add(Flag.SIZE_MISMATCH)
    if (claims.width or picture.width, claims.height or picture.height) != (picture.width, picture.height):
        flags.add(Flag.DIM_MISMATCH)
    return frozenset(flags)
