"""The story of one case, from a camera's draft to the archive, with the three refusals that matter most.

    camera ─▶ capture ─▶ two officers ─▶ prompt ─▶ filing ─▶ notice ─▶ defence ─▶ decision ─▶ payment ─▶ archive

Played by `./mz demo` against a running system and by the journey test in one process. It uses nothing but
the public API, and each act is by a person who may do it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from mz.demo import orders
from mz.demo.camera import STEPS, VIOLATION, Camera, work_plan
from mz.demo.fakebank import DAY_PATH, FakeBank, day_file, payment_notice
from mz.demo.picture import vehicle
from mz.demo.stage import Refused, Scene, records_of

_SERVED: Final = {
    "D-14": ("事先告知书", "APL 44, 61(2)", {"PRIOR_NOTICE_SERVED"}),
    "D-18a": ("听证通知书", "APL 64", {"HEARING"}),
    "D-20": ("不予行政处罚决定书", "APL 61", {"SERVED"}),
    "D-20a": ("行政处罚决定书", "APL 61", {"SERVED", "PERFORMING"}),
    "D-36": ("撤销决定书", "APL 61", {"REVOKED_BY_SELF"}),
}
"""Each document that is served: its title, the law of its service, and the states that the service leads to."""


@dataclass(frozen=True)
class Watching:
    """A camera in service and the account it may push with; `host_code` names the platform that speaks for it."""

    id: str
    code: str
    account: str
    password: str
    host_code: str | None = None


async def camera_becomes_lawful(scene: Scene, camera: Camera) -> Watching:
    """From the draft to the activation; an expired verification is refused on the way."""
    order = work_plan(legal_day(scene.stage.now()))
    plan = await scene.act("DEVICE_ADMIN", "/v1/plans", order, "制定智慧监管建设方案", "NJ 7")
    order = camera.registration(metrology="MANDATORY")
    device = await scene.act("DEVICE_ADMIN", "/v1/devices", order, f"登记设备 {camera.code}(草拟)", "NJ 9")
    path = f"/v1/devices/{device['id']}"

    async def step(name: str, text: str, article: str, **changes: str) -> None:
        order = camera.order(name, legal_day(scene.stage.now())) | changes
        await scene.act(STEPS[name], f"{path}/{name}", order, text, article)

    await step("submission", "提交设置申请,进入审核", "NJ 9", plan_id=plan["plan_id"])
    await step("legal-review", "法制审核通过", "APL 41(1)")
    await step("technical-review", "技术审核通过", "APL 41(1)")
    await step("approval", "批准设置", "APL 41(1)")
    await step("installation", "安装验收", "NJ 10")
    await step("trial", "开始试运行", "NJ 8")
    await step("standard-conformities", "登记标准符合性", "NJ 8")
    await step("acceptance-test", "试运行验收:200 张中 197 张正确", "NJ 8")
    await step("signage", "设置标志标识", "NJ 10")
    today = legal_day(scene.stage.now())
    old = {"verified_on": f"{today - timedelta(days=340)}", "valid_until": f"{today + timedelta(days=20)}"}
    await step("verifications", f"登记检定证书,有效期至 {old['valid_until']}", "Metrology 9", **old)
    await step("publication", "向社会公布设置地点", "APL 41(1); NJ 10")
    await scene.pass_time("公布满 30 日", "NJ 10", days=30, minutes=1)
    await scene.refused(
        "AGENCY_HEAD", f"{path}/activation", {}, "启用被拒绝:检定证书已过期", "DEV_VERIFICATION_EXPIRED"
    )
    renewed = f"JL-{camera.code[-4:]}-02"
    await step("verifications", f"登记新的检定证书 {renewed}", "Metrology 9", certificate_no=renewed)
    await step("activation", "启用设备", "APL 41(1); NJ 10")
    issued = await scene.act(
        "DEVICE_ADMIN", f"{path}/push-accounts", {"digest": True}, "发放推送账号", "NJ 8"
    )
    return Watching(device["id"], camera.code, issued["account"], issued["password"])


async def capture_is_pushed(scene: Scene, watching: Watching) -> str:
    """Register over GA/T 1400 and push two pictures of one vehicle; the id of the capture."""
    await scene.pass_time("设备启用后的第二个工作日", "", working_days=1)
    auth = httpx.DigestAuth(watching.account, watching.password)
    code = watching.host_code or watching.code
    speaker = f"平台 {code}" if watching.host_code else f"设备 {code}"
    hello = {"RegisterObject": {"DeviceID": code}}
    headers = {"user-identify": code}
    registered = await scene.stage.http.post("/VIID/System/Register", json=hello, headers=headers, auth=auth)
    await scene.say(
        speaker,
        f"GA/T 1400 注册:{registered.json()['ResponseStatusObject']['StatusString']}",
        "NJ 12",
    )
    body = vehicle(watching.code, scene.stage.now())
    pushed = await scene.stage.http.post("/VIID/MotorVehicles", json=body, headers=headers, auth=auth)
    status = pushed.json()["ResponseStatusObject"]["StatusCode"]
    if pushed.status_code != httpx.codes.OK or status != 0:
        raise Refused(f"push: {pushed.status_code} {pushed.text[:500]}")
    await scene.say(speaker, f"推送设备 {watching.code} 的一次抓拍,含 2 张图片", "NJ 12", records_of(pushed))

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
    await scene.act("EVIDENCE_REVIEWER", f"{path}/review", {}, "领取抓拍,开始审核", "NJ 14")
    await open_pictures(scene, path, nth=0)
    order = {"attributes": orders.ATTRIBUTES, "violation_code": VIOLATION}
    await scene.act(
        "EVIDENCE_REVIEWER", f"{path}/acceptance-proposal", order, "初审:真实、清晰、完整、准确", "APL 41(2)"
    )
    await scene.refused(
        "EVIDENCE_REVIEWER",
        f"{path}/acceptance",
        {"attributes": orders.ATTRIBUTES},
        "同一人复核被拒绝",
        "EVD_SECOND_REVIEWER_REQUIRED",
    )
    await open_pictures(scene, path, nth=1)
    await scene.act(
        "EVIDENCE_REVIEWER",
        f"{path}/acceptance",
        {"attributes": orders.ATTRIBUTES},
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
    """Find the case that the accepted capture opened; identify and prompt its party. The id of the case."""

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
    await scene.say("系统", f"立线索 {case['number']};证据已备份到第二存储并复读核对", "APL 17, 41; NJ 17")
    party = orders.party(scene.stage.sub("PARTY").partition(":")[2])
    await scene.act("CASE_OFFICER", f"/v1/cases/{case_id}/party", party, "确认当事人(两个数据来源)", "APL 40")
    await scene.act(
        "CASE_OFFICER", f"/v1/cases/{case_id}/prompt", orders.PROMPT, "发出涉嫌违法行为告知提示", "NJ 4, 15"
    )
    message = await message_arrives(scene, case_id, "D-02")
    shown = {"seen_up_to": 1, "ids": [message["message_id"]]}
    await scene.act("PARTY", "/v1/inbox/state", shown, "在收件箱打开告知提示", "APL 41(3)")
    receipt = f"/v1/inbox/{message['message_id']}/acknowledgements"
    await scene.act("PARTY", receipt, {}, "签收告知提示", "APL 41(3)")

    async def noted() -> bool | None:
        case = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return True if case["prompt_delivered_at"] else None

    await scene.until(noted, "the delivery of the prompt noted by the case")
    return case_id


async def message_arrives(scene: Scene, case_id: str, document_kind: str) -> dict[str, Any]:
    """The message of this case in the party's inbox."""

    async def arrived() -> dict[str, Any] | None:
        async for message in _inbox(scene, f"&case_id={case_id}"):
            if message["document_kind"] == document_kind:
                match: dict[str, Any] = message
                return match
        return None

    return await scene.until(arrived, f"{document_kind} in the inbox")


