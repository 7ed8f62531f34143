"""The texts that a bundle prints: they are part of its format, and a second program reads them from
docs/bundle-texts.json, which `./mz golden` writes. A change of a text is a change of the format (docs/BUNDLE.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

TYPES = {
    "device.registered": "设备登记",
    "plan.adopted": "制定建设方案",
    "device.submitted": "提交设置申请",
    "device.contract_filed": "上传市场主体合同材料",
    "device.revenue_declared": "登记无收益挂钩声明",
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
    "device.sharing_ended": "所依据的共享终止",
    "sharing.requested": "请求共享设备",
    "sharing.given": "同意共享设备",
    "sharing.refused": "不同意共享设备",
    "sharing.ended": "终止共享设备",
    "device.operator_named": "指定设备运营人",
    "device.inspected": "监督检查",
    "device.inspection_answered": "答复监督检查",
    "device.account_issued": "发放接入账号",
    "device.account_listed": "列入接入账号的设备清单",
    "device.account_unlisted": "移出接入账号的设备清单",
    "device.account_revoked": "吊销接入账号",
    "device.certificate_bound": "绑定接入账号的客户端证书",
    "device.certificate_released": "解除接入账号的客户端证书",
    "device.secret_address_issued": "发放接入账号的秘密地址",
    "device.key_enrolled": "登记设备签名密钥",
    "device.key_revoked": "吊销设备签名密钥",
    "device.verification_expiring": "检定即将到期",
    "device.maintenance_planned": "制定维护计划",
    "device.maintenance_started": "开始维护",
    "device.maintenance_ended": "维护结束",
    "device.fault_opened": "出现故障",
    "device.fault_closed": "故障排除",
    "device.clock_measured": "校时检查",
    "device.paper_invalidated": "查明材料无效",
    "device.capability.invalidated": "查明设备曾不合法",
    "device.basis_ending": "设置依据即将失效",
    "device.described": "补充存量设备资料",
    "device.reimported": "存量再次导入",
    "device.flow_counted": "登记过车流量",
    "device.parameters_set": "设定技术参数",
    "device.stopped": "停止使用",
    "device.rectification_begun": "开始整改",
    "device.rectified": "完成整改",
    "device.materially_changed": "重大变更",
    "device.change_refused": "重大变更未通过审核，恢复原状",
    "device.retirement_proposed": "提出报废或者拆除",
    "device.retired": "报废或者拆除",
    "device.account_rotated": "更换推送账号",
    "evidence.ingested": "采集入库",
    "evidence.duplicated": "重复上传",
    "evidence.checked": "技术检查",
    "evidence.quarantined": "隔离保存",
    "evidence.review_started": "领取审核",
    "evidence.acceptance_proposed": "初审通过",
    "evidence.accepted": "复审通过，成为证据",
    "evidence.rejected": "审核剔除",
    "evidence.late_review_allowed": "批准逾期审核",
    "evidence.backed_up": "备份并读回核对",
    "evidence.frozen": "随处罚决定固定",
    "evidence.invalidated": "查明设备当时不合法",
    "evidence.disclosed": "调阅",
    "evidence.unmasking.outlier": "当日查看未脱敏取证记录次数异常",
    "evidence.exported": "导出证据包",
    "evidence.erasure_proposed": "提请依法删除",
    "evidence.erased": "依法删除内容",
    "evidence.regions_opened": "向当事人开放图片区域",
    "evidence.redacted": "制作供当事人查看的遮盖副本",
    "case.opened": "发现线索",
    "case.party_identified": "确定当事人",
    "case.prompt.drafted": "告知提示草稿",
    "case.prompt.overdue": "告知提示逾期",
    "case.prompted": "告知提示",
    "case.prompt.delivered": "告知提示已送达",
    "case.prompt.arrival_denied": "告知提示送达被否认",
    "case.prompt.failed": "告知提示未送达",
    "case.backup_noted": "记录证据备份",
    "case.other_agencies_asked": "查询其他机关是否已处罚",
    "case.deadline_redated": "重新计算期限",
    "case.investigation_signed": "调查终结报告签名",
    "case.service.failed": "送达终止",
    "case.closure_proposed": "提请结案",
    "case.erasure_proposed": "提请依法删除案卷内容",
    "case.deadline.missed": "未在期限内办理",
    "case.data_request.received": "收到个人信息查阅、复制、更正或者删除申请",
    "case.data_request.decided": "答复个人信息申请",
    "case.data_request.copied": "当事人取得个人信息副本",
    "case.read": "执法人员查阅案件",
    "case.unmasked": "查看未脱敏信息",
    "case.unmasking.granted": "增加当日查看未脱敏信息的额度",
    "case.unmasking.outlier": "当日查看未脱敏信息次数异常",
    "case.erased": "依法删除案卷内容",
    "case.filing_applied": "申请立案",
    "case.filed": "立案",
    "case.investigation_concluded": "调查终结",
    "case.prior_notice.issued": "制发事先告知书",
    "case.prior_notice.served": "送达事先告知书",
    "case.defence.submitted": "当事人陈述申辩",
    "case.defence.reviewed": "复核陈述申辩",
    "case.file.handed_in": "当事人提交文件",
    "case.file.scanned": "查毒当事人提交的文件",
    "case.file.opened": "打开当事人提交的文件",
    "case.picture.shown": "向当事人显示遮盖图片",
    "case.device_dossier.shown": "出示设备档案",
    "case.investigation_returned": "退回补充调查",
    "case.hearing.requested": "当事人要求听证",
    "case.hearing.request_withdrawn": "当事人撤回听证申请",
    "case.hearing.ordered": "组织听证",
    "case.hearing.notice_served": "送达听证通知书",
    "case.hearing.held": "举行听证",
    "case.hearing.reported": "提交听证报告",
    "case.legally_reviewed": "法制审核",
    "case.discussion.convened": "提请集体讨论",
    "case.discussion.opinion_given": "发表讨论意见",
    "case.discussion.concluded": "集体讨论结束",
    "case.recusal.applied": "申请回避",
    "case.recusal.voted": "负责人对回避发表意见",
    "case.recusal.decided": "决定是否回避",
    "case.recusal.decided_above": "登记上级机关的回避决定",
    "case.corrected": "确认已经改正",
    "case.first_offence.checked": "核查是否初次违法",
    "case.waiver.chosen": "决定不予处罚或者继续处理",
    "case.educated": "对当事人进行教育",
    "case.non_filing.proposed": "申请不予立案",
    "case.not_filed": "不予立案",
    "case.no_penalty_decided": "作出不予行政处罚决定",
    "case.decided": "作出行政处罚决定",
    "case.service.ordered": "安排送达",
    "case.served": "送达处罚决定书",
    "case.service.doubted": "送达存疑",
    "case.service.doubt_settled": "送达疑问已解决",
    "case.service.date_proven": "证明另一送达日期",
    "service.opened": "开始送达",
    "service.step_begun": "采用一种送达方式",
    "service.dispatched": "文书交付发送",
    "service.sent": "系统显示发送成功",
    "service.arrived": "到达受送达人特定系统",
    "service.step_failed": "该送达方式未成",
    "service.proof_added": "保存送达证明",
    "document.served": "文书送达",
    "service.alarmed": "送达期限将满",
    "service.abandoned": "终止送达",
    "service.rebutted": "当事人对送达日期提出异议",
    "service.arrival_denied": "渠道称文书未到达",
    "service.arrival_upheld": "确认送达有效",
    "service.date_proven": "当事人证明另一送达日期",
    "service.rebuttal_rejected": "送达日期异议不成立",
    "service.paper_requested": "当事人要求纸质文书",
    "service.paper_given": "已提供纸质文书",
    "service.erased": "依法删除送达内容",
    "case.performance_due": "告知履行期限",
    "case.paid": "缴款",
    "case.payment.reconciled": "缴款与银行对账一致",
    "case.payment.differed": "缴款与银行对账不一致",
    "case.receipt.entered": "登记财政票据",
    "case.performed": "履行完毕",
    "case.capture_invalidated": "作为证据的记录失效",
    "case.invalidation.settled": "处理失效的记录",
    "case.invalidation.overdue": "失效的记录逾期未处理",
    "case.amendment.proposed": "提出撤销或者变更决定",
    "case.amendment.reviewed": "撤销或者变更的法制审核",
    "case.reopened": "重新启动案件",
    "case.revoked": "撤销行政处罚决定",
    "case.changed": "变更行政处罚决定",
    "case.decision_corrected": "更正决定书的笔误",
    "case.amendment.served": "送达撤销、变更或者更正决定书",
    "case.social_impact_judged": "认定社会影响",
    "case.published": "公开处罚决定",
    "case.publication.withdrawal_due": "应当撤回公开信息",
    "case.publication.withdrawn": "撤回公开信息",
    "case.publication.overdue": "公开或者撤回逾期",
    "case.act_ended": "认定违法行为终了",
    "case.capture_joined": "记录并入本案",
    "case.linked": "关联另一线索",
    "case.merged": "与另一案合并",
    "case.party_released": "更正当事人",
    "case.law_weighed": "比较行为时与决定时的规定",
    "case.transfer_noted": "线索移送情况",
    "case.transferred_out": "线索已移送其他机关",
    "case.transfer_ended": "线索移送结束",
    "case.record.taken": "制作调查笔录",
    "case.record.signed": "第二名执法人员签署笔录",
    "case.record.voided": "作废笔录",
    "case.material.provided": "收到调取的材料",
    "case.preservation.proposed": "申请先行登记保存",
    "case.preservation.ordered": "批准先行登记保存",
    "case.preservation.handled": "处理登记保存的证据",
    "case.preservation.lapsed": "先行登记保存自行解除",
    "case.preservation.returned": "返还登记保存的物品",
    "case.statement.written": "当面陈述申辩笔录",
    "case.transfer_letter.written": "制作移送函",
    "case.crime.team_named": "指定专案组",
    "case.crime.reported": "提出移送公安机关的报告",
    "case.crime.decided": "决定是否移送公安机关",
    "case.crime.transfer_noted": "案件移送公安机关",
    "case.crime.answered": "公安机关答复",
    "case.crime.ended": "公安机关办理结果",
    "case.suspension.proposed": "提出中止",
    "case.suspended": "中止程序",
    "case.resumed": "恢复程序",
    "case.correction.ordered": "责令改正",
    "case.correction_order.served": "送达责令改正通知书",
    "case.correction_order.checked": "核查改正情况",
    "case.sheet.made": "制作案卷文书",
    "case.document.sealed": "文书加盖电子印章",
    "case.exported": "导出案卷",
    "case.payment.difference_settled": "解决缴款差异",
    "case.refund.opened": "开立退款",
    "case.refund.asked": "提请退款",
    "case.refund.approved": "批准退款",
    "case.refund.withdrawn": "撤销退款",
    "case.refunded": "退款完成",
    "case.relief.applied": "申请延期或者分期缴纳",
    "case.relief.granted": "准予延期或者分期缴纳",
    "case.relief.refused": "不准延期或者分期缴纳",
    "case.relief.served": "延期（分期）缴纳罚款决定书已送达",
    "case.remedy.applied": "申请行政复议",
    "case.remedy.forwarded": "转送行政复议申请",
    "case.remedy.self_corrected": "自行纠正并告知",
    "case.remedy.insisted": "申请人坚持申请复议",
    "case.remedy.accepted": "复议或者诉讼受理",
    "case.remedy.answered": "提交答复或者答辩",
    "case.remedy.bundled": "移送复议或者诉讼材料",
    "case.remedy.overdue": "复议或者诉讼事项逾期",
    "case.remedy.ended": "复议或者诉讼终结",
    "case.decision.ordered_anew": "责令重新作出决定",
    "case.execution.halted": "停止执行",
    "case.execution.resumed": "恢复执行",
    "case.demanded": "催告",
    "case.demand.served": "送达催告书",
    "case.demand.objected": "对催告提出意见",
    "case.demand.objection_answered": "答复对催告的意见",
    "case.enforcement.applied": "申请强制执行",
    "case.court.ruled": "人民法院裁定",
    "case.court.objected": "申请上级法院复议",
    "case.execution.rested": "中止执行",
    "case.execution.taken_up": "恢复中止的执行",
    "case.enforcement.lapsed": "逾期丧失申请强制执行的权利",
    "case.enforcement.ended": "终结执行",
    "case.closed": "结案",
    "case.archived": "归档",
}
"""Each type of record that a court bundle may hold, in words."""

CODES = {
    "E-DEV-01": "采集时设备未启用（试运行、暂停或停用）",
    "E-DEV-02": "采集时设备未公布或缺少标志",
    "E-DEV-03": "采集时检定缺失或者过期",
    "E-DEV-04": "采集时法制审核或者技术审核缺失、无效",
    "E-DEV-05": "设备故障、运行异常或者维护期间",
    "E-DEV-06": "设置地点被禁止或者超出核准视场",
    "E-INT-01": "摘要不一致",
    "E-INT-02": "签名无效或者应有而无",
    "E-INT-03": "保管链中断",
    "E-INT-04": "时钟偏差超限",
    "E-INT-05": "叠加信息与元数据不一致",
    "E-INT-06": "经过编辑或者疑似编辑",
    "E-QLT-01": "模糊、遮挡、曝光不当或者分辨率不足",
    "E-QLT-02": "号牌或者主体无法辨认",
    "E-QLT-03": "图片缺失、数量或者间隔不足",
    "E-QLT-04": "地点或者标志标线不可见",
    "E-FAC-01": "看不出违法事实或者事实不清",
    "E-FAC-02": "违法行为代码错误",
    "E-FAC-03": "扣除最大允许误差后未超限",
    "E-SUB-01": "号牌识别错误或者与登记信息不符",
    "E-SUB-02": "套牌或者被盗抢车辆",
    "E-SUB-03": "无法确定当事人",
    "E-EXM-01": "执行紧急任务的特种车辆",
    "E-EXM-02": "救助危难或者紧急避险",
    "E-EXM-03": "现场已被处理",
    "E-EXM-04": "标志标线、信号指示相互冲突",
    "E-EXM-05": "按执法人员指挥或者其他法定免责",
    "E-DUP-01": "重复采集或者同一持续行为",
    "E-TIM-01": "超过审核期限且未经批准",
    "E-TIM-02": "逾期上传且无正当理由",
    "E-TIM-03": "超过追责时效",
    "E-JUR-01": "不属于本机关管辖",
    "E-SEC-01": "疑似涉及国家秘密",
    "E-PRV-01": "私密内容明显过度",
}
"""Why a capture is not evidence, each code in words."""

CLOCKS = {
    "demo": "账本时间取自演示时钟，可以快进，不能作为时间证明；时间戳与见证时间是真实时间，只与条目次序相比较。",
    "real": "账本时间与时间戳、见证时间相互比较，允许相差六十秒。",
}


HIDDEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]"
)
"""Characters that nobody sees, or that change the direction in which others are read."""


def esc(text: str) -> str:
    """`text` for a page: what nobody sees as `\\u` and four hex digits, what is markup as its entity."""
    return escape(HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def table(rows: Iterable[tuple[str, str]]) -> str:
    """An HTML table of names and values."""
    cells = "".join(f"<tr><th>{esc(name)}</th><td>{esc(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


STYLE = (
    "body{font:12pt/1.7 'Noto Serif CJK SC',SimSun,serif;max-width:52em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}td,th{border:1px solid #666;padding:.25em .5em;"
    "text-align:left;vertical-align:top}th{white-space:nowrap}code{font-size:.8em;word-break:break-all}"
    "h1{font-size:1.5em}h2{font-size:1.2em;page-break-after:avoid}img{max-width:100%}"
)
HEAD = (
    '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>证据包报告</title>'
    f"<style>{STYLE}</style></head><body>"
)
TAIL = (
    "<h2>核验方法</h2><p>见 README.zh-CN.md。本报告由包内记录算出，核验程序重新生成它并逐字节比较；"
    "核验以记录、证明和签名为准。</p>\n</body></html>\n"
)
ROWS_HEAD = (
    "<table><tr>"
    + "".join(f"<th>{name}</th>" for name in ("账本序号", "入账时间", "事项", "行为人", "条目摘要前十六位"))
    + "</tr>"
)
CHECKS = "<h2>核验的各项及其含义</h2>" + table(
    [
        ("1 压缩包", "只有一种写法；读者重新写出每个文件头并逐字节比较，包内没有任何一个字节无人核验。"),
        ("2 文件", "每个文件都有一项核验去读；没有人读的文件使证据包不被接受。"),
        ("3 清单、报告", "清单和本报告由记录、声明和检查点算出，与包内的逐字节相同；清单由证据服务签名。"),
        ("4 记录签名", "每条记录由当时有效、有权写该流的密钥签名；有效期按账本序号计，不依赖时钟。"),
        ("5 归入账本", "每条记录的叶哈希沿包含证明算到检查点的默克尔根。"),
        ("6 检查点签名", "检查点由账本密钥签名；换钥期间新旧密钥都要签名。"),
        ("7 信任根", "包内的根公钥与主管部门公布的相同。不作这一项，自造的账本也会内部一致。"),
        (
            "8 引用",
            "本案、其证据和设备的记录所指的流、图像、声明都在包内，或者在入库之后依法删除；没有别人的东西。",
        ),
        ("9 见证副署", "独立单位见证过同一检查点：平台不能对不同的人出示不同的账本。"),
        ("10 时间上限、下限", "时间戳机构证明：记录之前的检查点、记录之后的检查点各在何时已经存在。"),
        ("11 流内无缺、账本次序", "每个对象的记录从第一条起连续，首尾相接；相邻条目的哈希链相接。"),
        ("12 末条之后无缺", "监督方声明它所见各流的最后一条，说明没有截去后来的记录。"),
        ("13 国密旁证", "同一批条目另以 SM3 建树、SM2 签名，并相互锚定。"),
    ]
)
RULES = (
    "<h2>与《人民法院在线诉讼规则》的对应（供参考）</h2>"
    "<p>以下对应由软件作者整理，供参考，不是法律意见，也不表示法院的认定；使用前须由律师审阅。"
    "本账本不是已备案的区块链存证平台的，是否适用这些条文由人民法院判断。</p>"
    + table(
        [
            ("第十六条（技术核验）", "第 1 至 8 项供核验数据上链存储后是否经过篡改时参考。"),
            (
                "第十七条（对存储平台的审查）",
                "可参看：见证单位和时间戳机构与平台是否独立（第 9、10 项）、密钥历史、所用标准"
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

README = """# 明证 · 证据包

