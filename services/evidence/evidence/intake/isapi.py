"""The event of a plate camera over ISAPI (Hikvision), read as loosely as it is written.

    multipart ──▶ the part that is XML, found by its content ──read──▶ Event      pictures: by media type or file name

    EventNotificationAlert / dateTime, eventType, eventState, UUID, ANPR / licensePlate, line, direction, vehicleInfo …

The vendor's own misspellings are its element names (`palteTypeByGAT`). Nothing of the XML can define anything: a
document type or an entity ends the reading. A violation that the camera names is a hint in its words and never the
code of one. What is odd gets the flags of GA/T 1400 (gat1400/values.py).

An event without a UUID is known by its time, its channel and the beginning of the hash of its bytes. Never by its
plate: the id of a capture is no sealed text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from xml.parsers import expat

from common.values.clock import BEIJING
from evidence.domain.capture import Flag, Measured, Passage
from evidence.intake.gat1400 import values
from evidence.intake.gat1400.values import LONGEST_ID, moment, vehicle_class
from evidence.intake.multipart import Part

MOST_XML: Final = 1 << 20
_MOST_ELEMENTS: Final = 5_000
_MOST_DEPTH: Final = 32
_WORDS: Final = {
    "black": "1", "white": "2", "gray": "3", "grey": "3", "red": "4", "blue": "5", "yellow": "6", "orange": "7",
    "brown": "8", "green": "9", "purple": "10", "cyan": "11", "pink": "12", "other": "99", "newenergygreen": "渐变绿",
    "newenergyyellowgreen": "黄绿",
}  # fmt: skip
"""Colours of plates in the camera's words, as ColorType; the two kinds of new energy, for which it has no code."""

_UNSAID: Final = frozenset({"", "unknown", "-1", "none", "null"})
_PICTURES: Final = re.compile(r"\.(?:jpe?g|png)$", re.IGNORECASE)
_KINDS: Final = {
    "licenseplatepicture": "02",
    "detectionpicture": "14",
    "vehiclepicture": "09",
    "featurepicture": "09",
}
_CHANNEL: Final = re.compile(r"[0-9]{1,8}")


class Unreadable(ValueError):
    """The body is no event that we take in; `code` is the reason in the catalogue of refusals."""

    def __init__(self, why: str, code: str = "EVD_ISAPI_UNREADABLE") -> None:
        super().__init__(why)
        self.code = code


@dataclass
class Element:
    """An element: its text and its children by name in small letters, the first of each name first."""

    text: str = ""
    children: dict[str, list[Element]] = field(default_factory=dict)

    def said(self, *path: str) -> str:
        """The text at `path`, "" where there is none, or where the camera says that it does not know."""
        at: Element | None = self
        for name in path:
            at = next(iter(at.children.get(name.lower(), ())), None) if at else None
        text = at.text.strip() if at else ""
        return "" if text.lower() in _UNSAID else text


@dataclass(frozen=True)
class Event:
    """One event. `is_capture` is False for a sign of life and for every event that is no passage of a vehicle."""

    uuid: str
    is_capture: bool
    passed_at: datetime | None
    plate: str
    plate_color: str
    plate_class: str
    passage: Passage
    measured: Measured | None
    flags: frozenset[Flag]


def read_xml(data: bytes) -> Element:
    """The root element of `data`. Raises Unreadable for anything but small, plain XML."""
    if len(data) > MOST_XML:
        raise Unreadable("the event is larger than 1 MiB")
    root, stack, count = Element(), list[Element](), 0
    stack.append(root)

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS or len(stack) > _MOST_DEPTH:
            raise Unreadable("the event has too many elements")
        element = Element()
        stack[-1].children.setdefault(name.rpartition(" ")[2].lower(), []).append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(written: str) -> None:
        stack[-1].text += written

    def refuse(*_: object) -> None:
        raise Unreadable("the event defines types or entities")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable("the event is no XML") from error
    return root


