"""The texts of a bundle for people, in Chinese: the report that is printed, and the page that explains the check.

Every text that came from outside is escaped. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from common.values.clock import BEIJING
from evidence.bundles.extract import Anchor, Extract, Vouchers
from evidence.domain.checks import ZH as CODE_ZH
from evidence.domain.checks import Code
from evidence.domain.erasure import NOTICE
from ledger.checkpoint import parse as parse_checkpoint
from ledger.entry import Entry, moment
from ledger.merkle import leaf_hash

if TYPE_CHECKING:
    from evidence.bundles.dossier import Contents
    from evidence.domain.lifecycle import Capture

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
    "evidence.erasure_proposed": "提请依法删除",
    "evidence.erased": "依法删除内容",
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


def readme(contents: Contents) -> str:
    """README.zh-CN.md explains the bundle and how anyone can check it."""
    extract = contents.extract
    return f"""# 明证 · 证据包

本证据包由非现场执法平台从证据账本导出，可以离线核验，不依赖本平台的任何软件或网络。

## 如何核验

在装有 Python 3.11 或更高版本的任何电脑上：

    python3 -I verify/verify.py <本证据包.zip> --key <公布的根公钥> \\
        [--witness <见证人公钥> … --quorum <至少几个>] [--tsa <时间戳机构根证书.pem> …] [--monitor <监督方公钥>]

核验程序只使用 Python 标准库。包内所附的核验程序是为了方便：改包的人也能改它，请用主管部门另行公布的同一程序，
或先核对两者的 SHA-256 相同。没有 Python 的，解开压缩包后用 bash、openssl 和 coreutils：

    bash verify/verify.sh <解开的目录> --key <公布的根公钥> [--tsa <时间戳机构根证书.pem>]

任何通用的 C2SP 工具（例如 Go 的 golang.org/x/mod/sumdb）也能核验 `proofs/` 与 `checkpoints/`。

## 结论怎么读

| 结论 | 意思 |
|---|---|
| 核验通过 VERIFIED | 每一项必需的核验都至少做了一次，并且全部相符 |
| 未能核验 NOT_VERIFIED | 有必需的核验做不了，或没有可核验的内容；不等于伪造，也不等于真实 |
| 已被改动或伪造 FORGED | 有一项不符；报告写明是哪一项、哪个文件 |

必需的是：文件摘要、清单签名、记录签名、归入账本、检查点签名、信任根、流内无缺、账本次序。
给出 `--witness` 的，见证副署成为必需；给出 `--tsa` 的，时间上限成为必需；给出 `--monitor` 的，末条之后无缺成为必需。
没有给出的，相应一项不影响结论，但列在「未核验」之下；给出后副署、时间戳或声明不符的，结论是伪造。

公钥和证书必须取自主管部门、见证单位、时间戳机构各自公布的渠道，**不能取自本证据包**，因为伪造者可以用自己的密钥
做出内部一致的材料。不给出根公钥的，不会得到「核验通过」；程序列出包内所用的公钥，供逐一对照。

## 内容

| 路径 | 内容 |
|---|---|
| report.html | 供阅读和打印的报告 |
| manifest.json、manifest.note | 文件清单及其签名 |
| media/ | 原始图片，一字节不改，文件名即 SHA-256 |
| records/、proofs/ | 账本条目及其包含证明 |
| keys/ | 签名密钥的登记、更换、吊销条目及其包含证明；policy.txt 是账本公钥与见证人名单 |
| checkpoints/ | final：全部证明所依的检查点（{extract.size} 条），带见证副署；lower、upper：盖过时间戳的检查点 |
| consistency/ | 上述检查点属于同一段历史的证明 |
| timestamps/ | RFC 3161 时间戳及证书 |
| statements/ | 设备登记机关对采集当时设备是否合法的签名声明；completeness.note 是监督方的完整性声明 |
| disclosures/ | 记录中承诺值的盐和原值 |
| sm3/ | 同一批条目在国密 SM3 树中的检查点（SM2 签名）、证明和锚定条目 |
| verify/ | 核验程序 |

