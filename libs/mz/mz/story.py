"""The story of one case, from a camera's draft to the archive, with the three refusals that matter most.

    camera ─▶ capture ─▶ two officers ─▶ prompt ─▶ filing ─▶ notice ─▶ defence ─▶ decision ─▶ payment ─▶ archive

Played by `./mz demo` against a running system and by the journey test in one process. It uses nothing but
the public API, each act by the person whose act it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import httpx

from common.clock import BEIJING
from mz.camera import Camera
from mz.fakebank import CALLBACK_PATH, SIGNATURE_HEADER, FakeBank, payment_notice
from mz.picture import PLATE, VIOLATION, vehicle
from mz.stage import Refused, Scene, records_of

_LAW: Final = {
    "level": "LAW",
    "title": "中华人民共和国道路交通安全法",
    "article": "第一百一十四条",
    "from_on": "2021-04-29",
}


@dataclass(frozen=True)
class Watching:
    """A camera in service and the account it may push with."""

    id: str
    code: str
    account: str
    password: str


async def camera_becomes_lawful(scene: Scene, camera: Camera) -> Watching:
    """From the draft to the activation; an expired verification is refused on the way."""
    now = scene.stage.now
    order = camera.registration()
    order["functions"][0] |= {"metrology": "MANDATORY", "bases": [_LAW]}
    device = await scene.act("DEVICE_ADMIN", "/v1/devices", order, f"登记设备 {camera.code}（草拟）", "NJ 9")
    path = f"/v1/devices/{device['id']}"
    reasons = {
        "necessity": "该路段人行道违法停车投诉集中,影响行人通行。",
        "alternatives": "已增设隔离桩并加强巡查,效果不足。",
        "siting": "路口视野开阔,一台设备即可覆盖。",
        "plan": "PLAN-2025-01",
    }
    await scene.act("DEVICE_ADMIN", f"{path}/submission", reasons, "提交设置申请,进入审核", "NJ 9")
    legal = {"checklist": {f"L{n}": "PASS" for n in range(1, 9)}, "opinion": "依据充分,同意设置。"}
    await scene.act("DEVICE_LEGAL_REVIEWER", f"{path}/legal-review", legal, "法制审核通过", "APL 41(1)")
    technical = {"checklist": {f"T{n}": "PASS" for n in range(1, 10)}, "opinion": "符合技术要求。"}
    await scene.act(
        "DEVICE_TECH_REVIEWER", f"{path}/technical-review", technical, "技术审核通过", "APL 41(1)"
    )
    await scene.act("AGENCY_HEAD", f"{path}/approval", {}, "批准设置", "APL 41(1)")
    where = {
        "longitude": camera.longitude,
        "latitude": camera.latitude,
        "view_sha256": "ab" * 32,
        "installer": "示范安装队",
    }
    await scene.act("DEVICE_ADMIN", f"{path}/installation", where, "安装验收", "NJ 10")
    await scene.act("DEVICE_ADMIN", f"{path}/trial", {"clock_drift_ms": 120}, "开始试运行", "NJ 8")
    today = now().astimezone(BEIJING).date()
    await scene.act(
        "DEVICE_ADMIN", f"{path}/standard-conformities", _conformity(today), "登记标准符合性", "NJ 8"
    )
    count = {"captures": 200, "correct": 197, "tested_on": str(today)}
    await scene.act(
        "DEVICE_TECH_REVIEWER", f"{path}/acceptance-test", count, "试运行验收:200 张中 197 张正确", "NJ 8"
    )
    sign = {"photo_sha256": "cd" * 32, "text": "违法停车抓拍", "from_on": str(today)}
    await scene.act("DEVICE_ADMIN", f"{path}/signage", sign, "设置标志标识", "NJ 10")
    await _verify(
        scene, path, f"JL-{camera.code[-4:]}-01", today - timedelta(days=340), today + timedelta(days=20)
    )
    publication = {
        "url": "https://demo.mingzheng.example/devices", "channel": "示范市政府网站", "complaint_phone": "12345",
    }  # fmt: skip
    await scene.act(
        "DEVICE_ADMIN", f"{path}/publication", publication, "向社会公布设置地点", "APL 41(1); NJ 10"
    )
    await scene.pass_time("公布满 30 日", "NJ 10", days=30, minutes=1)
    await scene.refused(
        "AGENCY_HEAD", f"{path}/activation", {}, "启用被拒绝:检定证书已过期", "DEV_VERIFICATION_EXPIRED"
    )
    today = now().astimezone(BEIJING).date()
    await _verify(scene, path, f"JL-{camera.code[-4:]}-02", today, today + timedelta(days=364))
    await scene.act("AGENCY_HEAD", f"{path}/activation", {}, "启用设备", "APL 41(1); NJ 10")
    issued = await scene.act("DEVICE_ADMIN", f"{path}/push-accounts", {}, "发放推送账号", "NJ 8")
    return Watching(device["id"], camera.code, issued["account"], issued["password"])


def _conformity(today: date) -> dict[str, Any]:
    return {
        "standard": "GA/T 497-2016", "report_no": "示检000001", "issuer": "示范市安防产品检测中心", "result": "PASS",
        "from_on": str(today - timedelta(days=30)),
    }  # fmt: skip


async def _verify(scene: Scene, path: str, number: str, verified_on: date, valid_until: date) -> None:
    certificate = {
        "certificate_no": number, "issuer": "示范市计量测试院", "result": "PASS", "functions": [VIOLATION],
        "verified_on": str(verified_on), "valid_until": str(valid_until),
    }  # fmt: skip
    text = f"登记检定证书 {number},有效期至 {valid_until}"
    await scene.act("DEVICE_ADMIN", f"{path}/verifications", certificate, text, "Metrology 9")


async def capture_is_pushed(scene: Scene, watching: Watching) -> str:
    """Register over GA/T 1400 and push two pictures of one vehicle; the id of the capture."""
    await scene.pass_time("设备启用后的第二个工作日", "", working_days=1)
    now = scene.stage.now().astimezone(BEIJING)
    first, second = now - timedelta(seconds=90), now - timedelta(seconds=30)
    auth = httpx.DigestAuth(watching.account, watching.password)
    hello = {"RegisterObject": {"DeviceID": watching.code}}
    headers = {"user-identify": watching.code}
    registered = await scene.stage.http.post("/VIID/System/Register", json=hello, headers=headers, auth=auth)
    await scene.say(
        f"设备 {watching.code}",
        f"GA/T 1400 注册:{registered.json()['ResponseStatusObject']['StatusString']}",
        "NJ 12",
    )
    body = vehicle(watching.code, PLATE, first, second)
    pushed = await scene.stage.http.post("/VIID/MotorVehicles", json=body, headers=headers)
    status = pushed.json()["ResponseStatusObject"]["StatusCode"]
    if pushed.status_code != httpx.codes.OK or status != 0:
        raise Refused(f"push: {pushed.status_code} {pushed.text[:500]}")
    await scene.say(f"设备 {watching.code}", "推送一次抓拍,含 2 张图片", "NJ 12", records_of(pushed))

    async def checked() -> str | None:
        page = await scene.read("EVIDENCE_REVIEWER", "/v1/captures?state=TECH_PASSED&limit=200")
        mine = [item["id"] for item in page["items"] if item["device_id"] == watching.id]
        return str(mine[0]) if mine else None

    evidence_id = await scene.until(checked, "technical checks")
    await scene.say("系统", "技术检查通过,并取得设备在抓拍那一秒的合法性签名声明", "APL 41; NJ 14")
    return evidence_id


async def capture_is_reviewed(scene: Scene, evidence_id: str) -> None:
    """Two officers; the same person a second time is refused."""
    path = f"/v1/captures/{evidence_id}"
    four = {"true": True, "clear": True, "complete": True, "accurate": True}
    await scene.act("EVIDENCE_REVIEWER", f"{path}/review", {}, "领取抓拍,开始审核", "NJ 14")
    await open_pictures(scene, path, nth=0)
    order = {"attributes": four, "violation_code": VIOLATION}
    await scene.act(
        "EVIDENCE_REVIEWER", f"{path}/acceptance-proposal", order, "初审:真实、清晰、完整、准确", "APL 41(2)"
    )
    await scene.refused(
        "EVIDENCE_REVIEWER",
        f"{path}/acceptance",
        {"attributes": four},
        "同一人复核被拒绝",
        "EVD_SECOND_REVIEWER_REQUIRED",
    )
    await open_pictures(scene, path, nth=1)
    await scene.act(
        "EVIDENCE_REVIEWER",
        f"{path}/acceptance",
        {"attributes": four},
        "复核通过,成为证据",
        "APL 41(2), 42",
        nth=1,
    )


async def open_pictures(scene: Scene, path: str, *, nth: int) -> None:
    """Look at every picture; each look is on record with its purpose."""
    seen = await scene.read("EVIDENCE_REVIEWER", path, nth=nth)
    for picture in seen["media"]:
        await scene.read("EVIDENCE_REVIEWER", f"{path}/images/{picture['n']}", nth=nth, purpose="REVIEW")


async def case_is_prompted(scene: Scene, evidence_id: str) -> str:
    """The case that the accepted capture opened; its party is found and prompted. The id of the case."""

    async def opened() -> str | None:
        page = await scene.read("CASE_OFFICER", "/v1/cases?limit=200")
        for summary in page["items"]:
            case = await scene.read("CASE_OFFICER", f"/v1/cases/{summary['id']}")
            if any(
                exhibit["evidence_id"] == evidence_id and exhibit["backed_up"] for exhibit in case["exhibits"]
            ):
                return str(case["id"])
        return None

    case_id = await scene.until(opened, "a case for the accepted capture, backed up")
    case = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
    await scene.say("系统", f"立线索 {case['number']};证据已备份到第二存储并复读核对", "APL 54; NJ 17")
    party = {
        "party_id": scene.stage.sub("PARTY").partition(":")[2], "kind": "PERSON", "age_group": "ADULT",
        "name": "张示民",
        "identity_kind": "居民身份证", "identity_number": "310101199001010018", "address": "示范市黄浦区示范路1号",
        "sources": ["VEHICLE_REGISTER", "POPULATION_REGISTER"],
    }  # fmt: skip
    await scene.act("CASE_OFFICER", f"/v1/cases/{case_id}/party", party, "确认当事人(两个数据来源)", "APL 40")
    prompt = {"correction": "请立即将车辆移至停车泊位"}
    await scene.act(
        "CASE_OFFICER", f"/v1/cases/{case_id}/prompt", prompt, "发出涉嫌违法行为告知提示", "NJ 4, 15"
    )
    message = await message_arrives(scene, case_id, "D-02")
    await scene.act(
        "PARTY", f"/v1/inbox/{message['message_id']}/receipt", {}, "在收件箱看到告知提示", "APL 41(3)"
    )
    return case_id


async def message_arrives(scene: Scene, case_id: str, document_kind: str) -> dict[str, Any]:
    """The message of this case in the party's inbox."""

    async def arrived() -> dict[str, Any] | None:
        cursor: str | None = ""
        while cursor is not None:
            page = await scene.read("PARTY", f"/v1/inbox?limit=200{cursor and '&cursor=' + cursor}")
            for message in page["items"]:
                if (message["case_id"], message["document_kind"]) == (case_id, document_kind):
                    found: dict[str, Any] = message
                    return found
            cursor = page["next_cursor"]
        return None

    return await scene.until(arrived, f"{document_kind} in the inbox")


