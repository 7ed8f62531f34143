"""One vehicle object of a push: an Item with its pictures, or Broken, while the other objects of its push stand.

    SubImageList ──▶ inline Data ──▶ RawPicture      the bytes as they came
                 ├─▶ StoragePath ──▶ Link            flagged MEDIA_BY_URL
                 └─▶ neither, or no base64           flagged PICTURE_BROKEN; the message that holds it is kept

An object stands while one of its pictures can be read.
"""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from common.values.errors import Kind, Refusal
from evidence.domain.capture import Claims, Flag, Passage, Subject, Times
from evidence.domain.measurement import Measured
from evidence.intake.gat1400 import plates, values
from evidence.intake.gat1400.envelopes import MOTOR_VEHICLE, Sort
from evidence.intake.gat1400.values import LONGEST_ID, moment, text, whole
from evidence.intake.signing import Carried

_ID41: Final = re.compile(r"(\d{20})(\d{2})(\d{14})(\d{5})")
_ID48: Final = re.compile(r"(\d{20})(\d{2})(\d{14})(\d{5})(\d{2})(\d{5})")
_IMAGE_TYPES: Final = frozenset(f"{n:02d}" for n in range(1, 15)) | {"100"}
_STORED: Final = {
    "storageurl1": "01",
    "storageurl2": "02",
    "storageurl3": "14",
    "storageurl4": "100",
    "storageurl5": "100",
}
"""The pictures that an object names by itself, with the image type of each: near, plate, whole, composed, small."""

_BOX: Final = ("lefttopx", "lefttopy", "rightbtmx", "rightbtmy")
_WHOLE: Final = "14"
_DATA_URI: Final = re.compile(r"data:[^,]{0,100},", re.IGNORECASE)
_WHITE: Final = re.compile(r"\s+")
_LONGEST_URL: Final = 1_024
_LONGEST_ECHO: Final = 1 << 20  # an id is answered whole, even one that is too long to be kept


@dataclass(frozen=True)
class RawPicture:
    """One picture as it was sent: its bytes, and the claims of the device about them."""

    data: bytes
    kind: str
    image_id: str | None
    shot_at: datetime | None
    device_code: str | None
    claims: Claims


@dataclass(frozen=True)
class Link:
    """One picture that lies elsewhere, at `url` as the device wrote it; the claims are about the bytes there."""

    url: str
    kind: str
    image_id: str | None
    shot_at: datetime | None
    device_code: str | None
    claims: Claims


_Sent = TypeVar("_Sent", RawPicture, Link)


@dataclass(frozen=True)
class Item:
    """One vehicle object with its inline pictures. `device_code` is None where the object names no device.

    `links` are pictures that are named by their address instead; an object may have those alone.
    """

    object_id: str
    device_code: str | None
    pictures: tuple[RawPicture, ...]
    links: tuple[Link, ...]
    times: Times
    subject: Subject
    passage: Passage
    measured: Measured | None
    violation_code: str | None
    flags: frozenset[Flag]
    carried: Carried | None = None


@dataclass(frozen=True)
class Broken:
    """An object that cannot be a capture (StatusCode 8); the others of its push stand."""

    object_id: str | None
    refusal: Refusal


@dataclass
class _Pictures:
    inline: list[RawPicture] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    fault: Refusal | None = None


