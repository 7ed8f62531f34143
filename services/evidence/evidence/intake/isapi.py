"""The event of a plate camera over ISAPI (Hikvision), read as loosely as it is written.

    multipart ──▶ the part that is XML, found by its content ──read──▶ Event      pictures: by media type or file name

    EventNotificationAlert / dateTime, eventType, eventState, UUID, ANPR / licensePlate, line, direction, vehicleInfo …

The vendor's own misspellings are its element names (`palteTypeByGAT`). Nothing of the XML can define anything: a
document type or an entity ends the reading. A violation that the camera names is a hint in its words and never the
code of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final
from xml.parsers import expat

from evidence.domain.capture import Flag, Measured, Passage, Quantity
from evidence.intake.gat1400.values import moment, vehicle_class
from evidence.intake.multipart import Part

MOST_XML: Final = 1 << 20
_MOST_ELEMENTS: Final = 5_000
_MOST_DEPTH: Final = 32
_WORDS: Final = {
    "black": "1", "white": "2", "gray": "3", "grey": "3", "red": "4", "blue": "5", "yellow": "6", "orange": "7",
    "brown": "8", "green": "9", "purple": "10", "cyan": "11", "pink": "12", "newenergygreen": "9",
    "newenergyyellowgreen": "9",
}  # fmt: skip
"""Colours of plates in the camera's words, as ColorType. Two kinds of new energy are green; which, the plate says."""

_UNSAID: Final = frozenset({"", "unknown", "-1", "none", "null"})
_PICTURES: Final = re.compile(r"\.(?:jpe?g|png)$", re.IGNORECASE)
_KINDS: Final = {
    "licenseplatepicture": "02",
    "detectionpicture": "14",
    "vehiclepicture": "09",
    "featurepicture": "09",
}
_SPEED: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")


class Unreadable(ValueError):
    """The part is no XML that we read."""


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


def read(parts: list[Part]) -> tuple[Event, list[tuple[str, bytes]]]:
    """The event among `parts`, and its pictures with their types of GA/T 1400, in order. Raises Unreadable.

    The names of parts differ from tool to tool: the XML is known by how it begins.
    """
    xml = next((part for part in parts if part.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"), None)
    if xml is None:
        raise Unreadable("no part is XML")
    document = read_xml(xml.data.lstrip(b"\xef\xbb\xbf \r\n\t"))
    alerts = document.children.get("eventnotificationalert")
    if not alerts:
        raise Unreadable("the XML is no EventNotificationAlert")
    pictures = [(_kind(part), part.data) for part in parts if part is not xml and _is_picture(part)]
    return _event(alerts[0]), pictures


def _is_picture(part: Part) -> bool:
    return part.media_type.startswith("image/") or _PICTURES.search(part.filename or part.name) is not None


def _kind(part: Part) -> str:
    name = (part.filename or part.name).lower().rpartition(".")[0] or part.name.lower()
    return _KINDS.get(name, "100")


def _event(alert: Element) -> Event:
    flags: set[Flag] = set()

    def anpr(*path: str) -> str:
        return alert.said("ANPR", *path)

    written = alert.said("dateTime")
    passed_at = moment(written, flags)
    # A zone belongs to this form of time: only one that cannot be read is odd.
    flags.discard(Flag.TIME_FORMAT)
    plate = anpr("licensePlate") or anpr("originalLicensePlate")
    is_active = alert.said("eventState").lower() in ("", "active")
    uuid = alert.said("UUID")
    return Event(
        uuid=uuid or "-".join(filter(None, (written, alert.said("channelID"), plate))),
        is_capture=alert.said("eventType").upper() == "ANPR" and is_active,
        passed_at=passed_at,
        plate=plate,
        plate_color=_WORDS.get(anpr("plateColor").lower(), ""),
        plate_class=_two_digits(alert.said("VehicleGATInfo", "palteTypeByGAT")),
        passage=Passage(
            lane=_lane(anpr("line"), flags),
            direction=None,  # forward and reverse are the camera's own view, not a direction of the compass
            vehicle_class=vehicle_class(alert.said("VehicleGATInfo", "vehicleTypeByGAT"), flags),
        ),
        measured=_speed(anpr("vehicleInfo", "speed"), flags),
        flags=frozenset(flags if uuid else flags | {Flag.ID_SHAPE}),
    )


def _two_digits(written: str) -> str:
    return written.zfill(2) if written else ""


def _lane(written: str, flags: set[Flag]) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) <= 2):
        flags.add(Flag.VALUE_UNREADABLE)
        return None
    return int(written)


def _speed(written: str, flags: set[Flag]) -> Measured | None:
    """A camera without a radar writes 0: it measured nothing."""
    if not _SPEED.fullmatch(written):
        flags |= {Flag.VALUE_UNREADABLE} if written else set()
        return None
    return Measured(Quantity.SPEED, Decimal(written), "km/h") if Decimal(written) else None
