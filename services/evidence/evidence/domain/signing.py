"""Whether a device signed a capture: the checks of a manifest, in their order (NJ 8).

    key of this device, valid when it was taken ──▶ signature ──▶ pictures ──▶ the device's words ──▶ SIGNED
       SIG_KEY_INVALID                               SIG_BAD   SIG_IMAGE_MISMATCH  SIG_FIELD_MISMATCH

A capture that fails one of these is quarantined, whatever its account may do without a signature: somebody changed it,
or it is not of this device. So is a capture without any signature of a device that signs (SIG_MISSING): a relaxation
that brought it in would let everybody who carries captures strip the signature first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from evidence.domain.capture import Measured, Passage, Picture, Subject
from evidence.domain.flags import Flag
from evidence.domain.manifest import Manifest
from evidence.domain.signed import Level, Signed

DISPROVED: Final = frozenset(
    {
        Flag.SIG_MISSING,
        Flag.SIG_KEY_INVALID,
        Flag.SIG_BAD,
        Flag.SIG_IMAGE_MISMATCH,
        Flag.SIG_FIELD_MISMATCH,
    }
)
"""What shows that a capture is not as its device made it: no account and no profile lets it in."""


@dataclass(frozen=True)
class KeyOfDevice:
    """A key as the registry keeps it. `revoked_from` is the instant from which its signatures count no more."""

    kid: str
    algorithm: str
    level: Level
    valid_from: datetime
    valid_until: datetime
    revoked_from: datetime | None

    def stands_at(self, at: datetime) -> bool:
        """Whether a signature over a capture of that instant counts. Judged by the capture's time, never by today's."""
        is_revoked = self.revoked_from is not None and at >= self.revoked_from
        return self.valid_from <= at < self.valid_until and not is_revoked


@dataclass(frozen=True)
class Words:
    """What the device's object says beside its pictures; `captured_at` is the time of capture that was read from it."""

    device_code: str
    object_id: str
    captured_at: datetime
    subject: Subject
    passage: Passage
    measured: Measured | None
    violation_code: str | None


def signed_by(key: KeyOfDevice, manifest: Manifest) -> Signed:
    """What the capture keeps of a manifest whose signature holds."""
    return Signed(
        manifest.kid,
        manifest.algorithm,
        key.level,
        manifest.seq,
        manifest.prev,
        manifest.sha256,
        key.revoked_from is not None,
    )


def differences(
    manifest: Manifest, *, signed: Subject, words: Words, pictures: tuple[Picture, ...]
) -> frozenset[Flag]:
    """Where the capture is not what the device signed. `signed` is plate and colour of the manifest, read as ours are.

    The pictures are compared by the hash of their decoded bytes: every picture, and not one more.
    """
    flags: set[Flag] = set()
    ours = Counter((p.sha256, p.size) for p in pictures)
    if ours != Counter((image.sha256, image.size) for image in manifest.images):
        flags.add(Flag.SIG_IMAGE_MISMATCH)
    if _says_otherwise(manifest, signed, words) or _types(pictures) != Counter(
        (image.sha256, image.type) for image in manifest.images
    ):
        flags.add(Flag.SIG_FIELD_MISMATCH)
    return frozenset(flags)


def _types(pictures: tuple[Picture, ...]) -> Counter[tuple[str, str]]:
    return Counter((picture.sha256, picture.kind) for picture in pictures)


def _says_otherwise(manifest: Manifest, signed: Subject, words: Words) -> bool:
    """Whether a word of the device differs from what it signed. An optional member that is absent says nothing."""
    said = manifest.words
    told = {
        "direction": words.passage.direction,
        "vehicle_class": words.passage.vehicle_class,
        "plate_class": words.subject.plate_class,
        "violation_code": words.violation_code,
    }
    return (
        (manifest.device_code, manifest.object_id) != (words.device_code, words.object_id)
        or manifest.shot_at != words.captured_at.replace(microsecond=0)
        or (signed.plate, signed.plate_color) != (words.subject.plate, words.subject.plate_color)
        or (manifest.lane is not None and manifest.lane != words.passage.lane)
        or any((said[name] or None) != value for name, value in told.items() if name in said)
        or ("speed" in said and _number(said["speed"]) != (words.measured.value if words.measured else None))
    )


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
