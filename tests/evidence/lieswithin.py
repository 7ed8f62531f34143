"""Lies about the content of a bundle: each a sentence, the files, the verdict, the step, and whether all was demanded.

The archive is in the one layout, and manifest and report follow from the files unless the lie is about them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.verifier.report import FORGED, NOT_VERIFIED
from tests.evidence.ledger.bundles import Files, forged, resigned
from tests.evidence.liestold import disclosures, manifests, outsiders, pages, twins
from tests.evidence.parts import (
    Told,
    first,
    number,
    records_of,
    stream,
    streams_of,
    swapped,
    without,
    without_records,
)
from tests.ledger.given import CASE, DEVICE, EVIDENCE, LOG, ROOT, STRANGER, Stream
from tests.outsiders.given import W1, W3

if TYPE_CHECKING:
    from tests.evidence.lies import Material


Content = tuple[str, Files, str, str, bool]


def contents(made: Material) -> Iterator[Content]:
    """Every lie about content. The last member: the reader demands everything that can be demanded."""
    files = made.case.files
    for tell in (omissions, planted, additions, entries, texts, disclosures, pages, twins):
        yield from ((*lie, False) for lie in tell(made))
    for says, changed in manifests(files).items():
        yield f"the manifest says {says}", changed, FORGED, "manifest", False
    unknown = resigned(files, format="mingzheng-bundle/v3")
    yield "the manifest has a format that is not known", unknown, NOT_VERIFIED, "manifest", False
    older = resigned(files, format="mingzheng-bundle/v1")
    yield "the manifest has the format of before", older, NOT_VERIFIED, "manifest", False
    yield from ((*lie, True) for lie in outsiders(made))


def omissions(made: Material) -> Iterator[Told]:
    """Something that the records of the bundle name is left out, or excused by a record that excuses nothing."""
    case, other = made.case.files, made.other.files
    of = streams_of(case)
    no_case = without_records(other, streams_of(other)[stream(other, "case/")])
    yield "the case is left out, though a statement names it", forged(no_case), NOT_VERIFIED, "completeness"
    no_case = without_records(case, of[stream(case, "case/")])
    yield "the case is left out, so that two captures remain", forged(no_case), FORGED, "references"
    no_device = without_records(case, of[stream(case, "device/")])
    yield "the device is left out", forged(no_device), NOT_VERIFIED, "references"
    unstated = without(no_device, "statements/completeness", "consistency/statement")
    yield "the device and the monitor's statement are left out", forged(unstated), NOT_VERIFIED, "references"
    gone = without_records(case, of[stream(case, "evidence/", 1)])
    gone = without(gone, *(n for n in made.capture.files if n.startswith(("media/", "disclosures/"))))
    yield "one of two captures is left out", forged(gone), NOT_VERIFIED, "references"
    picture = first(case, "media/")
    yield "a picture is left out", forged(without(case, picture)), NOT_VERIFIED, "references"
    statement = first(without(case, "statements/completeness"), "statements/")
    yield "the registry's statement is left out", forged(without(case, statement)), NOT_VERIFIED, "references"
    for name, says in (
        ("erased before", "a picture is excused by an erasure before it was taken in"),
        ("erased elsewhere", "a picture is excused by an erasure in another stream"),
    ):
        files = made.planted[name].files
        yield says, forged(without(files, "media/", "disclosures/")), NOT_VERIFIED, "references"
    middle = of[stream(case, "case/")][1]
    yield (
        "a record in the middle is left out",
        forged(without_records(case, [middle])),
        FORGED,
        "completeness",
    )
    begin = of[stream(case, "device/")][0]
    yield (
        "the first record of the device is left out",
        forged(without_records(case, [begin])),
        FORGED,
        "completeness",
    )
    key = f"{first(without(case, 'keys/0.'), 'keys/', '.entry').removesuffix('entry')}"
    gone = without(case, key, f"sm3/proofs/{number(key + 'x')}.")
    yield "the registration of a key is left out", forged(gone), FORGED, "signatures"
    everything = without_records(case, [i for indexes in of.values() for i in indexes])
    yield (
        "every record is left out",
        forged(without(everything, "media/", "disclosures/")),
        FORGED,
        "references",
    )


def planted(made: Material) -> Iterator[Told]:
    """A record of the liar's own service names what it should not."""
    for name in (
        "signed by the case service",
        "signed by the liar",
        "about another device",
        "about another time",
        "not saying that it was lawful",
    ):
        yield f"the standing of the device is {name}", forged(made.planted[name].files), FORGED, "statements"
    other_kind = made.planted["of another kind"].files
    yield "the statement is of another kind", forged(other_kind), FORGED, "statements"
    shown = made.planted["erased after"].files
    yield "a picture is shown although it was erased", forged(shown), FORGED, "media"
    yield "a plate is shown although it was erased", forged(without(shown, "media/")), FORGED, "disclosures"
    unlisted = made.planted["an unlisted picture"].files
    yield "a picture is shown that its record does not list", forged(unlisted), FORGED, "media"


