"""What a bundle says to people, in Chinese: the report that is printed, and the page that explains the check.

Every text that came from outside is escaped; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from common.clock import BEIJING
from evidence.domain.checks import ZH as CODE_ZH
from evidence.domain.checks import Code
from evidence.ledger.entry import Entry, moment
from evidence.ledger.merkle import leaf_hash

if TYPE_CHECKING:
    from evidence.dossier import Contents, Extract
    from evidence.store import Capture

_TYPES = {
    "device.registered": "设备登记",
    "device.submitted": "提交设置申请",
    "device.legally_reviewed": "法制审核",
    "device.technically_reviewed": "技术审核",
    "device.approved": "批准设置",
    "device.rejected": "不予批准设置",
    "device.installed": "安装",
    "device.trial_started": "开始试运行",
    "device.acceptance_tested": "试运行验收",
    "device.conformity_recorded": "登记标准符合性报告",
    "device.verification_recorded": "登记检定证书",
    "device.signage_recorded": "登记标志标识",
    "device.published": "公布设置地点",
    "device.activated": "启用",
    "device.suspended": "暂停使用",
    "device.resumed": "恢复使用",
    "device.imported": "存量导入",
    "device.account_issued": "发放接入账号",
    "evidence.ingested": "采集入库",
    "evidence.duplicated": "重复上传",
    "evidence.checked": "技术检查",
    "evidence.review_started": "领取审核",
    "evidence.acceptance_proposed": "初审通过",
    "evidence.accepted": "复审通过，成为证据",
    "evidence.rejected": "审核剔除",
    "evidence.late_review_allowed": "批准逾期审核",
    "evidence.backed_up": "备份并读回核对",
    "evidence.frozen": "随处罚决定固定",
    "evidence.disclosed": "调阅",
    "evidence.exported": "导出证据包",
    "case.opened": "发现线索",
    "case.party_identified": "确定当事人",
    "case.prompted": "告知提示",
    "case.filing_applied": "申请立案",
    "case.filed": "立案",
    "case.investigation_concluded": "调查终结",
    "case.prior_notice.issued": "制发事先告知书",
    "case.prior_notice.served": "送达事先告知书",
    "case.defence.submitted": "当事人陈述申辩",
    "case.defence.reviewed": "复核陈述申辩",
    "case.decided": "作出行政处罚决定",
    "case.service.ordered": "安排送达",
    "case.served": "送达处罚决定书",
    "case.performance_due": "告知履行期限",
    "case.paid": "缴款",
    "case.performed": "履行完毕",
    "case.closed": "结案",
    "case.archived": "归档",
}

_STYLE = (
    "body{font:12pt/1.7 'Noto Serif CJK SC',SimSun,serif;max-width:52em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}td,th{border:1px solid #666;padding:.25em .5em;"
    "text-align:left;vertical-align:top}th{white-space:nowrap}code{font-size:.8em;word-break:break-all}"
    "h1{font-size:1.5em}h2{font-size:1.2em;page-break-after:avoid}img{max-width:100%}"
)


def beijing(at: datetime | None) -> str:
    """An instant as a Chinese document writes it."""
    return at.astimezone(BEIJING).strftime("%Y年%m月%d日 %H:%M:%S") if at else "—"


def readme(extract: Extract) -> str:
    """README.zh-CN.md: what the bundle is and how anyone can check it."""
    return f"""# 明证 · 证据包

本证据包由非现场执法平台从证据账本导出，可以离线核验，不依赖本平台的任何软件或网络。

## 如何核验

在装有 Python 3.11 或更高版本的任何电脑上：

    python3 verify/verify.py <本证据包.zip> --key <主管部门公布的根公钥>

核验程序只使用 Python 标准库。它逐项核对：文件摘要、记录签名、记录在账本中的包含证明、
账本检查点签名、各对象记录是否连续完整。任何一项不符都会指出文件和原因。

根公钥必须取自主管部门公布的渠道，不能取自本证据包，因为伪造者可以用自己的密钥做出内部一致的材料。
不给出根公钥的，核验程序列出包内所用的公钥，请逐一与公布的公钥对照，不一致的不得采信。
`keys/policy.txt` 是账本的签名公钥，供其他 C2SP 工具使用。

