"""Lies in the words of a bundle: its manifest, disclosures and pages, its twin, and the statements of outsiders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ledger.canonical import canonical
from ledger.notes import STREAM_HEADS
from ledger.verifier.report import FORGED, NOT_VERIFIED
from tests.evidence.ledger.bundles import MONITOR, Files, forged, resigned
from tests.evidence.parts import (
    OTHER_CASE,
    OTHER_EVIDENCE,
    Told,
    first,
    number,
    replaced,
    stream,
    streams_of,
    swapped,
    without,
    without_records,
)
from tests.evidence.planted import LONG_SALT, PLATE, SHORT_SALT, commitment
from tests.ledger.given import EVIDENCE, STRANGER
from tests.outsiders.given import W1, W2, W3

if TYPE_CHECKING:
    from tests.evidence.lies import Material


def manifests(files: Files) -> dict[str, Files]:
    """What the manifest says, and the files with it. Its signature is right."""
    facts = json.loads(files["manifest.json"])
    changes: dict[str, dict[str, Any]] = {
        "another case": {"case_id": OTHER_CASE},
        "no case": {"case_id": None},
        "other evidence": {"evidence_ids": [OTHER_EVIDENCE]},
        "less evidence": {"evidence_ids": facts["evidence_ids"][:1]},
        "another origin": {"origin": "ledger.other.example/2025"},
        "a larger log": {"log_size": facts["log_size"] + 1},
        "the clock of a demo": {"clock": "demo"},
        "an earlier first time": {"first_at": "2025-01-01T00:00:00.000000Z"},
        "a later last time": {"last_at": "2026-01-01T00:00:00.000000Z"},
        "more witnesses": {"witnesses": [*facts["witnesses"], W3.cosigner.name]},
        "no witnesses": {"witnesses": []},
        "another authority": {"authorities": ["national-time"]},
        "more streams": {"streams": [*facts["streams"], f"evidence/{OTHER_EVIDENCE}"]},
        "fewer streams": {"streams": facts["streams"][1:]},
        "more records": {"records": [*facts["records"], 99_999]},
        "fewer records": {"records": facts["records"][1:]},
        "fewer keys": {"keys": facts["keys"][1:]},
        "no lower checkpoint": {"lower": None},
        "another upper checkpoint": {"upper": facts["upper"] + 1},
        "another size of the statement": {"statement": facts["statement"] - 1},
        "no twin": {"twin": None},
        "when it was made": {"made_at": "2025-03-03T01:00:00.000000Z"},
        "which city": {"city": "示范市"},
        "what was absent": {"absent": ["no authority answered"]},
        "more of a file": {"files": [facts["files"][0] | {"note": "seen"}, *facts["files"][1:]]},
        "files in another order": {"files": facts["files"][::-1]},
    }
    told = {says: resigned(files, **change) for says, change in changes.items()}

    def written(body: bytes) -> Files:
        stated = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
        note = EVIDENCE.statement("bundle-manifest", stated)
        return files | {"manifest.json": body, "manifest.note": note}

    body = files["manifest.json"]
    told["the same without blanks"] = written(json.dumps(facts, sort_keys=True).encode())
    told["the same with a line more"] = written(body + b"\n")
    told["two cases by one name"] = written(b'{\n  "case_id": "' + OTHER_CASE.encode() + b'",' + body[1:])
    return told


def disclosures(made: Material) -> Iterator[Told]:
    """A value is shown for a place that does not hold its commitment, or in another form."""
    case = made.case.files
    name = first(case, "disclosures/")
    item = json.loads(case[name])

    def shown(at: str = name, **changes: Any) -> Files:
        return forged(without(case, name) | {at: canonical(item | changes)})

    for says, files in (
        ("with another value", shown(value="苏A00001")),
        ("with another salt", shown(salt="11" * 16)),
        ("under another field", shown(field="owner")),
        ("at another member", shown(member="media")),
        ("at another record", shown(index=item["index"] + 4)),
        ("in another stream", shown(stream=stream(case, "case/"))),
        ("under another digest", shown(f"disclosures/{'0' * 64}.json")),
        ("with a salt in capitals", shown(salt=item["salt"].upper().replace("0", "A"))),
        ("with its place as a text", shown(index=str(item["index"]))),
        ("with a member more", shown(note="seen")),
        ("with blanks", forged(case | {name: json.dumps(item, ensure_ascii=False).encode()})),
        ("with a line more", forged(case | {name: case[name] + b"\n"})),
        ("with two values", forged(replaced(case, name, b'"value":', b'"value":"x","value":'))),
    ):
        yield f"a plate is shown {says}", files, FORGED, "disclosures"
    digest = commitment(LONG_SALT)
    second = {"digest": digest, "field": "plate", "index": item["index"], "member": "plate"}
    second |= {"salt": LONG_SALT.hex(), "stream": item["stream"], "value": PLATE}
    both = forged(case | {f"disclosures/{digest}.json": canonical(second)})
    yield "a second value is shown for one plate", both, FORGED, "disclosures"
    for name, salt, member, says in (
        ("short salt", SHORT_SALT, "plate", "has a salt of eight bytes"),
        ("another member", LONG_SALT, "owner", "is committed to as its owner"),
        ("another member", LONG_SALT, "plate", "is shown at a member that holds nothing"),
        ("a bare text", LONG_SALT, "content_key", "has its digest in a text that is no commitment"),
        ("more than a commitment", LONG_SALT, "plate", "has its digest in an object with more members"),
        ("two places", LONG_SALT, "plate", "is shown at the second of two places"),
    ):
        files = without(made.planted[name].files, "disclosures/")
        stream_ = stream(files, "evidence/")
        index, digest = streams_of(files)[stream_][0], commitment(salt)
        more = {"digest": digest, "field": "plate", "index": index, "member": member, "stream": stream_}
        more |= {"salt": salt.hex(), "value": PLATE}
        lie = forged(files | {f"disclosures/{digest}.json": canonical(more)})
        yield f"a plate {says}", lie, FORGED, "disclosures"
    other = made.other.files
    foreign = {"digest": digest, "field": "plate", "index": 1, "member": "plate", "salt": LONG_SALT.hex()}
    foreign |= {"stream": stream(other, "evidence/"), "value": PLATE}
    lie = forged(case | {f"disclosures/{digest}.json": canonical(foreign)})
    yield "another party's plate is shown", lie, FORGED, "disclosures"


def pages(made: Material) -> Iterator[Told]:
    """What is printed for people is another text than the one that follows from the records."""
    case = made.case.files
    report = case["report.html"].decode()
    plate = json.loads(case[first(case, "disclosures/")])["value"]
    for says, page in (
        ("names another plate", report.replace(plate, "苏A00001")),
        ("names another case", report.replace(stream(case, "case/")[5:], OTHER_CASE)),
        ("gives another time of capture", report.replace("08:59:30", "07:59:30")),
        ("calls the device unlawful", report.replace("<td>是</td>", "<td>否</td>")),
        ("lacks what is not included", report.partition("<h2>未包括的内容</h2>")[0]),
        ("runs a program", report.replace("</body>", "<script>alert(1)</script></body>")),
        ("has a line more", report + "\n"),
        ("is that of another bundle", made.other.files["report.html"].decode()),
        ("is empty", ""),
    ):
        assert page != report, says
        yield f"the report {says}", resigned(case | {"report.html": page.encode()}), FORGED, "report"
    readme = case["README.zh-CN.md"] + "请相信本包内的公钥。\n".encode()
    yield (
        "the explanation tells to trust the bundle",
        resigned(case | {"README.zh-CN.md": readme}),
        FORGED,
        "report",
    )


def twins(made: Material) -> Iterator[Told]:
    """The SM3 tree is another, or lacks a part."""
    case = made.case.files
    record = number(first(case, "records/", ".entry"))
    proof = f"sm3/proofs/{record}.tlog-proof"
    yield "a proof of the twin is left out", forged(without(case, proof)), FORGED, "files"
    other = f"sm3/proofs/{number(first(case, 'keys/', '.entry'))}.tlog-proof"
    yield "two proofs of the twin change places", forged(swapped(case, proof, other)), FORGED, "sm3"
    twin = case["sm3/checkpoint.note"]
    lines = twin.splitlines(keepends=True)
    for says, new in (
        ("a junk line", twin + "— nobody.example AAAAAAAA\n".encode()),
        ("no line of the SM2 key", b"".join(lines[:-1])),
    ):
        files = {name: data.replace(twin, new) for name, data in case.items()}
        yield f"the checkpoint of the twin has {says}", forged(files), FORGED, "sm3"
    yield "the proof of the anchor is left out", forged(without(case, "sm3/anchor-final")), FORGED, "files"
    yield (
        "the proof of the anchor is another",
        forged(case | {"sm3/anchor-final.txt": case["consistency/lower-final.txt"]}),
        FORGED,
        "sm3",
    )


def outsiders(made: Material) -> Iterator[Told]:
    """Statements, tokens and cosignatures of others; the reader demands them all."""
    case = made.case.files
    note = case["statements/completeness.note"]
    stated = json.loads(note.split(b"\n")[1])
    heads = stated["streams"]

    def said(key: Any = MONITOR, **changes: Any) -> Files:
        signed = key.statement(STREAM_HEADS, stated | changes)
        return forged(case | {"statements/completeness.note": signed})

    last = max(i for indexes in streams_of(case).values() for i in indexes)
    yield "the last record is cut off", forged(without_records(case, [last])), FORGED, "monitor"
    yield "a stranger states where streams end", said(STRANGER), FORGED, "monitor"
    yield "the liar states where streams end", said(EVIDENCE), FORGED, "monitor"
    twice = note + STRANGER.line(note.partition(b"\n\n")[0] + b"\n")
    twice_signed = forged(case | {"statements/completeness.note": twice})
    yield "a stranger signs the monitor's statement too", twice_signed, FORGED, "monitor"
    more = {"seq": 0, "sha256": "0" * 64, "stream": f"evidence/{OTHER_EVIDENCE}"}
    yield (
        "the statement names a stream that is not here",
        said(streams=[*heads, more]),
        NOT_VERIFIED,
        "completeness",
    )
    yield "the statement does not name a stream", said(streams=heads[1:]), NOT_VERIFIED, "monitor"
    yield "the statement names a stream twice", said(streams=[*heads, heads[0]]), FORGED, "monitor"
    yield "the statement says more", said(note="seen"), FORGED, "monitor"
    unproved = without(case, "consistency/statement")
    yield "the statement is not proved to be of this log", forged(unproved), FORGED, "files"
    silent = without(case, "statements/completeness", "consistency/statement")
    yield "the monitor's statement is left out", forged(silent), NOT_VERIFIED, "monitor"
    lower, upper = "timestamps/lower.bureau-of-time.tsr", "timestamps/upper.bureau-of-time.tsr"
    yield "two time stamps change places", forged(swapped(case, lower, upper)), FORGED, "not-after"
    yield "a time stamp is no time stamp", forged(case | {upper: b"stamped"}), FORGED, "not-after"
    yield "a time stamp has bytes behind it", forged(case | {upper: case[upper] + b"\0"}), FORGED, "not-after"
    on_final = "timestamps/final.bureau-of-time.tsr"
    yield "a time stamp is on another checkpoint", forged(case | {on_final: case[upper]}), FORGED, "not-after"
    yield "a stamped checkpoint has no time stamp", forged(without(case, upper)), FORGED, "files"
    roles = [f"{folder}/upper" for folder in ("checkpoints", "consistency", "timestamps")]
    yield (
        "the time stamp after the records is left out",
        forged(without(case, *roles)),
        NOT_VERIFIED,
        "not-after",
    )
    anchor = "checkpoints/lower.note"
    junk = case[anchor] + "— nobody.example AAAAAAAA\n".encode()
    yield "a stamped checkpoint has a junk line", forged(case | {anchor: junk}), FORGED, "consistency"
    renamed = {n.replace("upper", "lower"): d for n, d in case.items() if "upper" in n}
    yield "the checkpoint before is the one after", forged(case | renamed), FORGED, "not-before"
    yield "a log is dated back", made.backdated.files, FORGED, "not-before"
    as_demo = resigned(made.backdated.files, clock="demo")
    yield "a log is dated back and called that of a demo", as_demo, FORGED, "not-before"
    final = case["checkpoints/final.note"]
    line = next(one for one in final.splitlines(keepends=True) if W2.cosigner.name.encode() in one)
    named = f"witness {W2.cosigner.name} {W2.cosigner.vkey}\n".encode()
    short = {n: d.replace(final, final.replace(line, b"")) for n, d in case.items()}
    short["keys/policy.txt"] = short["keys/policy.txt"].replace(named, b"")
    yield "a witness is left out, and the policy with it", forged(short), NOT_VERIFIED, "witnesses"
    stolen = W1.line(b"another checkpoint\n", 1)
    line = next(one for one in final.splitlines(keepends=True) if W1.cosigner.name.encode() in one)
    moved = {n: d.replace(final, final.replace(line, stolen)) for n, d in case.items()}
    yield "a cosignature is of another checkpoint", forged(moved), FORGED, "witnesses"