async def _inbox(scene: Scene, filters: str) -> AsyncIterator[dict[str, Any]]:
    """The messages of the party's inbox, oldest first; one that changed comes more than once."""
    cursor, has_more = "", True
    while has_more:
        page = await scene.read("PARTY", f"/v1/inbox?limit=200{filters}{cursor and '&cursor=' + cursor}")
        for entry in page["items"]:
            if entry["message"] is not None:
                yield entry["message"]
        cursor, has_more = page["next_cursor"], page["has_more"]


async def case_is_filed(scene: Scene, case_id: str) -> None:
    """After the correction window two officers file, with the head's approval, and conclude the investigation."""
    path = f"/v1/cases/{case_id}"
    await scene.pass_time("改正期限届满,车辆未移走", "NJ 4", minutes=40)
    second = scene.stage.sub("CASE_OFFICER", nth=1).partition(":")[2]
    await scene.act(
        "CASE_OFFICER",
        f"{path}/filing-application",
        orders.filing_application(second),
        "申请立案,确定两名办案人员",
        "APL 42, 54",
    )
    await scene.act("AGENCY_HEAD", f"{path}/filing", {}, "批准立案,九十日办案期限开始", "APL 54, 60")
    for nth, name in enumerate(("郑示甲", "王示甲")):
        order = {**orders.REPORT, "signed_as": name}
        text = f"在调查终结报告上签名({'一二'[nth]}/二)"
        await scene.act(
            "CASE_OFFICER", f"{path}/investigation-conclusion", order, text, "APL 42, 57", nth=nth
        )


async def party_is_heard(scene: Scene, case_id: str) -> None:
    """Consent, prior notice, its service, the defence and the answer to it."""
    path = f"/v1/cases/{case_id}"
    await party_is_notified(scene, case_id)
    await scene.act("PARTY", f"{path}/defences", orders.DEFENCE, "提交陈述申辩", "APL 45")
    await scene.pass_time("陈述申辩期限届满", "APL 45, 85", working_days=6)
    await scene.act("CASE_OFFICER", f"{path}/defence-review", orders.ANSWERS, "逐条复核陈述申辩", "APL 45")


