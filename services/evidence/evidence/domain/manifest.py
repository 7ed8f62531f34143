"""A manifest: what a device signed about one capture, so that it survives every platform that carries it on.

    {"alg","device_id","images":[{"image_id","sha256","size","type"}],"kid","motor_vehicle_id",
     "plate_color","plate_no","prev","seq","shot_time","tz","v":1}             canonical bytes (RFC 8785), then signed

`seq` rises by one with each capture of one key, and `prev` is the SHA-256 of the manifest before it, so that a capture
which disappears on the way leaves a gap. A device may sign more about the passage: `speed` (km/h) or `weight` (kg) as
decimal text, `lane`, `direction`, `vehicle_class`, `plate_class`, `violation_code`, and of each picture its
`shot_time`, in the zone `tz`. Other members are signed too, and not read. `docs/INTAKE.md` has the whole form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from ledger.canonical import parse_canonical

START: Final = "0" * 64
"""`prev` of the first manifest of a key."""

MOST_BYTES: Final = 16_000
_MOST_IMAGES: Final = 64
_CODE = re.compile(r"[0-9]{20}")
_KID = re.compile(r"[0-9]{20}#[1-9][0-9]{0,3}")
_HEX = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
_YEARS: Final = range(1990, 2100)
MEASURED: Final = frozenset({"speed", "weight"})
"""Of these a manifest names one: an object has one measured value."""

_OPTIONAL: Final = (*sorted(MEASURED), "direction", "vehicle_class", "plate_class", "violation_code")


@dataclass(frozen=True)
class SignedImage:
    """One picture by its SHA-256 in hex, with its size in bytes and its type and id of GA/T 1400.

    `shot_at` is when it was taken, where the device signed that.
    """

    sha256: str
    size: int
    type: str
    image_id: str
    shot_at: datetime | None = None


@dataclass(frozen=True)
class Manifest:
    """What the device signed. `sha256` is that of the signed bytes, in hex; `words` are its optional members."""

    algorithm: str
    kid: str
    device_code: str
    object_id: str
    plate: str
    plate_color: str
    shot_at: datetime
    images: tuple[SignedImage, ...]
    seq: int
    prev: str
    sha256: str
    lane: int | None
    words: dict[str, str]


def read_manifest(data: bytes) -> Manifest:
    """The manifest in `data`. Raises ValueError for bytes that are none, or are not in canonical form."""
    if len(data) > MOST_BYTES:
        raise ValueError("a manifest is at most 16 kB")
    said = parse_canonical(data)
    if not isinstance(said, dict) or said.get("v") != 1 or type(said["v"]) is not int:
        raise ValueError("this is no manifest of version 1")
    images = said.get("images")
    if not isinstance(images, list) or not 0 < len(images) <= _MOST_IMAGES:
        raise ValueError("a manifest names its pictures")
    if len(MEASURED.intersection(said)) > 1:
        raise ValueError("a manifest names one measured value")
    zone = _text(said, "tz", _ZONE)
    return Manifest(
        algorithm=_text(said, "alg"),
        kid=_text(said, "kid", _KID),
        device_code=_text(said, "device_id", _CODE),
        object_id=_text(said, "motor_vehicle_id"),
        plate=_text(said, "plate_no", empty=True),
        plate_color=_text(said, "plate_color", empty=True),
        shot_at=_shot(_text(said, "shot_time"), zone),
        images=tuple(_image(entry, zone) for entry in images),
        seq=_count(said, "seq"),
        prev=_text(said, "prev", _HEX),
        sha256=sha256(data).hexdigest(),
        lane=_count(said, "lane") if "lane" in said else None,
        words={name: _text(said, name, empty=True) for name in _OPTIONAL if name in said},
    )


def _image(entry: Any, zone: str) -> SignedImage:
    if not isinstance(entry, dict):
        raise ValueError("a picture of a manifest is an object")
    return SignedImage(
        _text(entry, "sha256", _HEX),
        _count(entry, "size"),
        _text(entry, "type", empty=True),
        _text(entry, "image_id", empty=True),
        _shot(_text(entry, "shot_time"), zone) if "shot_time" in entry else None,
    )


def _text(
    said: dict[str, Any], name: str, shape: re.Pattern[str] | None = None, *, empty: bool = False
) -> str:
    value = said.get(name)
    if not isinstance(value, str) or len(value) > 128 or not (value or empty):
        raise ValueError(f"{name} of a manifest is text")
    if shape is not None and not shape.fullmatch(value):
        raise ValueError(f"{name} of a manifest has another form")
    return value


def _count(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"{name} of a manifest is a whole number")
    return value


def _shot(text: str, zone: str) -> datetime:
    if not (len(text) == 14 and text.isascii() and text.isdigit()):
        raise ValueError("shot_time of a manifest has fourteen digits")
    # Before the zone is applied: an instant before the year 1 has no form in UTC.
    if int(text[:4]) not in _YEARS:
        raise ValueError("shot_time of a manifest lies in the years 1990 to 2099")
    return datetime.strptime(f"{text} {zone}", "%Y%m%d%H%M%S %z").astimezone(UTC)