async def case_is_filed(scene: Scene, case_id: str) -> None:
    """After the correction window two officers file, with the head's approval, and conclude the investigation."""
    path = f"/v1/cases/{case_id}"
    await scene.pass_time("改正期限届满,车辆未移走", "NJ 4", minutes=40)
    findings = {"minor": False, "promptly_corrected": False, "harmless": False}
    application = {
        "second_officer_id": scene.stage.sub("CASE_OFFICER", nth=1).partition(":")[2], "findings": findings,
        "reason": "提示后未在期限内改正,占用人行道影响通行。",
    }  # fmt: skip
    await scene.act(
        "CASE_OFFICER", f"{path}/filing-application", application, "申请立案,确定两名办案人员", "APL 42, 54"
    )
    await scene.act("AGENCY_HEAD", f"{path}/filing", {}, "批准立案,九十日办案期限开始", "APL 54, 60")
    report = {
        "no_conflict": True, "findings": findings, "fine_fen": 10_000,
        "facts": ["该车于人行道停放,两张图片间隔六十秒车辆未移动。"], "reasons": ["违反停车规定,且经提示未改正。"],
        "circumstances": {"PRIOR_VIOLATIONS": "NONE", "OBSTRUCTION": "PEDESTRIANS"},
    }  # fmt: skip
    for nth, name in enumerate(("郑示甲", "王示甲")):
        order = {**report, "signed_as": name}
        text = f"在调查终结报告上签名({'一二'[nth]}/二)"
        await scene.act(
            "CASE_OFFICER", f"{path}/investigation-conclusion", order, text, "APL 42, 57", nth=nth
        )