def parse(thing: Any, sort: Sort = MOTOR_VEHICLE) -> Item | Broken:
    """One object. Broken where it has no id, or where none of its pictures can be read."""
    if not isinstance(thing, dict):
        return Broken(None, Refusal(Kind.INVALID, "VIID_ITEM_NO_OBJECT"))
    flags: set[Flag] = set()
    object_id = text(thing.get(sort.id_key.lower()), flags, _LONGEST_ECHO)
    if object_id is None:
        return Broken(None, Refusal(Kind.INVALID, "VIID_ITEM_NO_ID"))
    if len(object_id) > LONGEST_ID:
        return Broken(object_id, Refusal(Kind.INVALID, "VIID_ITEM_LONG_ID"))
    pictures = _boxed(_pictures(thing, flags), thing, flags)
    if not pictures.inline and not pictures.links:
        return Broken(object_id, pictures.fault or Refusal(Kind.INVALID, "VIID_ITEM_NO_PICTURE"))
    named = text(thing.get("deviceid"), flags, 64)
    codes = [p.device_code for p in pictures.inline] + [link.device_code for link in pictures.links]
    device_code = named or next(filter(None, codes), None)
    if any(code not in (None, device_code) for code in codes):
        flags.add(Flag.DEVICE_ID_DIFFERS)
    return Item(
        object_id,
        device_code,
        tuple(pictures.inline),
        tuple(pictures.links),
        _times(thing, object_id, flags),
        _subject(thing, sort, flags),
        _passage(thing, flags),
        values.measured(thing, flags),
        values.violation(thing.get("violationcode", thing.get("x-violationcode")), flags),
        frozenset(flags),
        Carried.of_object(thing),
    )


# ---- pictures -----------------------------------------------------------------------------------------


def _pictures(thing: dict[str, Any], flags: set[Flag]) -> _Pictures:
    pictures = _Pictures()
    for entry in _entries(thing.get("subimagelist"), flags):
        try:
            _add(pictures, entry, flags)
        except Refusal as refusal:
            flags.add(Flag.PICTURE_BROKEN)
            pictures.fault = pictures.fault or refusal
    if not pictures.inline and not pictures.links:
        # Some platforms list no images at all, and name their addresses in the object itself.
        for key, kind in _STORED.items():
            if url := text(thing.get(key), flags, _LONGEST_URL):
                pictures.links.append(Link(url, kind, None, None, None, Claims()))
    if pictures.links:
        flags.add(Flag.MEDIA_BY_URL)
    return pictures


def _boxed(pictures: _Pictures, thing: dict[str, Any], flags: set[Flag]) -> _Pictures:
    """The pictures, and the box of the vehicle on the one that it was measured in: that of SourceID, else the only
    whole one (type 14), else the only one. Where it cannot be told, on none.
    """
    sides = [whole(thing.get(key), flags) for key in _BOX]
    if None in sides or not any(sides):
        return pictures
    left, top, right, bottom = (side or 0 for side in sides)
    source = text(thing.get("sourceid"), flags, LONGEST_ID)
    every: list[RawPicture | Link] = [*pictures.inline, *pictures.links]
    for fitting in (
        [each for each in every if each.image_id is not None and each.image_id == source],
        [each for each in every if each.kind == _WHOLE],
        every,
    ):
        if len(fitting) == 1:
            box = (left, top, right, bottom)
            pictures.inline = [_with_box(each, fitting[0], box) for each in pictures.inline]
            pictures.links = [_with_box(each, fitting[0], box) for each in pictures.links]
            break
    return pictures


def _with_box(picture: _Sent, meant: RawPicture | Link, box: tuple[int, int, int, int]) -> _Sent:
    return replace(picture, claims=replace(picture.claims, box=box)) if picture is meant else picture


def _entries(images: Any, flags: set[Flag]) -> list[Any]:
    """The entries of SubImageList: under the name of the standard, under another one, or a bare list."""
    if isinstance(images, dict) and "subimageinfoobject" in images:
        inner = images["subimageinfoobject"]
    else:
        inner = images.get("subimageobject") if isinstance(images, dict) else images
        if inner is not None:
            flags.add(Flag.ENVELOPE_VARIANT)
    if isinstance(inner, dict):
        flags.add(Flag.ENVELOPE_VARIANT)
        return [inner]
    return inner if isinstance(inner, list) else []


def _add(pictures: _Pictures, entry: Any, flags: set[Flag]) -> None:
    if not isinstance(entry, dict):
        raise Refusal(Kind.INVALID, "VIID_ITEM_NO_OBJECT")
    if entry.get("data") not in (None, ""):
        data = decoded(entry["data"], flags)
        pictures.inline.append(RawPicture(data, *_claims(entry, flags)))
    elif url := text(entry.get("storagepath"), flags, _LONGEST_URL):
        pictures.links.append(Link(url, *_claims(entry, flags)))
    else:
        raise Refusal(Kind.INVALID, "VIID_ITEM_NO_DATA")