def additions(made: Material) -> Iterator[Told]:
    """Something is in the bundle that belongs to another party, or that nobody reads."""
    case, other = made.case.files, made.other.files
    foreign = records_of(other, stream(other, "evidence/"))
    yield "another party's capture is in the bundle", forged(case | foreign), FORGED, "references"
    foreign = records_of(other, stream(other, "case/"))
    yield "another party's case is in the bundle", forged(case | foreign), FORGED, "references"
    foreign = records_of(case, stream(case, "evidence/", 0))
    yield (
        "a second capture is in the bundle of one",
        forged(made.capture.files | foreign),
        FORGED,
        "references",
    )
    foreign = records_of(case, stream(case, "case/"))
    yield (
        "the case is in the bundle of one of its captures",
        forged(made.capture.files | foreign),
        NOT_VERIFIED,
        "references",
    )
    digest = hashlib.sha256(made.erased_picture).hexdigest()
    strange = case | {f"media/{digest}.jpg": made.erased_picture}
    yield "another party's picture is in the bundle", forged(strange), FORGED, "media"
    picture = first(case, "media/")
    renamed = without(case, picture) | {f"media/{'0' * 64}.jpg": case[picture]}
    yield "a picture lies under another digest", forged(renamed), FORGED, "media"
    renamed = without(case, picture) | {picture.replace(".jpg", ".png"): case[picture]}
    yield "a picture lies under another type", forged(renamed), FORGED, "media"
    unnamed = DEVICE.statement("capability", {"at": "2025-03-03T00:59:30.000000Z", "lawful": True})
    strange = case | {f"statements/{hashlib.sha256(unnamed).hexdigest()}.note": unnamed}
    yield "a statement that no record names is in the bundle", forged(strange), FORGED, "statements"
    for name in (
        *(
            "media/more.txt",
            "media/picture.gif",
            "records/007.entry",
            "records/x.entry",
            "statements/more.note",
        ),
        *("timestamps/bureau-of-time.pem", "timestamps/middle.bureau-of-time.tsr", "disclosures/more.json"),
        *(
            "keys/more.txt",
            "checkpoints/middle.note",
            "consistency/middle-final.txt",
            "verify/more.py",
            "more.html",
        ),
        *("sm3/proofs/99999.tlog-proof", "sm3/more.note", "proofs/99999.tlog-proof", "keys/99999.tlog-proof"),
        *(f"documents/{'0' * 64}.pdf", f"files/{'0' * 64}", "more.bak"),
    ):
        yield f"nobody reads {name}", forged(case | {name: b"more"}), FORGED, "files"
    for name in ("keys/policy.txt", "report.html", "README.zh-CN.md", "verify/verify.py", "verify/verify.sh"):
        missing = resigned(without(case, name) | {"manifest.json": case["manifest.json"]})
        yield f"{name} is missing", missing, FORGED, "files"