async def party_is_heard(scene: Scene, case_id: str) -> None:
    """Consent, prior notice, its service, the defence and the answer to it."""
    path = f"/v1/cases/{case_id}"
    await scene.act("TEAM_LEAD", f"{path}/prior-notice", {}, "制作行政处罚事先告知书", "APL 44")
    standing = await scene.read("PARTY", "/v1/e-service-statement")
    if not await _has_consented(scene):
        order = {"manner": "ELECTRONIC"}
        await scene.refused(
            "SERVICE_OFFICER", f"{path}/prior-notice/service", order, "电子送达被拒绝:当事人尚未签署确认书",
            "CASE_SERVICE_CONSENT_MISSING",
        )  # fmt: skip
        consent = {
            "documents": standing["documents"], "channel": standing["channels"][0], "address": "inbox",
            "text_version": standing["text_version"],
        }  # fmt: skip
        await scene.act("PARTY", "/v1/e-service-consents", consent, "签署电子送达地址确认书", "APL 61(2)")
    await serve(scene, case_id, "prior-notice", "D-14")
    defence = {"statement": "当时下车搬运货物,停留时间很短,请求从轻处理。", "final": True}
    await scene.act("PARTY", f"{path}/defences", defence, "提交陈述申辩", "APL 45")
    await scene.pass_time("陈述申辩期限届满", "APL 45, 85", working_days=6)
    answers = {
        "answers": [{"number": 1, "adopted": False, "reason": "图片显示停放时间已超过允许的临时停留。"}]
    }
    await scene.act("CASE_OFFICER", f"{path}/defence-review", answers, "逐条复核陈述申辩", "APL 45")


