"""The page behind the code on a sign: what a passer-by reads on a phone, in Chinese first."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from common.values.clock import BEIJING
from device_registry.contract import PublicDeviceView

_PAGE: Final = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>电子技术监控设备</title>'
    "<h1>电子技术监控设备 · Enforcement device</h1><dl>{rows}</dl>"
)

_STATES: Final = {
    "PUBLISHED": "已公布,尚未启用",
    "ACTIVE": "在用",
    "MAINTENANCE": "维护中",
    "SUSPENDED": "暂停使用",
    "STOPPED": "停止使用",
    "RECTIFYING": "整改中",
    "RETIRED": "已拆除",
}


def page_of(device: PublicDeviceView) -> str:
    """The page of a published device, as HTML without style, script or picture."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in _rows(device) if said)
    return _PAGE.format(rows=rows)


def _rows(device: PublicDeviceView) -> Iterator[tuple[str, str]]:
    yield "编号 · Code", device.device_code or device.device_id
    yield "状态 · State", f"{_STATES[device.state]} · {device.state}"
    yield "地点 · Place", f"{device.place} {device.direction}"
    yield "采集 · Records", "、".join(device.functions)
    yield "依据 · Legal basis", ";".join(device.bases)
    days = (
        ("公布 · Published", device.published_at),
        ("启用 · In use since", device.active_since),
        ("停用 · Out of use since", device.ended_at),
    )
    for name, at in days:
        yield name, f"{at.astimezone(BEIJING):%Y-%m-%d}" if at else ""
    until = device.verification_valid_until
    yield "检定有效期至 · Verified until", f"{until}" if until else ""
    yield "投诉电话 · Complaints", device.complaint_phone