async def party_is_notified(scene: Scene, case_id: str) -> None:
    """The prior notice, the party's consent to electronic service where nobody gave it yet, and the service."""
    path = f"/v1/cases/{case_id}"
    await scene.act("TEAM_LEAD", f"{path}/prior-notice", {}, "制作行政处罚事先告知书", "APL 44")
    if not await has_consented(scene):
        await scene.refused(
            "SERVICE_OFFICER", f"{path}/prior-notice/service", orders.ELECTRONIC,
            "电子送达被拒绝:当事人尚未签署确认书", "CASE_SERVICE_CONSENT_MISSING",
        )  # fmt: skip
        await party_consents(scene)
    await serve(scene, case_id, "prior-notice", "D-14")


async def party_consents(scene: Scene) -> None:
    """The party agrees to be served electronically."""
    statement = await scene.read("PARTY", "/v1/e-service-statement")
    order = orders.consent(statement)
    await scene.act("PARTY", "/v1/e-service-consents", order, "签署电子送达地址确认书", "APL 61(2)")


async def has_consented(scene: Scene) -> bool:
    """Whether an earlier story already signed: a consent is the party's, not the case's."""
    async for _ in _inbox(scene, "&kind=SERVICE"):
        return True
    return False


async def serve(scene: Scene, case_id: str, document: str, kind: str) -> None:
    """Order the electronic service of a document and wait until it is served."""
    title, law, states = _SERVED[kind]
    path = f"/v1/cases/{case_id}/{document}/service"
    await scene.act("SERVICE_OFFICER", path, orders.ELECTRONIC, f"送达{title}", law)
    message = await message_arrives(scene, case_id, kind)
    await scene.say("系统", f"{title}到达当事人收件箱,送达日 {message['served_on']}", "CPL 90")

    async def noted() -> bool | None:
        case = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return True if case["state"] in states else None

    await scene.until(noted, f"service of {kind} noted by the case")


async def case_is_decided(scene: Scene, case_id: str) -> None:
    """An aggravated decision is refused; the notified decision is made and served."""
    path = f"/v1/cases/{case_id}"
    heavier = orders.DECISION | {"fine_fen": orders.DECISION["fine_fen"] * 3 // 2}
    await scene.refused(
        "AGENCY_HEAD", f"{path}/decision", heavier, "加重的处罚决定被拒绝", "CASE_AGGRAVATION_FORBIDDEN"
    )
    fine = f"作出行政处罚决定:罚款 {orders.DECISION['fine_fen'] / 100:.2f} 元"
    await scene.act("AGENCY_HEAD", f"{path}/decision", orders.DECISION, fine, "APL 57, 59")
    await serve(scene, case_id, "decision", "D-20a")


async def case_is_performed(scene: Scene, case_id: str, bank: FakeBank) -> None:
    """The fine is paid at the bank, the case closed and archived."""
    path = f"/v1/cases/{case_id}"

    async def due() -> dict[str, Any] | None:
        payment: dict[str, Any] | None = (await scene.read("CASE_OFFICER", path))["payment"]
        return payment

    payment = await scene.until(due, "a payment reference")
    await scene.pass_time("三日后,当事人到银行缴款", "APL 67", days=3)
    body = payment_notice(
        reference=payment["reference"],
        amount_fen=payment["fine_fen"],
        paid_at=scene.stage.now(),
        serial=f"B{payment['reference']}",
    )
    paid = await bank.tell(scene.stage.http, body)
    if not paid.is_success:
        raise Refused(f"payment: {paid.status_code} {paid.text[:500]}")
    await scene.say(
        "示范银行", f"签名回执:已收罚款 {payment['fine_fen'] / 100:.2f} 元", "APL 67; NJ 16", records_of(paid)
    )
    day = day_file(legal_day(scene.stage.now()), body)
    settled = await bank.tell(scene.stage.http, day, DAY_PATH)
    if not settled.is_success or settled.json()["reconciled"] != 1:
        raise Refused(f"reconciliation: {settled.status_code} {settled.text[:500]}")
    await scene.say("示范银行", "日终对账文件:缴款一致,处罚履行完毕", "APL 67; NJ 16", records_of(settled))
    await scene.act("CASE_OFFICER", f"{path}/closure-proposal", {}, "提议结案", "NJ 16")
    await scene.act("TEAM_LEAD", f"{path}/closure", {}, "批准结案", "APL 47")
    await scene.act("ARCHIVIST", f"{path}/archive", {}, "案卷归档", "NJ 17")


async def play(scene: Scene, camera: Camera, bank: FakeBank) -> str:
    """The whole story; the id of the archived case."""
    watching = await camera_becomes_lawful(scene, camera)
    evidence_id = await capture_is_pushed(scene, watching)
    await capture_is_reviewed(scene, evidence_id)
    return await case_runs_to_the_archive(scene, evidence_id, bank)


async def case_runs_to_the_archive(scene: Scene, evidence_id: str, bank: FakeBank) -> str:
    """From an accepted capture on; the id of the archived case."""
    case_id = await case_is_prompted(scene, evidence_id)
    await case_is_filed(scene, case_id)
    await party_is_heard(scene, case_id)
    await case_is_decided(scene, case_id)
    await case_is_performed(scene, case_id, bank)
    return case_id