## 内容

| 路径 | 内容 |
|---|---|
| report.html | 供阅读和打印的报告 |
| manifest.json、manifest.note | 文件清单及其签名 |
| media/ | 原始图片，一字节不改，文件名即 SHA-256 |
| records/、proofs/ | 账本条目及其包含证明 |
| keys/ | 签名密钥的登记条目、账本公钥 |
| checkpoints/final.note | 账本检查点（{extract.size} 条） |
| statements/ | 设备登记机关对采集当时设备是否合法的签名声明 |
| disclosures/ | 记录中承诺值的盐和原值 |
| verify/verify.py | 核验程序 |

时间夹证：未验证（演示时钟）。见证人：无。
"""


def report(contents: Contents) -> str:
    """report.html, complete in itself but for the pictures beside it."""
    extract = contents.extract
    title = "证据包报告"
    parts = [
        f"<h1>{title}</h1>",
        _table(
            [
                ("城市", contents.city),
                ("案件", contents.case_id or "—"),
                ("导出时间（平台时间）", beijing(contents.made_at)),
                ("账本", extract.origin),
                ("账本检查点", f"{extract.size} 条"),
                ("适用配置", contents.profile),
                ("时间夹证", "未验证（演示时钟）"),
                ("见证人", "无"),
            ]
        ),
        *(_capture(capture) for capture in contents.captures),
        *(_stream(stream, extract) for stream in extract.streams),
        "<h2>核验方法</h2><p>见 README.zh-CN.md。本报告仅供阅读；核验以记录、证明和签名为准。</p>",
    ]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="zh-CN"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _capture(capture: Capture) -> str:
    row = capture.row
    facts = [
        ("证据编号", row["id"]),
        ("设备编号", f"{row['device_code']}（{row['device_id']}）"),
        ("采集时间", f"{beijing(row['captured_at'])}（来源：{row['captured_from']}）"),
        ("平台接收时间", beijing(row["received_at"])),
        ("固定方式", "平台接收时固定"),
        ("违法行为代码", row["violation_code"] or "—"),
        ("号牌", row["plate"] or "—"),
        ("采集时设备合法", "是" if row["lawful"] else "否" if row["lawful"] is False else "未检查"),
        ("技术检查未通过项", _codes(row["check_codes"])),
        ("异常标记", "、".join(row["flags"]) or "无"),
        ("初审、复审人员", "、".join(who for who in (row["proposed_by"], row["confirmed_by"]) if who) or "—"),
        ("成为证据的时间", beijing(row["accepted_at"])),
        ("剔除原因", _codes(row["rejection_codes"])),
        ("备份核对时间", beijing(row["backed_up_at"])),
    ]
    pictures = "".join(
        f'<figure><img src="media/{m["sha256"]}.{"png" if m["media_type"] == "image/png" else "jpg"}" alt="">'
        f"<figcaption>图片 {m['n']}：{m['width']}×{m['height']}，{m['size']} 字节，拍摄时间 {beijing(m['shot_at'])}<br>"
        f"SHA-256 <code>{m['sha256']}</code></figcaption></figure>"
        for m in capture.media
    )
    return f"<h2>证据说明</h2>{_table(facts)}{pictures}"


def _codes(codes: Iterable[str]) -> str:
    return "；".join(f"{code} {CODE_ZH[Code(code)]}" for code in codes) or "无"


def _stream(stream: str, extract: Extract) -> str:
    entries = [p.entry for p in extract.records if p.entry.record.body["stream"] == stream]
    rows = "".join(_entry(entry) for entry in entries)
    head = "<tr><th>账本序号</th><th>入账时间</th><th>事项</th><th>行为人</th><th>条目摘要前十六位</th></tr>"
    return f"<h2>记录：<code>{escape(stream)}</code></h2><table>{head}{rows}</table>"


def _entry(entry: Entry) -> str:
    body: dict[str, Any] = entry.record.body
    what = _TYPES.get(body["type"], body["type"])
    cells = (
        str(entry.index),
        beijing(moment(entry.us)),
        what,
        body["actor"],
        leaf_hash(entry.raw).hex()[:16],
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _table(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    return f"<table>{rows}</table>"
