"""The story of one picture: `./mz demo evidence`.

    a platform pushes for a camera ▶ technical checks ▶ two officers ▶ the case rests on it ▶ the decision freezes it ▶
      the court bundle ▶ every link of the chain of custody, with the place where the ledger holds it

It uses nothing but the public API. The chain is read from the ledger after the export, so it tells who looked, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from common.values.clock import BEIJING
from ledger.canonical import parse_instant
from ledger.verifier.texts import TYPES
from mz.demo.camera import Camera
from mz.demo.stage import Scene
from mz.demo.story import (
    Watching,
    camera_becomes_lawful,
    capture_is_pushed,
    capture_is_reviewed,
    case_is_decided,
    case_is_filed,
    case_is_prompted,
    party_is_heard,
)

PLATFORM: Final = "31010100005030000001"
"""The code of the platform that speaks for the camera: type 503, a database of pictures."""


@dataclass(frozen=True)
class Link:
    """One link of the chain of custody: a record of the capture's stream and the entry of the ledger that holds it.

    `at` is the time of the entry, the ledger's own; `said` what the record says in digests, counts and codes.
    """

    index: int
    at: datetime
    type: str
    actor: str
    said: str

    @property
    def line(self) -> str:
        """The link as one line for a person."""
        when = f"{self.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        said = f":{self.said}" if self.said else ""
        return f"  账本 #{self.index:<5} {when}  {TYPES[self.type]}{said}  〔{self.type} · {self.actor}〕"


@dataclass(frozen=True)
class Told:
    """What the story made: the capture and the case that rests on it."""

    evidence_id: str
    case_id: str


async def play(scene: Scene, camera: Camera) -> Told:
    """From the camera's draft to the decision that freezes the capture."""
    watching = await camera_becomes_lawful(scene, camera)
    platform = await _joins_a_platform(scene, watching)
    evidence_id = await capture_is_pushed(scene, platform)
    await capture_is_reviewed(scene, evidence_id)
    case_id = await case_is_prompted(scene, evidence_id)
    await case_is_filed(scene, case_id)
    await party_is_heard(scene, case_id)
    await case_is_decided(scene, case_id)

    async def frozen() -> bool | None:
        seen = await scene.read("EVIDENCE_REVIEWER", f"/v1/captures/{evidence_id}")
        return True if seen["state"] == "FROZEN" else None

    await scene.until(frozen, "the capture frozen by the decision")
    await scene.say("系统", "决定作出,证据固定,不再变动", "EvR 60(1)")
    return Told(evidence_id, case_id)


async def chain_of(scene: Scene, evidence_id: str) -> list[Link]:
    """Every record of the capture, in the order of its stream."""
    path = f"/v1/ledger/streams/evidence/{evidence_id}/records?limit=256"
    page = (await scene.stage.http.get(path)).raise_for_status().json()
    return [_link(item) for item in page["items"]]


async def _joins_a_platform(scene: Scene, watching: Watching) -> Watching:
    """The camera stands behind a platform, which pushes with an account of its own."""
    order = {"host_code": PLATFORM, "digest": True}
    text = f"发放平台 {PLATFORM} 的推送账号,代表设备 {watching.code}"
    issued = await scene.act("DEVICE_ADMIN", f"/v1/devices/{watching.id}/push-accounts", order, text, "NJ 8")
    return replace(
        watching, account=issued["account"], password=issued["password"], host_code=issued["host_code"]
    )


def _link(item: dict[str, Any]) -> Link:
    record = item["record"]
    said = _said(record["type"], record["data"])
    return Link(item["index"], parse_instant(item["time"]), record["type"], record["actor"], said)


def _said(type: str, data: dict[str, Any]) -> str:
    match type:
        case "evidence.ingested":
            digests = "、".join(picture["sha256"][:12] for picture in data["media"])
            return f"原图 {len(data['media'])} 张,SHA-256 {digests}…;来源证明 {data['transport']}"
        case "evidence.checked":
            return f"{data['result']};设备合法性声明 {data['capability_sha256'][:12]}…"
        case "evidence.backed_up":
            return f"{len(data['digests'])} 份副本读回一致"
        case "evidence.disclosed":
            return f"目的 {data['purpose']}" + (f",图 {data['picture']}" if data["picture"] else "")
        case "evidence.frozen":
            return str(data["case_id"])
        case "evidence.exported":
            return f"证据包 SHA-256 {data['bundle_sha256'][:12]}…"
    return ""
