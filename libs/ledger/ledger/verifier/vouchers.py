"""What others keep: a monitor's statement that no record follows, the SM3 twin, the reader's earlier checkpoint."""

from __future__ import annotations

from ledger.verifier.contents import COMPLETENESS
from ledger.verifier.examination import Examination
from ledger.verifier.notes import Checkpoint, Note, Record, moment, statement
from ledger.verifier.report import Fault, Step
from ledger.verifier.sm3 import sm3
from ledger.verifier.trust import must_be_signed

STATED = {"at", "checkpoint", "origin", "size", "streams"}
"""The members of a monitor's statement."""


def check_completeness(exam: Examination) -> None:
    """A monitor that follows the log states the last record of each stream at its size; the bundle has the same."""
    step = exam.report.step("末条之后无缺 monitor", demanded=bool(exam.trust.monitors))
    if COMPLETENESS not in exam.digests:
        step.open.append("包里没有监督方的完整性声明")
        return
    with step.about(COMPLETENESS):
        note = Note.parse(exam.bundle.read(COMPLETENESS))
        stated = statement(note, "stream-heads")
        seen = Checkpoint.parse(stated["checkpoint"].encode())
        heads = {head["stream"]: (head["seq"], head["sha256"]) for head in stated["streams"]}
        exact = all(
            head.keys() == {"seq", "sha256", "stream"} and type(head["seq"]) is int and head["seq"] >= -1
            for head in stated["streams"]
        )
        moment(stated["at"])
        if stated.keys() != STATED or not exact or len(heads) != len(stated["streams"]):
            raise Fault("声明的字段不对,或者一个流出现两次")
        if len(note.signatures) != 1:
            raise Fault("声明应只有一个签名")
        if (stated["origin"], stated["size"]) != (seen.origin, seen.size) or seen.origin != exam.keys.origin:
            raise Fault("声明的是另一个账本或另一个检查点")
        must_be_signed(exam.keys, seen, exam.keys.origin)
        if seen.size > exam.final.size:
            raise Fault("声明所依的检查点在证据包之后")
        exam.must_extend(seen, "consistency/statement-final.txt", exam.final)
        if not exam.trust.monitors:
            by = "、".join(name for name, _, _ in note.signatures)
            step.open.append(f"没有用 --monitor 给出监督方公钥;声明由 {by} 签署")
        elif not any(note.signed_by(key) for key in exam.trust.monitors):
            raise Fault("没有给出的监督方的有效签名")
        if exam.records and seen.size <= exam.records[-1].index:
            step.open.append(f"声明只到前 {seen.size} 条,包里最后的记录在其后")
        if exam.trust.monitors and seen.size < exam.final.size:
            exam.report.not_checked.append(
                f"监督方的声明之后(前 {seen.size} 条之后、前 {exam.final.size} 条之内)有无记录"
            )
        _compare_heads(exam, step, seen.size, heads)
        step.found.append(f"监督方于 {stated['at']} 所见的前 {seen.size} 条")


def _compare_heads(exam: Examination, step: Step, size: int, heads: dict[str, tuple[int, str]]) -> None:
    """Raise Fault if the last record of a stream before `size` differs between the monitor's `heads` and the bundle.

    The streams about keys are compared too. Otherwise the revocation of a key could be left out, and the records
    that it signed later would pass.
    """
    entries = [e for e in exam.entries if e.stream != "log/sm3"]
    keys = {stream for stream in heads if stream.startswith("keys/")}
    ends = {entry.stream: entry for entry in entries if entry.index < size}
    for stream in sorted(keys | {entry.stream for entry in entries}):
        last = [ends[stream]] if stream in ends else []
        seq, digest = heads.get(stream, (None, ""))
        ours = {(e.seq, e.note_hash.hex()) for e in last}
        if seq is None:
            step.open.append(f"声明没有提到 {stream}")
        elif ({(seq, digest)} if seq >= 0 else set()) != ours:
            raise Fault(f"{stream} 的末条与监督方所见不同:包里缺记录,或记录被替换")


def check_twin(exam: Examination) -> None:
    """The same entries lie in the SM3 tree of the same size, and an entry of the ledger names that tree's root."""
    step, origin = exam.report.step("国密旁证 sm3", demanded=False), f"{exam.keys.origin}/sm3"
    if not exam.folder("sm3"):
        has = exam.keys.of(origin, exam.final.size)
        step.open.append("包里没有 SM3 旁证" if has else "这一账本没有 SM3 旁证")
        return
    with step.about("sm3/checkpoint.note"):
        twin = Checkpoint.parse(exam.bundle.read("sm3/checkpoint.note"))
        must_be_signed(exam.keys, twin, origin)
        if not twin.note.signed_by_exactly(exam.keys.of(origin, twin.size)):
            raise Fault("有别的签名行")
        if twin.size != exam.final.size:
            raise Fault("与最终检查点的条数不同")
        for entry in exam.entries:
            with step.about(f"第 {entry.index} 条(sm3/proofs/{entry.index}.tlog-proof)"):
                leaf = sm3(b"\x00" + exam.bundle.read(f"{entry.folder}/{entry.index}.entry"))
                exam.must_include(f"sm3/proofs/{entry.index}.tlog-proof", entry.index, leaf, twin, sm3)
        anchors = [entry for entry in exam.entries if entry.folder == "sm3/anchors"]
        for entry in anchors:
            with step.about(f"第 {entry.index} 条(sm3/anchors/{entry.index}.entry)"):
                _must_bind(exam, entry, twin, step)
        if not anchors:
            step.open.append("包里没有把 SM3 树记入账本的锚定条目")


def _must_bind(exam: Examination, entry: Record, twin: Checkpoint, step: Step) -> None:
    """Raise Fault unless the checkpoint in the anchor `entry` belongs to the history of `twin`."""
    data = entry.data
    bound = Checkpoint.parse(data["checkpoint"].encode())
    if (bound.origin, bound.size) != (data["origin"], data["size"]) or bound.size > entry.index:
        raise Fault("锚定的不是当时的 SM3 检查点")
    must_be_signed(exam.keys, bound, twin.origin)
    exam.must_extend(bound, "sm3/anchor-final.txt", twin, sm3)
    step.found.append(f"第 {entry.index} 条把 SM3 树的前 {bound.size} 条记入账本")


def check_saved(exam: Examination) -> None:
    """The checkpoint that the reader saved equals one of the bundle's; if none has its size, the step stays open."""
    step = exam.report.step("先前的检查点 saved")
    with step.about("先前保存的检查点"):
        saved = Checkpoint.parse(exam.trust.saved)
        must_be_signed(exam.keys, saved, exam.keys.origin)
        names = [f"checkpoints/{role}.note" for role in ("lower", "upper", "final")]
        inside = [Checkpoint.parse(exam.bundle.read(name)) for name in names if name in exam.digests]
        same = [one for one in inside if one.size == saved.size]
        if any(one.root != saved.root for one in same):
            raise Fault(f"前 {saved.size} 条与先前保存的不同:账本被改写")
        if not same:
            step.open.append(f"包里没有 {saved.size} 条时的检查点,无从比较;请用整个账本核验")
