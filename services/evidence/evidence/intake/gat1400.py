"""GA/T 1400 as real cameras write it: parsed loosely, every repair a flag (GA/T 1400.3 and .4).

    body ──read_json──▶ keys in lower case, huge integers as text
         ──vehicles──▶ the objects of one push ──parse──▶ Item | Broken

The exact bytes are kept elsewhere, by hash: a value that is dropped here is not lost.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from common.values.clock import BEIJING
from evidence.domain.capture import Claims, Flag, Measured, Passage, Quantity, Subject, Times

MAX_OBJECTS = 1_000
PUSH = "MotorVehicleListObject"

_ID41 = re.compile(r"(\d{20})(\d{2})(\d{14})(\d{5})")
_ID48 = re.compile(r"(\d{20})(\d{2})(\d{14})(\d{5})(\d{2})(\d{5})")
_IMAGE_TYPES = frozenset(f"{n:02d}" for n in range(1, 15)) | {"100"}
_COLOURS = dict(zip("黑白灰红蓝黄橙棕绿紫青粉", map(str, range(1, 13)), strict=True))
_COLOUR_CODES = frozenset(map(str, range(1, 14))) | {"99"}
_NO_PLATE = frozenset({"", "无车牌", "无牌", "未知", "-"})
_DIRECTIONS = frozenset("123456789")
_SPEED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
_VIOLATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_DATA_URI = re.compile(r"data:[^,]{0,100},", re.IGNORECASE)
_WHITE = re.compile(r"\s+")


class Unreadable(ValueError):
    """The body is not JSON, or is JSON without an envelope we know: the whole request fails (StatusCode 7)."""


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
class Item:
    """One vehicle object with its inline pictures. `device_code` is None where the object names no device."""

    object_id: str
    device_code: str | None
    pictures: tuple[RawPicture, ...]
    times: Times
    subject: Subject
    passage: Passage
    measured: Measured | None
    violation_code: str | None
    flags: frozenset[Flag]


@dataclass(frozen=True)
class Broken:
    """An object that cannot be a capture (StatusCode 8); the others of its push stand."""

    object_id: str | None
    reason: str


class _BrokenObject(ValueError):
    pass


def read_json(body: bytes) -> tuple[Any, frozenset[Flag]]:
    """The document in `body`; the Content-Type is ignored. Raises Unreadable.

    Keys are matched in any case, so they are lowered here. Integers beyond 18 digits are ids that a device
    wrote without quotation marks, and stay text.
    """
    document, flags = _load(body), frozenset[Flag]()
    if isinstance(document, str):
        document, flags = (
            _load(document.encode("utf-8", "surrogatepass")),
            frozenset({Flag.BODY_DOUBLE_ENCODED}),
        )
    if not isinstance(document, dict | list):
        raise Unreadable("the body is no JSON object")
    return document, flags


def _load(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=lambda pairs: {key.lower(): value for key, value in pairs},
            parse_int=lambda digits: int(digits) if len(digits) <= 18 else digits,
            parse_float=_number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is not JSON") from error


def _number(text: str) -> Decimal:
    return Decimal(text)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def device_id(document: Any, envelope: str) -> str | None:
    """The DeviceID of a system message, wrapped in `envelope` or flat; None where there is none."""
    if not isinstance(document, dict):
        return None
    inner = document.get(envelope.lower(), document)
    return _text(inner.get("deviceid"), set(), 64) if isinstance(inner, dict) else None


def vehicles(document: Any) -> tuple[list[Any], frozenset[Flag]]:
    """The objects of a MotorVehicles push. Raises Unreadable where no known envelope holds them."""
    if isinstance(document, dict):
        standard = document.get(PUSH.lower())
        if isinstance(standard, dict) and "motorvehicleobject" in standard:
            objects = standard["motorvehicleobject"]
            if isinstance(objects, list):
                return objects, frozenset()
            return [objects], frozenset({Flag.ENVELOPE_VARIANT})
        other = document.get("motorvehicleobjectlist")
        if isinstance(other, dict):
            objects = other.get("motorvehicleobject", other.get("motorvehiclelist"))
            if objects is not None:
                return (objects if isinstance(objects, list) else [objects]), frozenset(
                    {Flag.ENVELOPE_VARIANT}
                )
    raise Unreadable(f"the body holds no {PUSH}")


def parse(thing: Any) -> Item | Broken:
    """One vehicle object. Broken where it has no id, or no picture that can be decoded."""
    if not isinstance(thing, dict):
        return Broken(None, "an object is a JSON object")
    flags: set[Flag] = set()
    object_id = _text(thing.get("motorvehicleid"), flags, 128)
    if object_id is None:
        return Broken(None, "MotorVehicleID is missing")
    try:
        pictures = tuple(_pictures(thing, flags))
    except _BrokenObject as broken:
        return Broken(object_id, str(broken))
    times = _times(thing, object_id, flags)
    named = _text(thing.get("deviceid"), flags, 64)
    device_code = named or next((p.device_code for p in pictures if p.device_code), None)
    if any(p.device_code not in (None, device_code) for p in pictures):
        flags.add(Flag.DEVICE_ID_DIFFERS)
    return Item(
        object_id,
        device_code,
        pictures,
        times,
        _subject(thing, flags),
        _passage(thing, flags),
        _speed(thing, flags),
        _violation(thing, flags),
        frozenset(flags),
    )


def _pictures(thing: dict[str, Any], flags: set[Flag]) -> Iterable[RawPicture]:
    entries = thing.get("subimagelist")
    if isinstance(entries, dict):
        inner = entries.get("subimageinfoobject", entries.get("subimageobject"))
        entries = [inner] if isinstance(inner, dict) else inner
    if (
        isinstance(thing.get("subimagelist"), list)
        or isinstance(thing.get("subimagelist"), dict)
        and ("subimageinfoobject" not in thing["subimagelist"])
    ):
        flags.add(Flag.ENVELOPE_VARIANT)
    inline = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            raise _BrokenObject("an entry of SubImageList is a JSON object")
        if entry.get("data") not in (None, ""):
            inline.append(_picture(entry, flags))
        elif _text(entry.get("storagepath"), flags, 1024):
            flags.add(Flag.MEDIA_BY_URL)
        else:
            raise _BrokenObject("an image holds no Data")
    if not inline:
        raise _BrokenObject("no image with inline Data; images by URL are not fetched")
    return inline


def _picture(entry: dict[str, Any], flags: set[Flag]) -> RawPicture:
    kind = _text(entry.get("type"), flags, 8) or "100"
    kind = kind.zfill(2)
    if kind not in _IMAGE_TYPES:
        flags.add(Flag.VALUE_UNREADABLE)
        kind = "100"
    return RawPicture(
        data=_decoded(entry["data"], flags),
        kind=kind,
        image_id=_text(entry.get("imageid"), flags, 64),
        shot_at=moment(entry.get("shottime"), flags),
        device_code=_text(entry.get("deviceid"), flags, 64),
        claims=Claims(
            format=_text(entry.get("fileformat"), flags, 16),
            size=_integer(entry.get("filesize"), flags),
            width=_integer(entry.get("width"), flags),
            height=_integer(entry.get("height"), flags),
        ),
    )


def _decoded(data: Any, flags: set[Flag]) -> bytes:
    if not isinstance(data, str):
        raise _BrokenObject("Data is base64 text")
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
    except (binascii.Error, ValueError) as error:
        raise _BrokenObject("Data is not base64") from error


def _times(thing: dict[str, Any], object_id: str, flags: set[Flag]) -> Times:
    source_id = _text(thing.get("sourceid"), flags, 128)
    digits = []
    for text, shape in ((source_id, _ID41), (object_id, _ID48)):
        match = shape.fullmatch(text) if text else None
        if text and not match:
            flags.add(Flag.ID_SHAPE)
        if match:
            digits.append(match.group(3))
    ids = [at for at in map(_fourteen, digits) if at]
    if len(ids) < len(digits):
        flags.add(Flag.ID_SHAPE)
    return Times(
        passed_at=moment(thing.get("passtime"), flags),
        marked_at=moment(thing.get("marktime"), flags) or moment(thing.get("appeartime"), flags),
        in_object_id=ids[0] if ids else None,
    )


def moment(value: Any, flags: set[Flag]) -> datetime | None:
    """A device's time as an instant: Beijing time unless it names a zone. None for "", or with a flag.

    The form of the standard is yyyyMMddHHmmss; any other form that can be read is flagged.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    if (at := _fourteen(text)) is not None:
        return at
    at = _other_form(text)
    flags.add(Flag.TIME_FORMAT if at else Flag.TIME_UNREADABLE)
    return at


