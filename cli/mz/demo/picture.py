"""Pictures for the demo's camera: a street, a car, a plate that belongs to nobody, and the burnt-in line."""

from __future__ import annotations

import argparse
import base64
import json
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from common.values.clock import BEIJING, OffsetClock
from mz.demo.camera import VIOLATION, VIOLATION_NAME
from mz.operate.datadir import DataDir

SIZE: Final = (1920, 1080)
PLATE: Final = "沪A示001"


def main(options: argparse.Namespace) -> int:
    """Print one push of the device, taken just before the demo clock's now."""
    now = OffsetClock(DataDir(options.data_dir.absolute()).clock)()
    print(json.dumps(vehicle(options.device_code, now), ensure_ascii=False))
    return 0


def vehicle(code: str, now: datetime) -> dict[str, Any]:
    """The push of one GA/T 1400 MotorVehicle with two pictures, taken 90 and 30 seconds before `now`."""
    first, second = (now.astimezone(BEIJING) - timedelta(seconds=back) for back in (90, 30))
    source = f"{code}02{first:%Y%m%d%H%M%S}00001"
    pictures = [
        {
            "ImageID": f"{code}02{at:%Y%m%d%H%M%S}{n:05d}", "EventSort": 16, "DeviceID": code, "Type": "14",
            "FileFormat": "Jpeg", "ShotTime": f"{at:%Y%m%d%H%M%S}", "Width": 1920, "Height": 1080,
            "Data": base64.b64encode(street("人民路口", at, shift=n * 37)).decode(),
        }
        for n, at in enumerate((first, second), 1)
    ]  # fmt: skip
    motor_vehicle = {
        "MotorVehicleID": f"{source}0200001", "InfoKind": 1, "SourceID": source, "DeviceID": code,
        "LeftTopX": 620, "LeftTopY": 380, "RightBtmX": 1220, "RightBtmY": 740, "HasPlate": "true", "PlateClass": "02",
        "PlateColor": "5", "PlateNo": PLATE, "PassTime": f"{second:%Y%m%d%H%M%S}", "VehicleColor": "5",
        "X-ViolationCode": VIOLATION, "SubImageList": {"SubImageInfoObject": pictures},
    }  # fmt: skip
    return {"MotorVehicleListObject": {"MotorVehicleObject": [motor_vehicle]}}


def street(place: str, at: datetime, *, shift: int = 0) -> bytes:
    """A JPEG of a car on the pavement at `place`; `shift` moves the clouds, so that two pictures differ."""
    image = Image.new("RGB", SIZE, (168, 190, 208))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 640, 1920, 1080), fill=(92, 94, 98))
    draw.rectangle((0, 560, 1920, 660), fill=(176, 160, 140))
    for n in range(6):
        x = n * 340 + shift % 300
        draw.ellipse((x, 120, x + 180, 190), fill=(226, 234, 240))
        draw.rectangle((n * 340 + 40, 240, n * 340 + 240, 560), fill=(120 + n * 12, 110, 104))
    draw.rounded_rectangle((620, 470, 1220, 690), 40, fill=(30, 62, 120))
    draw.rounded_rectangle((730, 380, 1110, 500), 40, fill=(24, 44, 84))
    for x in (730, 1080):
        draw.ellipse((x, 640, x + 100, 740), fill=(20, 20, 22))
    draw.rectangle((796, 590, 1064, 654), fill=(20, 60, 170), outline=(240, 240, 240), width=4)
    draw.text((816, 596), PLATE, font=_font(44), fill=(250, 250, 250))
    draw.rectangle((0, 0, 1920, 64), fill=(0, 0, 0))
    line = f"{at:%Y-%m-%d %H:%M:%S}  {place}  {VIOLATION} {VIOLATION_NAME}"
    draw.text((24, 10), line, font=_font(36), fill=(255, 255, 255))
    data = BytesIO()
    image.save(data, "JPEG", quality=80)
    return data.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    spec = find_spec("pylopdf_fonts_zh_cn")
    assert spec is not None
    assert spec.submodule_search_locations
    fonts = sorted(Path(spec.submodule_search_locations[0]).rglob("*Sans*.otf"))
    return ImageFont.truetype(str(fonts[0]), size)