时间：{_CLOCK[contents.clock]}
{_absent_text(contents.vouchers.absent)}"""


_CLOCK = {
    "demo": "账本时间取自演示时钟，可以快进，不能作为时间证明；时间戳与见证时间是真实时间，只与条目次序相比较。",
    "real": "账本时间与时间戳、见证时间相互比较，允许相差六十秒。",
}


def _absent_text(absent: Iterable[str]) -> str:
    lines = "".join(f"- {line}\n" for line in absent)
    return f"\n导出时没有取得的：\n\n{lines}" if lines else ""


def report(contents: Contents) -> str:
    """report.html, complete in itself but for the pictures beside it."""
    extract, vouchers = contents.extract, contents.vouchers
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
                ("默克尔根", parse_checkpoint(extract.checkpoint)[0].root.hex()),
                ("证据包摘要", "见账本中本次导出的记录（evidence.exported），与本文件的 SHA-256 对照"),
                ("适用配置", contents.profile),
                ("时间", _CLOCK[contents.clock]),
                ("见证人", "、".join(extract.witnesses) or "无"),
                ("时间戳（记录之前）", _stamped(vouchers.lower)),
                ("时间戳（记录之后）", _stamped(vouchers.upper)),
                ("监督方的完整性声明", "有" if vouchers.statement else "无"),
                ("国密旁证", "SM3 树、SM2 签名" if extract.twin else "无"),
                *(("导出时没有取得", line) for line in vouchers.absent),
            ]
        ),
        *(_capture(capture, extract) for capture in contents.captures),
        *(_stream(stream, contents) for stream in extract.streams),
        _CHECKS,
        _RULES,
        "<h2>核验方法</h2><p>见 README.zh-CN.md。本报告仅供阅读；核验以记录、证明和签名为准。</p>",
    ]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="zh-CN"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _stamped(anchor: Anchor | None) -> str:
    return f"前 {anchor.size} 条，{'、'.join(sorted(anchor.tokens))}" if anchor else "无"


def _capture(capture: Capture, extract: Extract) -> str:
    ingested = [p.entry for p in extract.records if p.entry.record.stream == capture.id.stream][:1]
    facts = [
        ("证据编号", capture.id),
        ("设备编号", f"{capture.device_code}（{capture.device_id}）"),
        (
            "自称的采集时间",
            f"{beijing(capture.captured_at)}（来源：{capture.captured_from}；设备所报，平台不作保证）",
        ),
        ("平台接收时间", beijing(capture.received_at)),
        *(("账本入账时间", f"{beijing(moment(e.us))}（第 {e.index} 条）") for e in ingested),
        ("固定方式", "平台接收时固定"),
        ("违法行为代码", capture.violation_code or "—"),
        ("号牌", (capture.subject and capture.subject.plate) or "—"),
        ("采集时设备合法", "是" if capture.lawful else "否" if capture.lawful is False else "未检查"),
        ("技术检查未通过项", _codes(capture.check_codes)),
        ("异常标记", "、".join(capture.flags) or "无"),
        (
            "初审、复审人员",
            "、".join(who for who in (capture.proposed_by, capture.confirmed_by) if who) or "—",
        ),
        ("成为证据的时间", beijing(capture.accepted_at)),
        ("剔除原因", _codes(capture.rejection_codes)),
        ("备份核对时间", beijing(capture.backed_up_at)),
    ]
    if capture.is_erased:
        notice = "图片、原始报文和号牌已依法删除；记录及其证明不受影响，删除事项见下列记录"
        return f"<h2>证据说明</h2>{_table([*facts, (NOTICE, notice)])}"
    pictures = "".join(
        f'<figure><img src="media/{p.sha256}.{"png" if p.media_type == "image/png" else "jpg"}" alt="">'
        f"<figcaption>图片 {n}：{p.width}×{p.height}，{p.size} 字节，拍摄时间 {beijing(p.shot_at)}<br>"
        f"SHA-256 <code>{p.sha256}</code></figcaption></figure>"
        for n, p in enumerate(capture.pictures, 1)
    )
    return f"<h2>证据说明</h2>{_table(facts)}{pictures}"


def _codes(codes: Iterable[str]) -> str:
    return "；".join(f"{code} {CODE_ZH[Code(code)]}" for code in codes) or "无"


def _stream(stream: str, contents: Contents) -> str:
    entries = [p.entry for p in contents.extract.records if p.entry.record.stream == stream]
    rows = "".join(_entry(entry, contents.vouchers) for entry in entries)
    names = ("账本序号", "入账时间", "时间戳", "事项", "行为人", "条目摘要前十六位")
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<h2>记录：<code>{escape(stream)}</code></h2><table><tr>{head}</tr>{rows}</table>"


def _entry(entry: Entry, vouchers: Vouchers) -> str:
    body: dict[str, Any] = entry.record.body
    event = _TYPES.get(body["type"], body["type"])
    cells = (
        str(entry.index),
        beijing(moment(entry.us)),
        _bounds(entry.index, vouchers),
        event,
        body["actor"],
        leaf_hash(entry.raw).hex()[:16],
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _bounds(index: int, vouchers: Vouchers) -> str:
    """Between which stamped checkpoints an entry lies."""
    lower, upper = vouchers.lower, vouchers.upper
    after = f"第 {lower.size} 条之后" if lower and lower.size <= index else ""
    before = f"第 {upper.size} 条之前" if upper and index < upper.size else ""
    return "、".join(part for part in (after, before) if part) or "—"


def _table(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    return f"<table>{rows}</table>"


_CHECKS = "<h2>核验的各项及其含义</h2>" + _table(
    [
        ("1 文件摘要", "包内每个文件与清单所列 SHA-256 相同，不多不少。相符说明文件自导出后未变。"),
        ("2 清单签名", "清单由证据服务的密钥签名，导出行为本身也记入账本。"),
        ("3 记录签名", "每条记录由当时有效、有权写该流的密钥签名；有效期按账本序号计，不依赖时钟。"),
        ("4 归入账本", "每条记录的叶哈希沿包含证明算到检查点的默克尔根。"),
        ("5 检查点签名", "检查点由账本密钥签名；换钥期间新旧密钥都要签名。"),
        ("6 信任根", "包内的根公钥与主管部门公布的相同。不作这一项，自造的账本也会内部一致。"),
        ("7 见证副署", "独立单位见证过同一检查点：平台不能对不同的人出示不同的账本。"),
        ("8 时间上限、下限", "时间戳机构证明：记录之前的检查点、记录之后的检查点各在何时已经存在。"),
        ("9 流内无缺、账本次序", "每个对象的记录从第一条起连续，首尾相接；相邻条目的哈希链相接。"),
        ("10 末条之后无缺", "监督方声明它所见各流的最后一条，说明没有截去后来的记录。"),
        ("11 国密旁证", "同一批条目另以 SM3 建树、SM2 签名，并相互锚定。"),
    ]
)

_RULES = (
    "<h2>与《人民法院在线诉讼规则》的对应（供参考）</h2>"
    "<p>以下对应由软件作者整理，供参考，不是法律意见，也不表示法院的认定；使用前须由律师审阅。"
    "本账本不是已备案的区块链存证平台的，是否适用这些条文由人民法院判断。</p>"
    + _table(
        [
            ("第十六条（技术核验）", "第 1 至 6 项供核验数据上链存储后是否经过篡改时参考。"),
            (
                "第十七条（对存储平台的审查）",
                "可参看：见证单位和时间戳机构与平台是否独立（第 7、8 项）、密钥历史、所用标准"
                "（RFC 6962、C2SP tlog-tiles、RFC 3161、GB/T 32905、GB/T 32918）。平台资质须另行举证。",
            ),
            (
                "第十八条（存储前的真实性）",
                "可参看：设备登记、法制和技术审核、检定、启用记录（行政处罚法第四十一条），登记机关对采集当时设备"
                "是否合法的签名声明，采集与入账的时间。账本不能证明入账之前的内容属实。",
            ),
            ("第十九条（补强与专家）", "可由有专门知识的人用本包所附或任何通用的程序独立核验。"),
        ]
    )
)