def _fourteen(text: str) -> datetime | None:
    return _sane(text[:14], "%Y%m%d%H%M%S") if len(text) == 14 and text.isascii() and text.isdigit() else None


def _other_form(text: str) -> datetime | None:
    if text.isascii() and text.isdigit():
        if len(text) == 17:
            whole = _sane(text[:14], "%Y%m%d%H%M%S")
            return whole + timedelta(milliseconds=int(text[14:])) if whole else None
        if len(text) in (10, 13):
            seconds, rest = divmod(int(text), 1000) if len(text) == 13 else (int(text), 0)
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, milliseconds=rest)
            return at if 1990 <= at.year <= 2099 else None
        return None
    try:
        at = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
    if not 1990 <= at.year <= 2099:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).astimezone(UTC)


def _sane(text: str, form: str) -> datetime | None:
    try:
        at = datetime.strptime(f"{text} +0800", f"{form} %z")
    except ValueError:
        return None
    return at.astimezone(UTC) if 1990 <= at.year <= 2099 else None


def _subject(thing: dict[str, Any], flags: set[Flag]) -> Subject:
    plate = _text(thing.get("plateno"), flags, 32)
    if plate is not None and (bare := re.sub(r"[\s·・•]", "", plate)) != plate:
        flags.add(Flag.TEXT_REPAIRED)
        plate = bare
    colour = _text(thing.get("platecolor"), flags, 16)
    if colour is not None:
        colour = _COLOURS.get(colour.removesuffix("色"), colour)
        if colour not in _COLOUR_CODES:
            # 697.7 and GA 24.8 give the same signs other meanings: a guess would change the car's colour.
            flags.add(Flag.VALUE_UNREADABLE)
            colour = None
    return Subject(
        plate=None if plate in _NO_PLATE else plate,
        plate_color=colour,
        plate_class=_text(thing.get("plateclass"), flags, 8),
    )