def read(parts: list[Part], body_sha256: str) -> tuple[Event, list[tuple[str, bytes]]]:
    """The event among `parts`, and its pictures with their types of GA/T 1400, in order. Raises Unreadable.

    The names of parts differ from tool to tool: the XML is known by how it begins. Two events in one body are not
    read: nothing tells which picture belongs to which. `body_sha256` is that of the whole body, in hex.
    """
    documents = [read_xml(_bare(part)) for part in parts if _is_xml(part)]
    if not documents:
        raise Unreadable("no part is XML")
    alerts = [alert for each in documents for alert in each.children.get("eventnotificationalert", ())]
    if len(alerts) != 1:
        raise Unreadable("the XML is not one EventNotificationAlert")
    pictures = [(_kind(part), part.data) for part in parts if not _is_xml(part) and _is_picture(part)]
    return _event(alerts[0], body_sha256), pictures


def _bare(part: Part) -> bytes:
    return part.data.lstrip(b"\xef\xbb\xbf \r\n\t")


def _is_xml(part: Part) -> bool:
    return _bare(part)[:1] == b"<"


def _is_picture(part: Part) -> bool:
    return part.media_type.startswith("image/") or _PICTURES.search(part.filename or part.name) is not None


def _kind(part: Part) -> str:
    name = (part.filename or part.name).lower().rpartition(".")[0] or part.name.lower()
    return _KINDS.get(name, "100")


def _event(alert: Element, body_sha256: str) -> Event:
    flags: set[Flag] = set()

    def anpr(*path: str) -> str:
        return alert.said("ANPR", *path)

    written = alert.said("dateTime")
    passed_at = moment(written, flags)
    # A zone belongs to this form of time: only one that cannot be read is odd.
    flags.discard(Flag.TIME_FORMAT)
    plate = anpr("licensePlate") or anpr("originalLicensePlate")
    is_active = alert.said("eventState").lower() in ("", "active")
    return Event(
        uuid=_uuid(alert, flags) or _id_without(alert, passed_at, body_sha256, flags),
        is_capture=alert.said("eventType").upper() == "ANPR" and is_active,
        passed_at=passed_at,
        plate=plate,
        plate_color=_colour(anpr("plateColor"), flags),
        plate_class=_plate_class(alert.said("VehicleGATInfo", "palteTypeByGAT"), flags),
        passage=Passage(
            lane=values.lane(anpr("line"), flags),
            direction=None,  # forward and reverse are the camera's own view, not a direction of the compass
            vehicle_class=vehicle_class(alert.said("VehicleGATInfo", "vehicleTypeByGAT"), flags),
        ),
        measured=_speed(anpr("vehicleInfo", "speed"), flags),
        flags=frozenset(flags),
    )


def _uuid(alert: Element, flags: set[Flag]) -> str | None:
    uuid = values.text(alert.said("UUID"), flags, MOST_XML)
    if uuid is not None and len(uuid) > LONGEST_ID:
        raise Unreadable("the UUID has more than 512 signs", "VIID_ITEM_LONG_ID")
    return uuid


def _id_without(alert: Element, passed_at: datetime | None, body_sha256: str, flags: set[Flag]) -> str:
    """The hash is that of all bytes, pictures included: who knows time and camera cannot try plates against it."""
    flags.add(Flag.ID_SHAPE)
    at = f"{passed_at.astimezone(BEIJING):%Y%m%d%H%M%S}" if passed_at else ""
    channel = alert.said("channelID")
    return "-".join(filter(None, (at, channel if _CHANNEL.fullmatch(channel) else "", body_sha256[:16])))


def _colour(written: str, flags: set[Flag]) -> str:
    """ColorType, or the words for the plates of new energy. A number is of another list and is not read."""
    known = _WORDS.get(written.lower(), "" if written.isascii() else written)
    if written and not known:
        flags.add(Flag.VALUE_UNREADABLE)
    return values.colour(known, flags) or ""


def _plate_class(written: str, flags: set[Flag]) -> str:
    """The kind of plate (GA/T 16.7); the camera writes its number without the zero before it."""
    if len(written) == 1 and written.isascii() and written.isdigit():
        flags.add(Flag.TEXT_REPAIRED)
        written = f"0{written}"
    return values.plate_class(written, flags) or ""


def _speed(written: str, flags: set[Flag]) -> Measured | None:
    """A camera without a radar writes 0: it measured nothing."""
    found = values.speed(written, flags)
    return found if found and found.value else None
