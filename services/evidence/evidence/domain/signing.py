"""Whether a device signed a capture: the checks of a manifest, in their order (NJ 8).

    key of this device, valid when it was taken ──▶ signature ──▶ pictures ──▶ the device's words ──▶ SIGNED
       SIG_KEY_INVALID                               SIG_BAD   SIG_IMAGE_MISMATCH  SIG_FIELD_MISMATCH

What an object says beyond its manifest is not signed: `only_signed` leaves it out, SIG_PARTIAL says that it was there.
A capture that fails one of the checks is quarantined, whatever its account may do without a signature: somebody changed
it, or it is not of this device. So is a capture without any signature of a device that signs (SIG_MISSING): a
relaxation that brought it in would let everybody who carries captures strip the signature first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from evidence.domain.capture import Measured, Passage, Picture, Subject
from evidence.domain.flags import Flag
from evidence.domain.manifest import MEASURED, Manifest, SignedImage
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

    def is_past_at(self, at: datetime) -> bool:
        """Whether what arrives then could have been made by a thief of a key that is revoked or has expired."""
        return self.revoked_from is not None or at >= self.valid_until


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


@dataclass(frozen=True)
class Said:
    """What a manifest says, read as the words of an object are.

    `named` are its optional members, `images` its pictures with their types as ours are written.
    """

    words: Words
    images: tuple[SignedImage, ...]
    named: frozenset[str]

    @property
    def shots(self) -> Counter[tuple[str, datetime]]:
        """The pictures by SHA-256 whose times the device signed. An only picture was taken when the capture was."""
        if len(self.images) == 1 and self.images[0].shot_at is None:
            return Counter([(self.images[0].sha256, self.words.captured_at)])
        return Counter((image.sha256, image.shot_at) for image in self.images if image.shot_at)


def signed_by(key: KeyOfDevice, manifest: Manifest, *, received_at: datetime) -> Signed:
    """What the capture keeps of a manifest whose signature holds and that arrived then."""
    return Signed(
        manifest.kid,
        manifest.algorithm,
        key.level,
        manifest.seq,
        manifest.prev,
        manifest.sha256,
        key.is_past_at(received_at),
    )


def differences(said: Said, *, words: Words, pictures: tuple[Picture, ...]) -> frozenset[Flag]:
    """Where the capture is not what the device signed. An optional member that is absent says nothing.

    The pictures are compared by the hash of their decoded bytes: every picture, and not one more.
    """
    flags: set[Flag] = set()
    ours = Counter((p.sha256, p.size) for p in pictures)
    if ours != Counter((image.sha256, image.size) for image in said.images):
        flags.add(Flag.SIG_IMAGE_MISMATCH)
    kinds = Counter((p.sha256, p.kind) for p in pictures)
    signed_shots = Counter((image.sha256, image.shot_at) for image in said.images if image.shot_at)
    if (
        _says_otherwise(said, words)
        or kinds != Counter((image.sha256, image.type) for image in said.images)
        or not signed_shots <= Counter((p.sha256, _second(p.shot_at)) for p in pictures)
    ):
        flags.add(Flag.SIG_FIELD_MISMATCH)
    return frozenset(flags)


def only_signed(
    said: Said, *, words: Words, pictures: tuple[Picture, ...]
) -> tuple[Words, tuple[Picture, ...]]:
    """`words` and `pictures`, which differ in nothing from what was signed, without what was not signed."""
    signed, named = said.words, said.named
    subject = replace(
        words.subject,
        plate_written=signed.subject.plate_written,
        plate_class=words.subject.plate_class if "plate_class" in named else None,
    )
    passage = Passage(
        lane=words.passage.lane if "lane" in named else None,
        direction=words.passage.direction if "direction" in named else None,
        vehicle_class=words.passage.vehicle_class if "vehicle_class" in named else None,
    )
    kept = replace(
        words,
        subject=subject,
        passage=passage,
        measured=words.measured if MEASURED & named else None,
        violation_code=words.violation_code if "violation_code" in named else None,
    )
    shots = said.shots
    untimed = tuple(
        picture if (picture.sha256, _second(picture.shot_at)) in shots else replace(picture, shot_at=None)
        for picture in pictures
    )
    return kept, untimed


def _says_otherwise(said: Said, words: Words) -> bool:
    signed = said.words
    pairs = {
        "speed": (signed.measured, words.measured),
        "weight": (signed.measured, words.measured),
        "lane": (signed.passage.lane, words.passage.lane),
        "direction": (signed.passage.direction, words.passage.direction),
        "vehicle_class": (signed.passage.vehicle_class, words.passage.vehicle_class),
        "plate_class": (signed.subject.plate_class, words.subject.plate_class),
        "violation_code": (signed.violation_code, words.violation_code),
    }
    return (
        (signed.device_code, signed.object_id) != (words.device_code, words.object_id)
        or signed.captured_at != _second(words.captured_at)
        or (signed.subject.plate, signed.subject.plate_color)
        != (words.subject.plate, words.subject.plate_color)
        or any(theirs != ours for name, (theirs, ours) in pairs.items() if name in said.named)
    )


def _second(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None