本证据包由非现场执法平台从证据账本导出，可以离线核验，不依赖本平台的任何软件或网络。
包内没有一句话要靠导出者来相信：清单和报告都由记录、声明和检查点算出，核验程序重新计算并逐字节比较。

## 如何核验

在装有 Python 3.9 或更高版本的任何电脑上：

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
| 未能核验 NOT_VERIFIED | 有必需的核验做不了，或没有可核验的内容，或包里缺了记录所指的东西；不等于伪造，也不等于真实 |
| 已被改动或伪造 FORGED | 有一项不符；报告写明是哪一项、哪个文件 |

给出 `--witness` 的，见证副署成为必需；给出 `--tsa` 的，时间上限成为必需；给出 `--monitor` 的，末条之后无缺成为必需。
没有给出的，相应一项不影响结论，但列在「未核验」之下；给出后副署、时间戳或声明不符的，结论是伪造。
结论之后另列三项：未披露的承诺值、未包括的内容、没有核验的内容。

公钥和证书必须取自主管部门、见证单位、时间戳机构各自公布的渠道，**不能取自本证据包**，因为伪造者可以用自己的密钥
做出内部一致的材料。不给出根公钥的，不会得到「核验通过」；程序列出包内所用的公钥，供逐一对照。

## 内容

| 路径 | 内容 |
|---|---|
| report.html | 供阅读和打印的报告 |
| manifest.json、manifest.note | 文件清单及其签名 |
| media/ | 原始图片，一字节不改，文件名即 SHA-256 |
| records/、proofs/ | 账本条目及其包含证明 |
| keys/ | 签名密钥的登记、更换、吊销条目及其包含证明；policy.txt 是账本公钥和在检查点上副署的见证人 |
| checkpoints/ | final：全部证明所依的检查点，带见证副署；lower、upper：盖过时间戳的检查点 |
| consistency/ | 上述检查点属于同一段历史的证明 |
| timestamps/ | RFC 3161 时间戳 |
| statements/ | 设备登记机关对采集当时设备是否合法的签名声明；completeness.note 是监督方的完整性声明 |
| disclosures/ | 记录中承诺值的盐和原值 |
| sm3/ | 同一批条目在国密 SM3 树中的检查点（SM2 签名）、证明和锚定条目 |
| verify/ | 核验程序 |

