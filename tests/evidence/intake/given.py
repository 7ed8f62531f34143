"""Pushes as cameras send them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

from PIL import Image

OBJECT_ID = "340100000011900000010220250303120000000010200001"
DEVICE = "34010000001190000001"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest_response(
    ha1: str, nonce: str, path: str, *, nc: str = "00000001", cnonce: str = "c0ffee", qop: str = "auth"
) -> str:
    """What a client that knows `ha1` answers to `nonce` for a POST to `path` (RFC 7616)."""
    return md5(f"{ha1}:{nonce}:{nc}:{cnonce}:{qop}:" + md5(f"POST:{path}"))


def jpeg(width: int = 1280, height: int = 720, *, shade: int = 90) -> bytes:
    """A picture of one colour; another `shade` is another picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 40, 60)).save(out, "JPEG")
    return out.getvalue()


def picture(data: bytes | None = None, **fields: Any) -> dict[str, Any]:
    """A SubImageInfoObject that claims nothing but its type and time."""
    data = jpeg() if data is None else data
    given: dict[str, Any] = {
        "Type": "14",
        "ShotTime": "20250303120000",
        "Data": base64.b64encode(data).decode(),
    }
    return given | fields


def vehicle(*pictures: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A MotorVehicleObject with `pictures`, or with one."""
    given: dict[str, Any] = {
        "MotorVehicleID": OBJECT_ID,
        "InfoKind": 1,
        "SourceID": OBJECT_ID[:41],
        "DeviceID": DEVICE,
        "PassTime": "20250303120000",
        "PlateNo": "苏A12345",
        "PlateColor": "5",
        "SubImageList": {"SubImageInfoObject": list(pictures) or [picture()]},
    }
    return given | fields


def push(*vehicles: Any) -> bytes:
    """The body of a MotorVehicles push."""
    return json.dumps({"MotorVehicleListObject": {"MotorVehicleObject": list(vehicles)}}).encode()
