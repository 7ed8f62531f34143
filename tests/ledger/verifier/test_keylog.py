"""The verifier follows the key log: which key may sign from which entry on, and which keys a checkpoint needs."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.values.ids import record_id
from ledger.canonical import canonical, instant
from ledger.checkpoint import Checkpoint
from ledger.entry import NO_HASH, make_entry, micros_of
from ledger.keyfiles import NoteKey
from ledger.verifier.log import verify_log
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from ledger.verifier.trees import root_of
from ledger.verifier.trust import Trust
from tests.ledger.given import CASE, EVIDENCE, LOG, ORIGIN, ROOT, SM2_LOG, START, STRANGER, note_key
from tests.outsiders.given import W1, W2, W3

LOG2 = note_key(ORIGIN, 11)
ROOT2, ROOT3 = note_key("root.test.mingzheng.example/r2", 12), note_key("root.test.mingzheng.example/r3", 13)
NEXT = note_key("evidence.test.mingzheng.example/k2", 14)
KEYS = f"keys/{ORIGIN.rpartition('/')[0]}"


@dataclass
class Small:
    """A whole log in memory, entry by entry, as any forger could write it."""

    entries: list[bytes] = field(default_factory=list)
    ends: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def add(self, stream: str, type_: str, data: dict[str, Any], *signers: NoteKey) -> Small:
        seq, prev = self.ends.get(stream, (-1, NO_HASH))
        body = {
            "actor": "svc:evidence",
            "at": instant(START),
            "data": data,
            "id": str(record_id(START)),
            "prev": base64.b64encode(prev).decode(),
            "seq": seq + 1,
            "stream": stream,
            "subject": None,
            "type": type_,
            "v": 1,
        }
        text = canonical(body) + b"\n"
        note = text + b"\n" + b"".join(key.line(text) for key in signers)
        before = hashlib.sha256(b"\x00" + self.entries[-1]).digest() if self.entries else NO_HASH
        self.entries.append(make_entry(len(self.entries), micros_of(START), before, note))
        self.ends[stream] = (seq + 1, hashlib.sha256(note).digest())
        return self

    def begin(self, *roots: NoteKey, log: tuple[NoteKey, ...] = (LOG,), **more: Any) -> Small:
        data = {"log_keys": [k.vkey for k in log], "origin": ORIGIN, "root_keys": [r.vkey for r in roots]}
        return self.add("log", "log.genesis", data | more, *roots)

    def register(self, key: NoteKey, *signers: NoteKey, streams: tuple[str, ...] = ("evidence/",)) -> Small:
        data = {"key": key.vkey, "streams": list(streams)}
        return self.add("keys/evidence", "key.register", data, *signers)

    def register_log(self, key: NoteKey, *signers: NoteKey) -> Small:
        return self.add(KEYS, "key.register", {"key": key.vkey, "signs": "checkpoints"}, *signers)

    def revoke(self, key: NoteKey, *signers: NoteKey, stream: str = KEYS) -> Small:
        return self.add(stream, "key.revoke", {"key": key.vkey, "reason": "LOST"}, *signers)

    def record(self, key: NoteKey = EVIDENCE) -> Small:
        return self.add("evidence/evd_1", "evidence.checked", {}, key)

    def checkpoint(self, *keys: NoteKey, size: int | None = None) -> bytes:
        leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in self.entries[:size]]
        return Checkpoint(ORIGIN, *root_of(leaves)).signed(*keys)

    def verified(self, *keys: NoteKey, trusted: tuple[NoteKey, ...] = (ROOT,), **more: Any) -> Report:
        trust = Trust.of([key.vkey for key in trusted], **more)
        return verify_log(self.entries, self.checkpoint(*(keys or (LOG,))), trust=trust)


def enrolled() -> Small:
    return Small().begin(ROOT).register(EVIDENCE, ROOT, EVIDENCE)


def faults(report: Report) -> str:
    return "\n".join(fault for step in report.steps for fault in step.forged)


def test_a_key_signs_from_its_registration_until_it_is_ended() -> None:
    assert enrolled().record().verified().verdict == VERIFIED

    rotated = (
        enrolled()
        .record()
        .add("keys/evidence", "key.rotate", {"key": NEXT.vkey, "replaces": EVIDENCE.vkey}, EVIDENCE, NEXT)
    )
    assert rotated.record(NEXT).verified().verdict == VERIFIED
    assert "没有一个此时有效" in faults(rotated.record(EVIDENCE).verified())

    ended = enrolled().record().revoke(EVIDENCE, ROOT, stream="keys/evidence")
    assert ended.verified().verdict == VERIFIED
    assert ended.record().verified().verdict == FORGED
    again = enrolled().revoke(EVIDENCE, ROOT, stream="keys/evidence").register(EVIDENCE, ROOT, EVIDENCE)
    assert "已被终止" in faults(again.verified())


@pytest.mark.parametrize(
    "log",
    [
        Small().begin(ROOT).register(EVIDENCE, ROOT),
        Small().begin(ROOT).register(EVIDENCE, EVIDENCE),
        Small().begin(ROOT).register(EVIDENCE, STRANGER, EVIDENCE),
        enrolled().revoke(EVIDENCE, EVIDENCE, stream="keys/evidence"),
        enrolled().record(CASE),
        enrolled().register(CASE, ROOT, CASE, streams=("keys/",)),
        enrolled().register_log(LOG2, ROOT),
        enrolled().register_log(EVIDENCE, ROOT, EVIDENCE),
        Small().begin(ROOT, log=(EVIDENCE,)),
    ],
)
def test_a_signer_without_the_right_to_sign_is_named(log: Small) -> None:
    report = log.verified()

    assert (report.verdict, "第 " in faults(report)) == (FORGED, True)


def test_records_about_keys_need_as_many_roots_as_the_genesis_says() -> None:
    roots = (ROOT, ROOT2, ROOT3)
    small = Small().begin(*roots, root_threshold=2)

    assert small.register(EVIDENCE, ROOT, ROOT3, EVIDENCE).verified(trusted=roots).verdict == VERIFIED
    lone = Small().begin(*roots, root_threshold=2).register(EVIDENCE, ROOT, EVIDENCE)
    assert "2 个根密钥" in faults(lone.verified(trusted=roots))
    twice = Small().begin(*roots, root_threshold=2).register(EVIDENCE, ROOT, ROOT, EVIDENCE)
    assert twice.verified(trusted=roots).verdict == FORGED
    for wrong in (0, 4, "2", True):
        assert Small().begin(*roots, root_threshold=wrong).verified(trusted=roots).verdict == FORGED


def test_unknown_root_keys_that_reach_the_threshold_are_not_trusted() -> None:
    two_of_three = Small().begin(ROOT, ROOT2, ROOT3, root_threshold=2)
    one_of_two = Small().begin(ROOT, STRANGER)

    assert two_of_three.verified(trusted=(ROOT, ROOT2)).verdict == VERIFIED
    assert two_of_three.verified(trusted=(ROOT,)).verdict == FORGED
    assert one_of_two.verified(trusted=(ROOT,)).verdict == FORGED
    assert one_of_two.verified(trusted=(ROOT, STRANGER)).verdict == VERIFIED
    assert one_of_two.verified(trusted=(LOG,)).verdict == VERIFIED


def test_while_one_log_key_takes_over_from_another_both_must_sign() -> None:
    both = enrolled().register_log(LOG2, ROOT, LOG2)

    assert both.verified(LOG, LOG2).verdict == VERIFIED
    assert "检查点没有账本" in faults(both.verified(LOG))
    assert "检查点没有账本" in faults(both.verified(LOG2))
    over = both.revoke(LOG, ROOT)
    assert over.verified(LOG2).verdict == VERIFIED
    assert over.verified(LOG).verdict == FORGED
    assert over.verified(LOG2, trusted=(LOG,)).verdict == FORGED, "a key that was ended vouches for nothing"
    assert over.verified(LOG2, trusted=(LOG2,)).verdict == VERIFIED


def test_an_sm2_log_key_must_sign_beside_the_first() -> None:
    small = Small().begin(ROOT, log=(LOG, SM2_LOG))

    assert small.verified(LOG, SM2_LOG).verdict == VERIFIED
    assert "SM2" in faults(small.verified(LOG))


def test_a_saved_checkpoint_must_be_the_beginning_of_the_log() -> None:
    small = enrolled().record()
    first = small.checkpoint(LOG)
    grown = small.record().record()
    other = enrolled().record()
    fork = other.checkpoint(LOG)

    assert grown.verified(saved=first).verdict == VERIFIED
    assert "被改写" in faults(grown.verified(saved=fork))
    shorter = enrolled()
    assert "被截断" in faults(shorter.verified(saved=first))
    assert grown.verified(saved=b"nothing").verdict == FORGED
    unsigned = small.checkpoint(STRANGER.named(ORIGIN), size=3)
    assert grown.verified(saved=unsigned).verdict == FORGED


def test_witnesses_of_a_whole_log_are_counted_once_each() -> None:
    small = enrolled().record()
    plain = small.checkpoint(LOG)
    text = plain.partition(b"\n\n")[0] + b"\n"
    seen = plain + W1.line(text, 5) + W1.line(text, 6) + W2.line(text, 7)
    trust = {"witnesses": [key.cosigner.vkey for key in (W1, W2, W3)]}

    def verdict(note: bytes, quorum: int) -> str:
        return verify_log(small.entries, note, trust=Trust.of([ROOT.vkey], **trust, quorum=quorum)).verdict

    assert (verdict(seen, 2), verdict(seen, 3), verdict(plain, 1)) == (VERIFIED, NOT_VERIFIED, NOT_VERIFIED)
    assert verdict(plain + W1.line(b"another\n", 5), 1) == FORGED