格式的全部规定见 docs/BUNDLE.md（mingzheng-bundle/v2）。
"""

EXCHANGE_README = """# 机关往来卷宗 · Dossier of an exchange between agencies

核验(只需 Python 标准库,不需网络) · To verify, with Python's standard library alone and without a network:

    python3 -I verify/verify.py --exchange . --key <公布的账本根公钥 · the published root key of the ledger>

最好使用自己保存的 verify.py,而不是卷宗内的。 · Better use a verify.py of your own than the one in here.
"""

SERVICE_README = """# 电子送达凭证与送达回证 · Certificate of service of process

`return.pdf` 是送达回证。`certificate.json` 列出本次送达的全部记录;`files/` 是文书和送达证明。
核验(只需 Python 标准库,不需网络):
`return.pdf` is the return of service. `certificate.json` lists every record of this service; `files/` holds the
document and the proofs. To verify, with Python's standard library alone and without a network:

    python3 -I verify/verify.py --service . --key <公布的账本根公钥 · the published root key of the ledger>

最好使用自己保存的 verify.py。本目录含有当事人的个人信息,请妥善保管。
Better use a verify.py of your own. This folder holds personal data of the party: keep it safe.
"""

USAGES_README = """# 谁查询过我 · Who asked about me

`usages.json` 逐条列出:何时、哪个机关、为什么目的、依据什么查询。核验(只需 Python 标准库,不需网络):
`usages.json` lists each question: when, which agency, for which purpose. To verify, without a network:

    python3 -I verify/verify.py --usages . --key <公布的账本根公钥 · the published root key> [--monitor <监督方公钥>]

最好使用自己保存的 verify.py。本目录含有您的证件号码或者号牌,请妥善保管。
Better use a verify.py of your own. This folder holds your identity number or number plates: keep it safe.
"""