def _claims(
    entry: dict[str, Any], flags: set[Flag]
) -> tuple[str, str | None, datetime | None, str | None, Claims]:
    return (
        image_type(entry.get("type"), flags),
        text(entry.get("imageid"), flags, LONGEST_ID),
        moment(entry.get("shottime"), flags),
        text(entry.get("deviceid"), flags, 64),
        Claims(
            format=text(entry.get("fileformat"), flags, 16),
            size=whole(entry.get("filesize"), flags),
            width=whole(entry.get("width"), flags),
            height=whole(entry.get("height"), flags),
        ),
    )


def image_type(value: Any, flags: set[Flag]) -> str:
    """The type of a picture, 01 to 14 or 100 (another); 100 with a flag for what is none of these."""
    kind = (text(value, flags, 8) or "100").zfill(2)
    if kind in _IMAGE_TYPES:
        return kind
    flags.add(Flag.VALUE_UNREADABLE)
    return "100"


def decoded(data: Any, flags: set[Flag]) -> bytes:
    """The bytes behind Data in base64. Refusal INVALID."""
    if not isinstance(data, str):
        raise Refusal(Kind.INVALID, "VIID_ITEM_NO_BASE64")
    if len(data) % 4 == 0:
        # Nearly every picture is written as it should be: it is not searched for what is odd.
        with suppress(ValueError):
            return binascii.a2b_base64(data, strict_mode=True)
    if prefix := _DATA_URI.match(data):
        flags.add(Flag.DATA_URI)
        data = data[prefix.end() :]
    if _WHITE.search(data):
        flags.add(Flag.DATA_WRAPPED)
        data = _WHITE.sub("", data)
    if len(data) % 4:
        flags.add(Flag.DATA_WRAPPED)
        data += "=" * (-len(data) % 4)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(Kind.INVALID, "VIID_ITEM_NO_BASE64") from None


# ---- the rest of the object ---------------------------------------------------------------------------


def _times(thing: dict[str, Any], object_id: str, flags: set[Flag]) -> Times:
    source_id = text(thing.get("sourceid"), flags, LONGEST_ID)
    digits = []
    for written, shape in ((source_id, _ID41), (object_id, _ID48)):
        match = shape.fullmatch(written) if written else None
        if written and not match:
            flags.add(Flag.ID_SHAPE)
        if match:
            digits.append(match.group(3))
    ids = [at for at in map(values.fourteen, digits) if at]
    if len(ids) < len(digits):
        flags.add(Flag.ID_SHAPE)
    return Times(
        passed_at=moment(thing.get("passtime"), flags),
        marked_at=moment(thing.get("marktime"), flags) or moment(thing.get("appeartime"), flags),
        in_object_id=ids[0] if ids else None,
    )


def _subject(thing: dict[str, Any], sort: Sort, flags: set[Flag]) -> Subject:
    plate = plates.read(thing.get("plateno"), flags, has_grammar=sort == MOTOR_VEHICLE)
    return Subject(
        plate=plate.number,
        plate_color=values.colour(thing.get("platecolor"), flags),
        plate_class=values.plate_class(thing.get("plateclass"), flags),
        plate_written=plate.written,
    )


def subject_with_flags(plate: str, colour: str, kind: str) -> tuple[Subject, frozenset[Flag]]:
    """Plate, colour and kind of plate as another protocol brings them, and what is odd about them."""
    flags: set[Flag] = set()
    subject = _subject({"plateno": plate, "platecolor": colour, "plateclass": kind}, MOTOR_VEHICLE, flags)
    return subject, frozenset(flags)


def _passage(thing: dict[str, Any], flags: set[Flag]) -> Passage:
    return Passage(
        lane=values.lane(thing.get("laneno"), flags),
        direction=values.direction(thing.get("direction"), flags),
        vehicle_class=values.vehicle_class(thing.get("vehicleclass"), flags),
    )