def entries(made: Material) -> Iterator[Told]:
    """An entry, its place, its proof or the checkpoint is another."""
    case = made.case.files
    record = first(case, "records/", ".entry")
    head = case[record].split(b"\n")[0] + b"\n"
    name = stream(case, "device/")
    for signer, step in ((STRANGER, "signatures"), (EVIDENCE, "signatures"), (DEVICE, "inclusion")):
        anew = head + Stream(name, signer).next(type="device.registered")
        yield (
            f"a record is written anew and signed by {signer.name}",
            forged(case | {record: anew}),
            FORGED,
            step,
        )
    later = f"records/{streams_of(case)[name][1]}.entry"
    yield "two records change places", forged(swapped(case, record, later)), FORGED, "signatures"
    proof = f"proofs/{number(record)}.tlog-proof"
    other = proof.replace(str(number(record)), str(number(later)))
    yield "two proofs change places", forged(swapped(case, proof, other)), FORGED, "inclusion"
    anchor = first(case, "sm3/anchors/", ".entry")
    moved = {f"records/{number(anchor)}.entry": case[anchor]}
    moved |= {f"proofs/{number(anchor)}.tlog-proof": case[anchor.replace(".entry", ".tlog-proof")]}
    moved = without(case, "sm3/anchors/", "sm3/anchor-final") | moved
    yield "the anchor lies among the records", forged(moved), FORGED, "references"
    key = first(without(case, "keys/0."), "keys/", ".entry")
    moved = without(case, key.removesuffix("entry")) | {
        f"records/{number(key)}.entry": case[key],
        f"proofs/{number(key)}.tlog-proof": case[key.replace(".entry", ".tlog-proof")],
    }
    yield "a record about keys lies among the others", forged(moved), FORGED, "signatures"
    twice = case | {key.replace("keys/", "records/"): case[key]}
    twice |= {f"proofs/{number(key)}.tlog-proof": case[key.replace(".entry", ".tlog-proof")]}
    yield "one entry lies in two folders", forged(twice), FORGED, "signatures"
    cut = case | {record: case[record] + b"\n"}
    yield "an entry has one line more", forged(cut), FORGED, "signatures"


def texts(made: Material) -> Iterator[Told]:
    """The final checkpoint, the policy and the statement of the manifest have other lines."""
    case = made.case.files
    note, policy = case["checkpoints/final.note"], case["keys/policy.txt"]

    def final(new: bytes) -> Files:
        return {name: data.replace(note, new) for name, data in case.items()}

    lines = note.splitlines(keepends=True)
    junk = b"\xe2\x80\x94 " + LOG.name.encode() + b" AAAAAAAAAAAA\n"
    stranger = STRANGER.line(b"".join(lines[:3]))
    for says, new in (
        ("a line of nobody", note + "— nobody.example AAAAAAAA\n".encode()),
        ("a junk line under the log's name", note + junk),
        ("a stranger's right line", note + stranger),
        ("one line twice", note + lines[-1]),
        ("no line of the log", b"".join(lines[:4] + lines[6:])),
        ("no line of a witness that the policy names", b"".join(lines[:-1])),
    ):
        yield f"the final checkpoint has {says}", forged(final(new)), FORGED, "checkpoint"
    longer = b"".join([*lines[:3], b"one more line\n", *lines[3:]])
    yield "the final checkpoint has one line more", forged(final(longer)), FORGED, "final.note"
    more = f"witness {W3.cosigner.name} {W3.cosigner.vkey}\n".encode()
    ordered = policy.splitlines(keepends=True)
    for says, new in (
        ("a witness that did not sign", policy.replace(b"quorum", more + b"quorum")),
        ("a quorum", policy.replace(b"quorum none", b"quorum " + W1.cosigner.name.encode())),
        ("no witness", ordered[0] + ordered[-1]),
        ("the witnesses in another order", b"".join([ordered[0], *ordered[2:0:-1], ordered[-1]])),
        ("another key of the log", policy.replace(LOG.vkey.encode(), STRANGER.vkey.encode())),
        ("a comment", b"# published\n" + policy),
        (
            "another name for a witness",
            policy.replace(b"witness " + W1.cosigner.name.encode(), b"witness w1"),
        ),
    ):
        yield f"the policy has {says}", forged(case | {"keys/policy.txt": new}), FORGED, "checkpoint"
    body = case["manifest.json"]
    sha256 = hashlib.sha256(body).hexdigest()
    stated = {"sha256": sha256, "size": len(body)}
    right = EVIDENCE.statement("bundle-manifest", stated)
    for says, signed in (
        ("is signed by the case service", CASE.statement("bundle-manifest", stated)),
        ("is signed by the registry", DEVICE.statement("bundle-manifest", stated)),
        ("is signed by a stranger", STRANGER.statement("bundle-manifest", stated)),
        ("is signed by a root key", ROOT.statement("bundle-manifest", stated)),
        ("is a statement of another kind", EVIDENCE.statement("exchange-manifest", stated)),
        ("states another size", EVIDENCE.statement("bundle-manifest", stated | {"size": 1})),
        ("states another digest", EVIDENCE.statement("bundle-manifest", stated | {"sha256": "0" * 64})),
        (
            "states when it was made",
            EVIDENCE.statement("bundle-manifest", stated | {"made_at": "2025-03-03"}),
        ),
        ("has a second line", right + CASE.line(right.partition(b"\n\n")[0] + b"\n")),
    ):
        yield f"the note of the manifest {says}", case | {"manifest.note": signed}, FORGED, "manifest"
