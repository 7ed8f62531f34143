"""Messages that hold vehicle objects inside other objects (GA/T 1400.4).

    Images                   ImageListObject{Image:[{ImageInfo, Data, MotorVehicleList{MotorVehicleObject:[…]}}]}
    SubscribeNotifications   SubscribeNotificationListObject{SubscribeNotificationObject:[{NotificationID, …}]}

Keys are in lower case here: `gat1400.read_json` lowers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from common.values.errors import Kind, Refusal
from evidence.domain.capture import Flag
from evidence.intake import gat1400
from evidence.intake.answers import ItemStatus, Status
from evidence.intake.filehash import differs
from evidence.intake.gat1400 import MOTOR_VEHICLE, NON_MOTOR_VEHICLE, Broken, Item, Sort
from evidence.intake.gat1400.values import LONGEST_ID, text

LATER: Final = "viid-data:"
"""How an image without bytes is written as an address: its Data comes by itself, under this id."""


class Shape(StrEnum):
    """Which message an object came in."""

    VEHICLES = "VEHICLES"
    CYCLES = "CYCLES"
    IMAGES = "IMAGES"
    NOTIFICATIONS = "NOTIFICATIONS"


@dataclass(frozen=True)
class Group:
    """The vehicles that are answered together under one id, each with its sort.

    `others` names the lists of other objects beside them; `entry` is the image itself, as a vehicle would list it.
    """

    id: str | None
    vehicles: tuple[tuple[Sort, Any], ...] = ()
    others: tuple[str, ...] = ()
    entry: Mapping[str, Any] | None = None


def items_of(document: Any, shape: Shape) -> list[Item | Broken]:
    """Every vehicle of the message, parsed, in its order. Refusal MALFORMED without a known envelope."""
    match shape:
        case Shape.VEHICLES | Shape.CYCLES:
            sort = MOTOR_VEHICLE if shape is Shape.VEHICLES else NON_MOTOR_VEHICLE
            return [gat1400.parse(thing, sort) for thing in gat1400.vehicles(document, sort)[0]]
        case Shape.IMAGES:
            parsed = [_parse(pair) for group in images(document) for pair in group.vehicles]
            return [_with_hashes(_phased(item), hashes(document)) for item in parsed]
        case Shape.NOTIFICATIONS:
            return [_parse(pair) for group in notifications(document) for pair in group.vehicles]


def groups_of(document: Any, shape: Shape) -> list[Group]:
    """The groups of a message that holds vehicles inside other objects. Refusal MALFORMED."""
    return images(document) if shape is Shape.IMAGES else notifications(document)


def images(document: Any) -> list[Group]:
    """The images of an ImageListObject. Each vehicle of an image has the image as one of its pictures."""
    return [_image(thing) for thing in _listed(document, "ImageListObject", "image", "imageobject")]


def notifications(document: Any) -> list[Group]:
    """The notifications of a SubscribeNotificationListObject."""
    envelope = "SubscribeNotificationListObject"
    return [_notification(thing) for thing in _listed(document, envelope, "subscribenotificationobject")]


def ids(document: Any, envelope: str, key: str) -> list[str | None]:
    """The ids of the objects of any list, as `key` names them."""
    name = envelope.removesuffix("ListObject").lower()
    return [_id(thing, key.lower()) for thing in _listed(document, envelope, name, f"{name}object")]


def hashes(document: Any) -> dict[str, str]:
    """FileHash of each image of an ImageListObject that has one, by its ImageID."""
    found = {}
    for group in images(document):
        claimed = _plain(group.entry.get("filehash")) if group.entry else None
        if group.id and claimed:
            found[group.id] = claimed
    return found


def differing(item: Item, claimed: Mapping[str, str]) -> frozenset[Flag]:
    """The flag of an object of which a picture has another digest than the device claimed."""
    wrong = any(differs(claimed.get(picture.image_id or ""), picture.data) for picture in item.pictures)
    return frozenset({Flag.HASH_MISMATCH}) if wrong else frozenset()


# ---- images -------------------------------------------------------------------------------------------


def _image(thing: Any) -> Group:
    if not isinstance(thing, dict):
        return Group(None)
    info = thing.get("imageinfo")
    entry = (
        dict(info)
        if isinstance(info, dict)
        else {k: v for k, v in thing.items() if not isinstance(v, dict | list)}
    )
    if thing.get("data") not in (None, ""):
        entry["data"] = thing["data"]
    entry = _announced(entry)
    vehicles = tuple((sort, _showing(vehicle, entry)) for sort, vehicle in _vehicles(thing))
    return Group(_id(entry, "imageid"), vehicles, entry=entry)


def _announced(entry: dict[str, Any]) -> dict[str, Any]:
    """A picture that has an id alone is one whose Data follows."""
    id = _id(entry, "imageid")
    if id is None or entry.get("data") or entry.get("storagepath"):
        return entry
    return entry | {"storagepath": f"{LATER}{id}"}


def _showing(vehicle: Any, entry: dict[str, Any]) -> Any:
    """`vehicle` with the image as one of its pictures; a SubImage that only points at the image is that picture."""
    if not isinstance(vehicle, dict):
        return vehicle
    own = vehicle.get("subimagelist")
    if isinstance(own, dict):
        own = own.get("subimageinfoobject", own.get("subimageobject"))
    own = own if isinstance(own, list) else [own] if isinstance(own, dict) else []
    # An image that is listed without its bytes is the image itself, which stands first.
    rest = [
        e for e in own if not isinstance(e, dict) or e.get("data") or e.get("imageid") != entry.get("imageid")
    ]
    others = [_announced(each) if isinstance(each, dict) else each for each in rest]
    device = {} if vehicle.get("deviceid") else {"deviceid": entry.get("deviceid")}
    return vehicle | device | {"subimagelist": {"subimageinfoobject": [entry, *others]}}


def _phased(item: Item | Broken) -> Item | Broken:
    """`item`, flagged for how its pictures come: those that follow by themselves have no address."""
    if isinstance(item, Broken) or not any(link.url.startswith(LATER) for link in item.links):
        return item
    flags = item.flags | {Flag.MEDIA_LATER}
    if all(link.url.startswith(LATER) for link in item.links):
        flags -= {Flag.MEDIA_BY_URL}
    return replace(item, flags=flags)


def _with_hashes(item: Item | Broken, claimed: Mapping[str, str]) -> Item | Broken:
    return item if isinstance(item, Broken) else replace(item, flags=item.flags | differing(item, claimed))


# ---- notifications ------------------------------------------------------------------------------------


def _notification(thing: Any) -> Group:
    if not isinstance(thing, dict):
        return Group(None)
    vehicles = tuple(_vehicles(thing))
    mine = {key for sort in (MOTOR_VEHICLE, NON_MOTOR_VEHICLE) for key in _holders(sort)}
    others = tuple(sorted(k for k, v in thing.items() if isinstance(v, dict | list) and v and k not in mine))
    return Group(_id(thing, "notificationid"), vehicles, others)


# ---- both ---------------------------------------------------------------------------------------------


def _parse(pair: tuple[Sort, Any]) -> Item | Broken:
    sort, thing = pair
    return gat1400.parse(thing, sort)


def _holders(sort: Sort) -> tuple[str, ...]:
    name = sort.name.lower()
    return (f"{name}objectlist", f"{name}list", f"{name}listobject")


def _vehicles(thing: dict[str, Any]) -> Iterable[tuple[Sort, Any]]:
    """The vehicles inside another object, in any of the spellings seen."""
    for sort in (MOTOR_VEHICLE, NON_MOTOR_VEHICLE):
        for key in _holders(sort):
            for vehicle in gat1400.listed(thing.get(key), sort) or ():
                yield sort, vehicle


def _listed(document: Any, envelope: str, *names: str) -> list[Any]:
    inner = document.get(envelope.lower()) if isinstance(document, dict) else None
    if isinstance(inner, list):
        return inner
    values = [inner.get(name) for name in names] if isinstance(inner, dict) else []
    for value in values:
        if value is not None:
            return value if isinstance(value, list) else [value]
    raise Refusal(Kind.MALFORMED, "VIID_NO_ENVELOPE", {"envelope": envelope})


def _plain(value: Any) -> str | None:
    return text(value, set(), LONGEST_ID)


def _id(thing: Any, key: str) -> str | None:
    return _plain(thing.get(key)) if isinstance(thing, dict) else None


# ---- one status for each group ------------------------------------------------------------------------


def dealt(groups: list[Group], statuses: list[ItemStatus]) -> Iterable[tuple[Group, list[ItemStatus]]]:
    """Each group with the statuses of its vehicles, which stand in one list in their order."""
    begin = 0
    for group in groups:
        end = begin + len(group.vehicles)
        yield group, statuses[begin:end]
        begin = end


def folded(id: str | None, statuses: list[ItemStatus]) -> ItemStatus:
    """OK under `id` where every status is; else the first that is not."""
    worst = next((status for status in statuses if status.status is not Status.OK), None)
    return replace(worst, id=id) if worst else ItemStatus(id, Status.OK)