async def _has_consented(scene: Scene) -> bool:
    """Whether an earlier story already signed: a consent is the party's, not the case's."""
    page = await scene.read("PARTY", "/v1/inbox?limit=200")
    return any(message["kind"] == "SERVICE" for message in page["items"])


async def serve(scene: Scene, case_id: str, document: str, kind: str) -> None:
    """Order the electronic service of a document and wait until it is served."""
    title = {"D-14": "事先告知书", "D-20a": "行政处罚决定书"}[kind]
    order = {"manner": "ELECTRONIC"}
    await scene.act(
        "SERVICE_OFFICER", f"/v1/cases/{case_id}/{document}/service", order, f"送达{title}", "APL 61"
    )
    message = await message_arrives(scene, case_id, kind)
    await scene.say("系统", f"{title}到达当事人收件箱,送达日 {message['served_on']}", "CPL 90")
    state = {"D-14": {"PRIOR_NOTICE_SERVED"}, "D-20a": {"SERVED", "PERFORMING"}}[kind]

    async def noted() -> bool | None:
        case = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return True if case["state"] in state else None

    await scene.until(noted, f"service of {kind} noted by the case")


async def case_is_decided(scene: Scene, case_id: str) -> None:
    """An aggravated decision is refused; the one that was notified is made and served."""
    path = f"/v1/cases/{case_id}"
    heavier = {"kind": "FINE", "fine_fen": 15_000, "surcharge_stated": True}
    await scene.refused(
        "AGENCY_HEAD", f"{path}/decision", heavier, "加重的处罚决定被拒绝", "CASE_AGGRAVATION_FORBIDDEN"
    )
    decision = {"kind": "FINE", "fine_fen": 10_000, "surcharge_stated": True}
    await scene.act(
        "AGENCY_HEAD", f"{path}/decision", decision, "作出行政处罚决定:罚款 100.00 元", "APL 57, 59"
    )
    await serve(scene, case_id, "decision", "D-20a")


async def case_is_performed(scene: Scene, case_id: str, bank: FakeBank) -> None:
    """The fine is paid at the bank, the case closed and archived."""
    path = f"/v1/cases/{case_id}"

    async def due() -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await scene.read("CASE_OFFICER", path))["payment"]
        return found

    payment = await scene.until(due, "a payment reference")
    await scene.pass_time("三日后,当事人到银行缴款", "APL 67", days=3)
    at = scene.stage.now()
    body = payment_notice(
        reference=payment["reference"],
        amount_fen=payment["fine_fen"],
        paid_at=at,
        serial=f"B{payment['reference']}",
    )
    headers = {"content-type": "application/json", SIGNATURE_HEADER: bank.sign(body)}
    paid = await scene.stage.http.post(CALLBACK_PATH, content=body, headers=headers)
    if not paid.is_success:
        raise Refused(f"payment: {paid.status_code} {paid.text[:500]}")
    await scene.say(
        "示范银行", f"签名回执:已收罚款 {payment['fine_fen'] / 100:.2f} 元", "APL 67, 70", records_of(paid)
    )
    await scene.act("CASE_OFFICER", f"{path}/closure-proposal", {}, "提议结案", "APL 74")
    await scene.act("TEAM_LEAD", f"{path}/closure", {}, "批准结案", "APL 47")
    await scene.act("ARCHIVIST", f"{path}/archive", {}, "案卷归档", "NJ 17")


async def play(scene: Scene, camera: Camera, bank: FakeBank) -> str:
    """The whole story; the id of the archived case."""
    watching = await camera_becomes_lawful(scene, camera)
    evidence_id = await capture_is_pushed(scene, watching)
    await capture_is_reviewed(scene, evidence_id)
    case_id = await case_is_prompted(scene, evidence_id)
    await case_is_filed(scene, case_id)
    await party_is_heard(scene, case_id)
    await case_is_decided(scene, case_id)
    await case_is_performed(scene, case_id, bank)
    return case_id
