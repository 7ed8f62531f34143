"""Time stamps over checkpoints: the records were written after one that lacks them, and before one that has them."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.verifier.examination import Examination
from ledger.verifier.manifest import TOKEN
from ledger.verifier.notes import Checkpoint
from ledger.verifier.report import Fault, Step
from ledger.verifier.timestamps import time_token
from ledger.verifier.trust import shown
from ledger.verifier.x509 import Unproved

SKEW = timedelta(seconds=60)
"""The most by which the clocks of the ledger, of a witness and of an authority may differ."""


def check_times(exam: Examination, times_of_witnesses: list[datetime]) -> None:
    """The records lie between the time stamps, and the ledger's own times do not contradict them."""
    anchors = _anchors(exam)
    upper = exam.report.step("时间上限 not-after", demanded=bool(exam.trust.authorities))
    lower = exam.report.step("时间下限 not-before", demanded=False)
    stamps = _stamps(exam, anchors, {"lower": lower, "upper": upper, "final": upper})
    if not exam.records:
        return
    # The records of a device are older than the case; the lower bound is about the case's own.
    mine = [entry for entry in exam.records if not entry.stream.startswith("device/")] or exam.records
    if "lower" in anchors:
        lower.check(anchors["lower"].size <= mine[0].index, "下限检查点已经包括本案的记录")
    if "upper" in anchors:
        upper.check(anchors["upper"].size > exam.records[-1].index, "上限检查点没有包括全部记录")
    before = [at for role, at in stamps if role == "lower"]
    after = [at for role, at in stamps if role != "lower"]
    if exam.trust.authorities and not after and not upper.forged:
        upper.open.append("没有能核验的记录之后的时间戳")
    if exam.trust.authorities and not before and not lower.forged:
        lower.open.append("没有能核验的记录之前的时间戳:只能证明不晚于何时")
    if before and after:
        upper.check(max(before) <= min(after), "记录之前的时间戳晚于记录之后的时间戳")
    if exam.keys.clock == "demo":
        upper.found.append("账本时间取自演示时钟,不与时间戳比较,只核对次序")
    else:
        first, end = mine[0].at, exam.records[-1].at
        lower.check(all(at <= first + SKEW for at in before), "账本时间早于记录之前的时间戳:记录被倒签")
        upper.check(
            all(end <= at + SKEW for at in after + times_of_witnesses), "账本时间晚于时间戳或见证时间"
        )


def _anchors(exam: Examination) -> dict[str, Checkpoint]:
    """The stamped checkpoints by role, each proved to belong to the history of the final one."""
    step, anchors = exam.report.step("前后一致 consistency", demanded=False), {"final": exam.final}
    for role in ("lower", "upper"):
        name = f"checkpoints/{role}.note"
        if name in exam.digests:
            with step.about(name):
                anchor = Checkpoint.parse(exam.bundle.read(name))
                must = exam.keys.of(exam.keys.origin, anchor.size)
                if anchor.origin != exam.keys.origin or not must or not anchor.note.signed_by_exactly(must):
                    raise Fault("没有账本密钥的有效签名,或者有别的签名行")
                exam.must_extend(anchor, f"consistency/{role}-final.txt", exam.final)
                anchors[role] = anchor
    return anchors


def _stamps(
    exam: Examination, anchors: dict[str, Checkpoint], steps: dict[str, Step]
) -> list[tuple[str, datetime]]:
    """The role of the checkpoint and the time, for each token that a trusted authority signed."""
    stamps, count, seen = [], 0, set[str]()
    for name in exam.folder("timestamps"):
        match = TOKEN.fullmatch(name)
        if match is None:
            continue
        role, count = match[1], count + 1
        with steps[role].about(name):
            token = exam.bundle.read(name)
            if token[:1] != b"\x30" or role not in anchors:
                raise Fault("不是时间戳,或没有对应的检查点")
            if exam.digests[name][0] in seen:
                raise Fault("同一个时间戳又一次,在另一个名称之下")
            seen.add(exam.digests[name][0])
            try:
                stamped = anchors[role].note.only(exam.keys.of(exam.keys.origin, anchors[role].size))
                stamps.append((role, time_token(token, stamped, exam.trust.authorities)))
            except Unproved as unproved:
                exam.report.not_checked.append(f"{name}:不能核验:{unproved}")
                continue
            size = anchors[role].size
            steps[role].found.append(f"{name}:某一可信机构于 {shown(stamps[-1][1])} 证明当时已有前 {size} 条")
    if not exam.trust.authorities:
        steps["upper"].open.append(f"没有用 --tsa 给出时间戳机构的证书;包内有 {count} 个时间戳")
        steps["lower"].open.append("没有用 --tsa 给出时间戳机构的证书")
    return stamps
