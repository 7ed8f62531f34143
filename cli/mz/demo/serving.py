"""The story of `./mz demo notification`: how a document lawfully reaches a party.

a prior notice: two visits, a letter that comes back, a public notice whose page is kept three times ▶ served
the decision: by mail, on a consent that the party signed, on the day it arrived ▶ served
a prompt: the party says that it concerns somebody else ▶ on record, and nothing of the case is shown
both certificates are verified by a program of their own, without the system and without a network
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ledger
from common.files.digests import digest_field
from ledger.canonical import instant
from mz.demo import orders
from mz.demo.camera import Camera
from mz.demo.picture import street
from mz.demo.stage import Refused, Scene, records_of
from mz.demo.story import (
    camera_becomes_lawful,
    capture_is_pushed,
    capture_is_reviewed,
    case_is_filed,
    case_is_prompted,
    message_arrives,
)

PATH: Final = "/v1/services-of-process"
MAILBOX: Final = "zhang@party.example"


@dataclass(frozen=True)
class Certificate:
    """The certificate of one service in a folder, and what the verifier says about it."""

    title: str
    folder: Path
    verdict: str
    holds: bool


async def play(
    scene: Scene, cameras: tuple[Camera, Camera], folder: Path, *, trusted: Sequence[str]
) -> list[Certificate]:
    """The whole story; the certificates as the verifier sees them. `trusted` are the keys that it is told."""
    case_id = await _case_of(scene, cameras[0])
    await case_is_filed(scene, case_id)
    await scene.act("TEAM_LEAD", f"/v1/cases/{case_id}/prior-notice", {}, "制作行政处罚事先告知书", "APL 44")
    notice = await _down_the_ladder(scene, case_id)
    decision = await _by_mail(scene, case_id)
    await _wrong_person(scene, cameras[1])
    return [
        await _certified(scene, notice, folder, "公告送达的凭证", trusted),
        await _certified(scene, decision, folder, "电子送达的凭证", trusted),
    ]


async def _case_of(scene: Scene, camera: Camera) -> str:
    watching = await camera_becomes_lawful(scene, camera)
    evidence_id = await capture_is_pushed(scene, watching)
    await capture_is_reviewed(scene, evidence_id)
    return await case_is_prompted(scene, evidence_id)


async def _down_the_ladder(scene: Scene, case_id: str) -> str:
    """Visits, a letter, the public notice; the id of the service."""
    path = await _ordered(scene, case_id, "prior-notice", "DIRECT", "送达事先告知书:先直接送达")
    await scene.refused(
        "SERVICE_OFFICER", f"{path}/attempts",
        {"manner": "PUBLIC_NOTICE", "ground": "OTHERS_FAILED", "reasons": "省时间。"},
        "公告送达被拒绝:其他方式尚未试过", "NOTI_SERVICE_MANNER_NOT_OPEN",
    )  # fmt: skip
    await scene.pass_time("上门送达", "", minutes=90)
    absent = {"result": "ABSENT", "at": instant(scene.stage.now()), "note": "敲门三次无人应答,邻居称其外出。"}
    visit = {"manner": "DIRECT", "place": "示范路1号", "outcome": absent}
    await scene.act("SERVICE_OFFICER", f"{path}/attempts", visit, "上门直接送达,无人在场", "CPL 88")
    letter = {
        "manner": "POSTAL",
        "ground": "DIRECT_DIFFICULT",
        "reasons": "两次上门均无人,当事人长期不在本市。",
        "tracking_number": "EMS1234567890CN",
    }
    await scene.act("SERVICE_OFFICER", f"{path}/attempts", letter, "邮寄送达", "CPL 91")
    await scene.pass_time("邮件被退回", "", days=3)
    back = {"result": "RETURNED", "at": instant(scene.stage.now()), "note": "退件:原址查无此人。"}
    await scene.act("SERVICE_OFFICER", f"{path}/attempts/2/outcome", back, "登记退件", "CPL 91")
    public = {
        "manner": "PUBLIC_NOTICE",
        "ground": "OTHERS_FAILED",
        "reasons": "直接送达、邮寄送达均未成功,在网站公告。",
        "place": "示范市人民政府网站",
    }
    begun = await scene.act("SERVICE_OFFICER", f"{path}/attempts", public, "公告送达", "CPL 95")
    deemed = begun["steps"][-1]["deemed_on"]
    for kind, name, days in (("START", "起始", 15), ("MIDDLE", "中间", 15), ("END", "届满", 1)):
        await _upload(scene, path, f"SNAPSHOT_{kind}", f"保存公告网页快照({name})")
        await scene.pass_time("公告期间", "CPL 95", days=days, minutes=1)
    served = await _served(scene, path)
    await scene.say("系统", f"公告期满 {deemed},视为 {served['served_on']} 送达", served["basis"])
    return path.rpartition("/")[2]


async def _by_mail(scene: Scene, case_id: str) -> str:
    """The decision, by mail on a signed consent; the id of the service."""
    path = f"/v1/cases/{case_id}"

    async def told() -> bool | None:
        case = await scene.read("CASE_OFFICER", path)
        return True if case["state"] == "PRIOR_NOTICE_SERVED" else None

    await scene.until(told, "the service of the notice noted by the case")
    await scene.pass_time("陈述申辩期限届满,当事人未提出", "APL 45, 85", working_days=6)
    await scene.act(
        "CASE_OFFICER", f"{path}/defence-review", {"answers": []}, "记明当事人未陈述申辩", "APL 45"
    )
    await scene.act("AGENCY_HEAD", f"{path}/decision", orders.DECISION, "作出行政处罚决定", "APL 57, 59")
    statement = await scene.read("PARTY", "/v1/e-service-statement")
    consent = orders.consent(statement) | {"channel": "EMAIL", "address": MAILBOX, "documents": ["D-20a"]}
    await scene.act("PARTY", "/v1/e-service-consents", consent, "签署确认书,指定电子邮箱", "APL 61(2)")
    service = await _ordered(scene, case_id, "decision", "ELECTRONIC", "电子送达处罚决定书")
    served = await _served(scene, service)
    await scene.say("系统", f"决定书到达当事人指定的邮箱系统,送达日 {served['served_on']}", served["basis"])
    return service.rpartition("/")[2]


async def _wrong_person(scene: Scene, camera: Camera) -> None:
    """A prompt of another case, and the party that says it concerns somebody else."""
    case_id = await _case_of(scene, camera)
    message = await message_arrives(scene, case_id, "D-02")
    path = f"/v1/inbox/{message['message_id']}/disputes"
    await scene.act("PARTY", path, {"reason": "NOT_ME"}, "提出:不是我(送错了人)", "PIPL 46")


async def _ordered(scene: Scene, case_id: str, what: str, manner: str, text: str) -> str:
    """Order a service; its address, once it is open."""
    await scene.act(
        "SERVICE_OFFICER", f"/v1/cases/{case_id}/{what}/service", {"manner": manner}, text, "APL 61"
    )
    document = {"prior-notice": "D-14", "decision": "D-20a"}[what]

    async def opened() -> str | None:
        page = await scene.read("SERVICE_OFFICER", f"{PATH}?case_id={case_id}&limit=200")
        ids = [item["service_id"] for item in page["items"] if item["document_kind"] == document]
        return f"{PATH}/{ids[-1]}" if ids else None

    return await scene.until(opened, "the service opened")


async def _served(scene: Scene, path: str) -> dict[str, Any]:
    async def served() -> dict[str, Any] | None:
        effect: dict[str, Any] | None = (await scene.read("SERVICE_OFFICER", path))["effect"]
        return effect

    return await scene.until(served, "the service of the document")


async def _upload(scene: Scene, path: str, kind: str, text: str) -> None:
    data = street("www.demo.mingzheng.example", scene.stage.now())
    headers = {"content-digest": digest_field(data), "content-type": "application/octet-stream"}
    response = await scene.stage.upload("SERVICE_OFFICER", f"{path}/proofs?proof={kind}", data, headers)
    if not response.is_success:
        raise Refused(f"{text}: {response.status_code} {response.text[:800]}")
    await scene.say("送达人员", text, "CPL 95", records_of(response))


async def _certified(
    scene: Scene, service_id: str, folder: Path, title: str, trusted: Sequence[str]
) -> Certificate:
    """The certificate, once the ledger holds every record of the service, and the verdict over it."""
    name = f"service-{service_id}"

    async def whole() -> Certificate | None:
        tar = await scene.read("SERVICE_OFFICER", f"{PATH}/{service_id}/certificate")
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            archive.extractall(folder, filter="data")
        found = await asyncio.to_thread(_judged, folder / name, title, trusted)
        return found if found.holds else None

    return await scene.until(whole, f"{title} verified")


def _judged(folder: Path, title: str, trusted: Sequence[str]) -> Certificate:
    verifier = Path(ledger.__file__).parent / "verify.py"
    command = [sys.executable, "-I", "-S", str(verifier), "--service", str(folder), *trusted]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = (run.stdout or run.stderr).strip().splitlines() or [f"exit {run.returncode}"]
    return Certificate(title, folder, lines[0], run.returncode == 0)
