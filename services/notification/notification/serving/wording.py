"""The words of a return of service for the codes of the records."""

from __future__ import annotations

from typing import Final

from common.values.manner import Manner
from notification.domain.serving.service import Failure, Ground, ProofKind

MANNERS: Final = {
    Manner.DIRECT: "直接送达",
    Manner.LEAVING: "留置送达",
    Manner.ELECTRONIC: "电子送达",
    Manner.ENTRUSTED: "委托送达",
    Manner.POSTAL: "邮寄送达",
    Manner.FORWARDED: "转交送达",
    Manner.PUBLIC_NOTICE: "公告送达",
}
GROUNDS: Final = {
    Ground.REFUSED: "受送达人或者其同住成年家属拒绝接收",
    Ground.DIRECT_DIFFICULT: "直接送达有困难",
    Ground.MILITARY: "受送达人是军人",
    Ground.IMPRISONED: "受送达人被监禁",
    Ground.COMPULSORY_EDUCATION: "受送达人被采取强制性教育措施",
    Ground.WHEREABOUTS_UNKNOWN: "受送达人下落不明",
    Ground.OTHERS_FAILED: "其他方式无法送达",
}
FAILURES: Final = {
    Failure.CONSENT_REQUIRED: "没有有效的电子送达确认书",
    Failure.NO_ACCOUNT: "受送达人没有可以打开的账号",
    Failure.NOT_ARRIVED: "没有到达的凭据",
    Failure.NOT_SENT: "因送达机关自身的原因未能发出",
    Failure.NOT_CARRIED: "该渠道不能载送文书",
    Failure.BOUNCED: "被退回",
    Failure.REFUSED: "拒收",
    Failure.ABSENT: "无人在场",
    Failure.ADDRESS_WRONG: "地址不符",
    Failure.NOBODY_TO_SIGN: "没有可以签收的人",
    Failure.RETURNED: "退件",
    Failure.NOT_FORWARDED: "未能转交",
    Failure.WITHDRAWN: "撤回",
    Failure.OVERTAKEN: "已以其他方式送达",
}
PROOFS: Final = {
    ProofKind.RETURN_SLIP: "送达回证",
    ProofKind.RETURN_RECEIPT: "回执",
    ProofKind.PHOTO: "照片",
    ProofKind.VIDEO: "录像",
    ProofKind.INQUIRY: "查找下落的证明",
    ProofKind.PARTYS_PROOF: "当事人提交的证明",
    ProofKind.SNAPSHOT_START: "公告网页快照(起始)",
    ProofKind.SNAPSHOT_MIDDLE: "公告网页快照(中间)",
    ProofKind.SNAPSHOT_END: "公告网页快照(届满)",
}
CAPACITIES: Final = {
    "SELF": "本人",
    "ADULT_CO_RESIDENT": "同住成年家属",
    "LEGAL_REPRESENTATIVE": "法定代表人或者主要负责人",
    "MAIL_ROOM": "负责收件的人",
    "AGENT": "代理人",
    "DESIGNATED_RECIPIENT": "指定的代收人",
}
WITNESSES: Final = {"GRASSROOTS_ORGANISATION": "有关基层组织的代表", "EMPLOYER": "受送达人所在单位的代表"}
DOCUMENTS: Final = {
    "D-03": "责令（限期）改正通知书",
    "D-14": "行政处罚事先告知书",
    "D-18a": "行政处罚听证通知书",
    "D-20": "不予行政处罚决定书",
    "D-20a": "行政处罚决定书",
    "D-24": "延期（分期）缴纳罚款决定书",
    "D-27": "催告书",
    "D-36": "撤销（变更）决定书",
    "D-36a": "更正决定书",
}
SIGNS: Final = {
    "INBOX": "到达受送达人在本系统的账号",
    "SMTP_REPLY": "受送达人的邮件系统回复已接收",
    "DELIVERY_RECEIPT": "服务商回执",
    "FAX_REPORT": "传真机收妥报告",
    "OPENED": "受送达人已打开",
}