def _passage(thing: dict[str, Any], flags: set[Flag]) -> Passage:
    direction = _text(thing.get("direction"), flags, 1)
    return Passage(
        lane=_integer(thing.get("laneno"), flags),
        direction=direction if direction in _DIRECTIONS else None,
        vehicle_class=_text(thing.get("vehicleclass"), flags, 8),
    )


def _speed(thing: dict[str, Any], flags: set[Flag]) -> Measured | None:
    speed = _text(thing.get("speed"), flags, 8)
    if speed is None:
        return None
    if not _SPEED.fullmatch(speed):
        flags.add(Flag.VALUE_UNREADABLE)
        return None
    return Measured(Quantity.SPEED, Decimal(speed), "km/h")


def _violation(thing: dict[str, Any], flags: set[Flag]) -> str | None:
    # Not a field of the standard: vendors' templates and ours send it as an extra key.
    code = _text(thing.get("violationcode", thing.get("x-violationcode")), flags, 64)
    if code is not None and not _VIOLATION.fullmatch(code):
        flags.add(Flag.VALUE_UNREADABLE)
        return None
    return code


def _text(value: Any, flags: set[Flag], longest: int) -> str | None:
    """`value` as text that the database can hold; None for nothing, "" or a structure."""
    if value is None or isinstance(value, dict | list | bool):
        return None
    text = str(value).strip()
    clean = "".join(c for c in text if c.isprintable())[:longest]
    if clean != text:
        flags.add(Flag.TEXT_REPAIRED)
    return clean or None


def _integer(value: Any, flags: set[Flag]) -> int | None:
    if value is None or value == "":
        return None
    try:
        exact = Decimal(str(value))
        # The exponent is checked before the number is expanded: 1e999999999 as an integer is a gigabyte of digits.
        number = int(exact) if exact.adjusted() < 12 else -1
    except (ArithmeticError, ValueError):
        number = -1
    if 0 <= number < 2**31:
        return number
    flags.add(Flag.VALUE_UNREADABLE)
    return None
