"""The letters by which a case leaves: to another agency, and to the police."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from case.documents import DocumentKind
from case.documents.content import Officer
from case.documents.transfercontent import CrimeTransfer, FiledPaper, TransferLetter
from case.documents.wording import document_number
from tests.case.samples.mainpath import AGENCY, DECISION, NOTICE, PROMPT

LETTER = TransferLetter(
    number=document_number("明城执移", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    receiver="明州市生态环境局",
    act=PROMPT.act,
    happened_at=PROMPT.happened_at,
    place=PROMPT.place,
    reason="该行为发生在自然保护区内，由生态环境主管部门管辖",
    basis=("《中华人民共和国行政处罚法》第二十五条",),
    captures=NOTICE.captures,
    signer="赵强",
    reply_to="明州市中山路1号",
    materials=("现场照片两张",),
)
CRIME = CrimeTransfer(
    number=document_number("明城执罪移", year=2025, serial=3),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    police="明州市公安局",
    procuratorate="明州市人民检察院",
    party="张某",
    act=PROMPT.act,
    crime="污染环境罪",
    facts=("该车三次向河道倾倒建筑垃圾。", "倾倒物经检测含有毒物质。"),
    reason="数量已经达到追诉标准",
    team=(Officer("李明", "明A0001"), Officer("王芳", "明A0002")),
    captures=NOTICE.captures,
    papers=(FiledPaper("调查终结报告", "明城执终〔2025〕第3号", "ab" * 32),),
    approver="赵强",
    decided_on=date(2025, 4, 9),
    goods=("装载机一台",),
)
SAMPLES = {
    "D-31": (DocumentKind.TRANSFER, LETTER),
    "D-32": (DocumentKind.CRIME, CRIME),
    "D-32-fined": (
        DocumentKind.CRIME,
        replace(
            CRIME,
            goods=(),
            fined=f"本机关移送前已作出《行政处罚决定书》（{DECISION.number}），罚款人民币100.00元，已缴纳100.00元。"
            "人民法院判处罚金时，依法折抵相应罚金",
        ),
    ),
}
