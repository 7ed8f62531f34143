"""Transfers in the story of two agencies: one is returned, one is accepted and ends with its result (NJ 19)."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from common.files.digests import digest_field
from mz.demo.stage import Refused, Scene

OFFICER: Final = "EXCHANGE_OFFICER"
HEAD: Final = "AGENCY_HEAD"
SENDER: Final = 0
RECEIVER: Final = 1
ENCLOSURES: Final = {
    "TRANSFER_LETTER": "移送书.pdf",
    "INVESTIGATION_REPORT": "调查报告.pdf",
    "GOODS_LIST": "涉案物品清单.pdf",
}
_PAGE: Final = b"%PDF-1.7\n" + b"0123456789" * 40 + b"\n%%EOF\n"
_SENDING: Final = "城管数据交换员"
_RECEIVING: Final = "交通数据交换员"


async def transfer_is_returned(scene: Scene, to_agency_id: str) -> None:
    """The receiver is not competent, and names the agency that is."""
    path = await _dispatched(scene, to_agency_id, "移送道路施工线索")
    competent = (await scene.read(OFFICER, "/v1/me", agency=SENDER))["agency"]["agency_id"]
    order = {"competent_agency_id": competent, "reason": "不属于本机关职权"}
    await _act(scene, f"{path}/return", order, "退回移送,并写明有权的机关", RECEIVER)


async def transfer_is_accepted(scene: Scene, to_agency_id: str) -> None:
    """The receiver verifies every file, files the case, and tells the result."""
    path = await _dispatched(scene, to_agency_id, "移送非法营运线索")
    order: dict[str, Any] = {"filing": "FILED", "reason": "属于本机关职权,已立案"}
    await _act(scene, f"{path}/acceptance", order, "受理移送并立案", RECEIVER)
    await scene.pass_time("过去 5 个工作日", "", working_days=5)
    decided_at = scene.stage.now().isoformat()
    order = {"outcome": "PENALISED", "decided_at": decided_at, "text": "已作出处罚决定"}
    await _act(scene, f"{path}/result", order, "反馈处理结果", RECEIVER)


async def _dispatched(scene: Scene, to_agency_id: str, subject: str) -> str:
    """A package on its way, received and verified; the address of its acts."""
    order = {
        "to_agency_id": to_agency_id,
        "recognised_at": scene.stage.now().isoformat(),
        "basis": [{"name": "南京市非现场执法管理暂行办法", "article": "第十九条"}],
        "subject": subject,
        "summary": "经审查,该违法行为由贵机关管辖",
        "handling": ["已发送告知提示"],
        "contact": _SENDING,
        "limitation_on": f"{scene.stage.now().year + 2}-01-01",
    }
    draft = await _act(scene, "/v1/case-transfers", order, f"草拟移送:{subject}", SENDER)
    path = f"/v1/case-transfers/{draft['exchange_id']}"
    for enclosure, name in ENCLOSURES.items():
        await _upload(scene, f"{path}/uploads", enclosure, name)
    submitted = await _act(scene, f"{path}/submission", {}, "附件齐备,提请负责人批准", SENDER)
    approval = {"manifest_sha256": submitted["manifest_sha256"]}
    await scene.act(
        HEAD, f"{path}/approval", approval, "批准移送(第二人)", "NJ 19", agency=SENDER, actor="城管局长"
    )
    transfer = await _act(scene, f"{path}/dispatch", {}, "发出移送,附签名清单", SENDER)
    files = [{"n": file["n"], "sha256": file["sha256"]} for file in transfer["files"]]
    receipt = {"manifest_sha256": transfer["manifest_sha256"], "files": files}
    await _act(scene, f"{path}/receipt", receipt, "逐件核对并签署回执", RECEIVER)
    return path


async def _upload(scene: Scene, path: str, enclosure: str, name: str) -> None:
    data = _PAGE + name.encode() + b"\n%%EOF\n"
    order = {
        "enclosure": enclosure,
        "name": name,
        "media_type": "application/pdf",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    begun = await scene.stage.call(OFFICER, "POST", path, order, agency=SENDER)
    if not begun.is_success:
        raise Refused(f"{name}: {begun.status_code} {begun.text[:800]}")
    upload = f"{path}/{begun.json()['upload']}"
    headers = {"content-digest": digest_field(data), "content-type": "application/octet-stream"}
    sent = await scene.stage.put(OFFICER, f"{upload}/parts/1", data, headers, agency=SENDER)
    done = await scene.stage.call(OFFICER, "POST", f"{upload}/completion", {}, agency=SENDER)
    if not (sent.is_success and done.is_success):
        raise Refused(f"{name}: {sent.status_code}, {done.status_code} {done.text[:800]}")


async def _act(scene: Scene, path: str, order: dict[str, Any], text: str, agency: int) -> dict[str, Any]:
    actor = (_SENDING, _RECEIVING)[agency]
    return await scene.act(OFFICER, path, order, text, "NJ 19", agency=agency, actor=actor)
