"""Verifies the ledger and court bundles offline. One file, the standard library alone; copy it and run it:

    python verify.py bundle.zip [--key <vkey>]     a court bundle
    python verify.py folder     [--key <vkey>]     a whole log: folder/checkpoint and folder/tile/entries/…

`--key` is the root key, or the log's, as its owner publishes it. Without it the verdict is NOT_VERIFIED,
because a forger signs a whole history with keys of his own; the report prints the keys inside. FORGED: a check
failed. NOT_VERIFIED: a check could not be made, or there was nothing to check. VERIFIED: every demanded
check was made, at least once, and held.

    manifest.json manifest.note   path, digest, size of every other file; the note signs the manifest's digest
    records/<i>.entry             ledger entries          proofs/<i>.tlog-proof    each under the final checkpoint
    keys/<i>.entry                entries about keys      keys/<i>.tlog-proof      log.genesis first
    checkpoints/final.note        the signed checkpoint   media/…                  named by digest in a record
    statements/<sha256>.note      signed by a registered key, named by digest in a record
    disclosures/*.json            {"field", "salt", "value"} (salt hex) behind a record's commitment {"c": …}
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

FORGED, NOT_VERIFIED, VERIFIED = "FORGED", "NOT_VERIFIED", "VERIFIED"
CHINESE = {FORGED: "已被改动或伪造", NOT_VERIFIED: "未能核验", VERIFIED: "核验通过"}
NO_HASH = bytes(32)
HEADER = re.compile(rb"ledger-entry/v1 (0|[1-9][0-9]{0,18}) ([0-9TZ:.-]{27}) ([A-Za-z0-9+/]{43}=)")
FIELDS = {"actor", "at", "data", "id", "prev", "seq", "stream", "type", "v"}
KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
LARGEST = 64_000_000
DEMO_CLOCK = "没有时间戳令牌;演示数据使用演示时钟,签发时间不能作为时间证明 (no time stamp; demo clock)"

# ---- Ed25519 (RFC 8032), pure Python; `cryptography` only makes it faster ------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is that of `public` over `text`, by the standard library alone."""
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or BASE is None or len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    x, y, z, _ = _add(_times(s, BASE), _times(k, (P - key[0], key[1], 1, P - key[3])))
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def _fast(public: bytes, signature: bytes, text: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return ed25519(public, signature, text)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


# ---- Formats: every parser raises ValueError for what the format forbids -------------------------------------


def unbase64(text: bytes | str) -> bytes:
    value = base64.b64decode(text, validate=True)
    if base64.b64encode(value) != (text.encode() if isinstance(text, str) else text):
        raise ValueError("Base64 不规范")
    return value


@dataclass(frozen=True)
class Vkey:
    """A public key under its name: `<name>+<id>+<base64(0x01 || key)>`."""

    name: str
    key_id: bytes
    public: bytes

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: object) -> Vkey:
        name, _, rest = str(text).partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded)
        expected = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
        if len(material) != 33 or material[0] != 1 or key_id != expected.hex():
            raise ValueError(f"公钥 {name} 的格式不对")
        return cls(name, expected, material[1:])


@dataclass(frozen=True)
class Note:
    """A signed note: `text` ends in a newline; `signatures` are (name, key id, signature)."""

    raw: bytes
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        cut = raw.rfind(b"\n\n")
        if cut < 0 or not raw.endswith(b"\n") or re.search(rb"[\x00-\x09\x0b-\x1f]", raw):
            raise ValueError("签名文本的格式不对")
        signatures = []
        for line in raw[cut + 2 : -1].decode().split("\n"):
            mark, name, encoded = line.split(" ")
            value = unbase64(encoded)
            if mark != "—" or len(value) < 5 or not re.fullmatch(r"[^\s+]+", name):
                raise ValueError("签名行的格式不对")
            signatures.append((name, value[:4], value[4:]))
        return cls(raw, raw[: cut + 1], signatures)

    def claims(self, key: Vkey) -> bool:
        return any(name == key.name and key_id == key.key_id for name, key_id, _ in self.signatures)

    def signed_by(self, key: Vkey) -> bool:
        for name, key_id, signature in self.signatures:
            if name == key.name and key_id == key.key_id:
                return _fast(key.public, signature, self.text)
        return False


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def parse_canonical(line: bytes) -> Any:
    def refuse(text: str) -> Any:
        raise ValueError(f"记录里不得有 {text}")

    value = json.loads(line, parse_float=refuse, parse_constant=refuse)
    if canonical(value) != line or not all(KEY.fullmatch(key) for key in _keys(value)):
        raise ValueError("JSON 不是规范形式")
    return value


def _keys(value: Any) -> Iterator[str]:
    for key, part in value.items() if isinstance(value, dict) else []:
        yield key
        yield from _keys(part)
    for part in value if isinstance(value, list) else []:
        yield from _keys(part)


@dataclass(frozen=True)
class Entry:
    """A ledger entry and the record in it."""

    raw: bytes
    index: int
    time: str
    prev: bytes
    note: Note
    record: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> Entry:
        header, _, rest = raw.partition(b"\n")
        match, note = HEADER.fullmatch(header), Note.parse(rest)
        if match is None or note.text.count(b"\n") != 1:
            raise ValueError("账本条目的格式不对")
        record = parse_canonical(note.text[:-1])
        if not isinstance(record, dict) or not FIELDS <= record.keys() <= FIELDS | {"subject"}:
            raise ValueError("记录的字段不对")
        if type(record["seq"]) is not int or not isinstance(record["data"], dict):
            raise ValueError("记录的字段不对")
        return cls(raw, int(match[1]), match[2].decode(), unbase64(match[3]), note, record)

    @property
    def leaf(self) -> bytes:
        return hashlib.sha256(b"\x00" + self.raw).digest()

    @property
    def stream(self) -> str:
        return str(self.record["stream"])


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> tuple[int, bytes]:
    """Number of leaves and root of the RFC 6962 tree over them."""
    peaks: list[tuple[int, bytes]] = []
    size = 0
    for leaf in leaves:
        size, peak = size + 1, (0, leaf)
        while peaks and peaks[-1][0] == peak[0]:
            peak = (peak[0] + 1, node(peaks.pop()[1], peak[1]))
        peaks.append(peak)
    root = peaks.pop()[1] if peaks else hashlib.sha256(b"").digest()
    for _, peak_hash in reversed(peaks):
        root = node(peak_hash, root)
    return size, root


def included(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    left, last, running = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if left & 1 or left == last:
            running = node(sibling, running)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            running = node(running, sibling)
        left, last = left >> 1, last >> 1
    return 0 <= index < size and last == 0 and running == root


@dataclass(frozen=True)
class Checkpoint:
    """A signed checkpoint: origin, size, root."""

    note: Note
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Checkpoint:
        note = Note.parse(raw)
        origin, size, root, end = note.text.decode().split("\n")
        if end or not re.fullmatch(r"0|[1-9][0-9]{0,18}", size) or len(unbase64(root)) != 32:
            raise ValueError("检查点的格式不对")
        return cls(note, origin, int(size), unbase64(root))


# ---- Who may sign what: the key log --------------------------------------------------------------------------


class KeyLog:
    """Keys and their stream prefixes as the entries so far leave them (spec/ledger.md §3.4)."""

    def __init__(self) -> None:
        self.roots: list[Vkey] = []
        self.logs: list[Vkey] = []
        self.origin = ""
        self.keys: dict[str, tuple[Vkey, tuple[str, ...]]] = {}
        self.ended: set[str] = set()

    def take(self, entry: Entry) -> None:
        """Check who signed `entry`, and apply it if it is about keys. Raises ValueError naming the fault."""
        for key in self._signers(entry):
            if not entry.note.signed_by(key):
                raise ValueError(f"缺少 {key.name} 的有效签名")
        known = [*self.roots, *(key for key, _ in self.keys.values())]
        for key in known:
            if entry.note.claims(key) and not entry.note.signed_by(key):
                raise ValueError(f"{key.name} 的签名与内容不符")
        self._apply(entry)

    def _signers(self, entry: Entry) -> list[Vkey]:
        data, kind = entry.record["data"], entry.record["type"]
        if not self.roots:
            if kind != "log.genesis" or entry.index != 0 or entry.stream != "log":
                raise ValueError("账本的第一条必须是 log.genesis")
            self.roots = [Vkey.parse(key) for key in data["root_keys"]]
            self.logs = [Vkey.parse(key) for key in data["log_keys"]]
            self.origin = str(data["origin"])
            return [self._root(entry)]
        if entry.stream.startswith("keys/"):
            match kind:
                case "key.register":
                    return [self._root(entry), Vkey.parse(data["key"])]
                case "key.rotate":
                    return [self.keys[data["replaces"]][0], Vkey.parse(data["key"])]
                case "key.revoke":
                    self.keys[data["key"]]  # KeyError: only a valid key can be ended
                    return [self._root(entry)]
        for key, prefixes in self.keys.values():
            if entry.stream.startswith(prefixes) and entry.note.claims(key):
                return [key]
        raise ValueError(f"没有一个此时有效、可写 {entry.stream} 的密钥签了名")

    def _root(self, entry: Entry) -> Vkey:
        for root in self.roots:
            if entry.note.claims(root):
                return root
        raise ValueError("缺少根密钥的签名")

    def _apply(self, entry: Entry) -> None:
        data = entry.record["data"]
        if not entry.stream.startswith("keys/"):
            return
        if entry.record["type"] != "key.register":
            ended = data["replaces"] if entry.record["type"] == "key.rotate" else data["key"]
            prefixes = self.keys.pop(ended)[1]
            self.ended.add(ended)
        else:
            prefixes = tuple(data["streams"])
        if entry.record["type"] != "key.revoke":
            named = all(p.endswith("/") and p not in ("/", "keys/") for p in prefixes)
            if data["key"] in self.ended or not prefixes or not named:
                raise ValueError("登记的密钥已被终止,或没有可写的流")
            self.keys[data["key"]] = (Vkey.parse(data["key"]), prefixes)


# ---- The report ----------------------------------------------------------------------------------------------


@dataclass
class Step:
    """One kind of check: how often it was made, what failed (forged), what could not be made (open)."""

    name: str
    demanded: bool = True
    count: int = 0
    forged: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def check(self, holds: bool, fault: str) -> bool:
        self.count += 1
        if not holds:
            self.forged.append(fault)
        return holds

    @contextmanager
    def about(self, what: str) -> Iterator[None]:
        """One check; any fault of form or value inside makes `what` fail it."""
        self.count += 1
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            self.forged.append(f"{what}:{'缺少 ' if isinstance(error, KeyError) else ''}{error}")

    @property
    def verdict(self) -> str:
        if self.forged:
            return FORGED
        return NOT_VERIFIED if self.open or not self.count else VERIFIED


@dataclass
class Report:
    """Every step in order, and the verdict over them."""

    steps: list[Step] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def step(self, name: str, *, demanded: bool = True) -> Step:
        self.steps.append(Step(name, demanded))
        return self.steps[-1]

    @property
    def verdict(self) -> str:
        verdicts = {step.verdict for step in self.steps if step.demanded}
        if FORGED in {step.verdict for step in self.steps}:
            return FORGED
        return VERIFIED if verdicts == {VERIFIED} else NOT_VERIFIED

    def lines(self) -> list[str]:
        """The report in Chinese, a line per step and per failure."""
        sign = {FORGED: "✗", NOT_VERIFIED: "○", VERIFIED: "✓"}
        lines = [f"核验结论:{CHINESE[self.verdict]} ({self.verdict})"]
        for step in self.steps:
            what = "没有可核验的内容" if not step.count and not step.open else CHINESE[step.verdict]
            lines.append(f" {sign[step.verdict]} {step.name}:{what},{step.count} 项")
            lines += [f"     ✗ {fault}" for fault in step.forged[:20]] + [
                f"     ○ {why}" for why in step.open[:20]
            ]
        return lines + [f" 公钥 {key}" for key in self.keys]


# ---- A whole log, and a bundle -------------------------------------------------------------------------------


def _anchored(report: Report, keys: KeyLog, given: Iterable[str]) -> None:
    trusted = {Vkey.parse(key) for key in given}
    # Always demanded: a whole history forged under keys of one's own is consistent in itself.
    step = report.step("信任根 trusted key")
    report.keys = [key.vkey for key in [*keys.roots, *keys.logs]]
    if trusted:
        ours = {*keys.logs, *(keys.roots if len(keys.roots) == 1 else [])}
        step.check(bool(trusted & ours), "账本的根公钥和账本公钥都不是给出的那一个")
    else:
        step.open.append("没有用 --key 给出公布的公钥;请把下列公钥与主管部门公布的对照")


def _signed(report: Report, keys: KeyLog, checkpoint: Checkpoint) -> None:
    step = report.step("检查点签名 checkpoint")
    step.check(checkpoint.origin == keys.origin, "检查点属于另一个账本")
    mine = [key for key in keys.logs if key.name == checkpoint.origin]
    step.check(any(checkpoint.note.signed_by(key) for key in mine), "检查点没有账本密钥的有效签名")


def _chained(step: Step, entries: Iterable[Entry], *, ends: dict[str, tuple[int, bytes]]) -> None:
    """Within each stream: seq 0, 1, 2 … without a gap, each naming the hash of the one before."""
    for entry in entries:
        seq, prev = ends.get(entry.stream, (-1, NO_HASH))
        with step.about(f"第 {entry.index} 条({entry.stream})"):
            if entry.record["seq"] != seq + 1:
                raise ValueError(f"序号 {entry.record['seq']} 前缺记录,应为 {seq + 1}")
            if unbase64(entry.record["prev"]) != prev:
                raise ValueError("没有指向本流的上一条记录")
        ends[entry.stream] = (entry.record["seq"], hashlib.sha256(entry.note.raw).digest())


def verify_log(raws: Iterable[bytes], checkpoint: bytes, trusted: Iterable[str] = ()) -> Report:
    """Verify a whole log: `raws` are all its entries in order. Never raises for what they hold."""
    report, keys = Report(), KeyLog()
    form, chain = report.step("条目与哈希链 entries"), report.step("记录签名 signatures")
    streams = report.step("各流连续 streams")
    leaves, ends, prev, time = [], dict[str, tuple[int, bytes]](), NO_HASH, ""
    for at, raw in enumerate(raws):
        leaves.append(hashlib.sha256(b"\x00" + raw).digest())
        with form.about(f"第 {at} 条"):
            entry = Entry.parse(raw)
            if (entry.index, entry.prev) != (at, prev) or entry.time < time:
                raise ValueError("序号、时间或上一条的哈希不对")
            time = entry.time
            with chain.about(f"第 {at} 条"):
                keys.take(entry)
            _chained(streams, [entry], ends=ends)
        prev = leaves[-1]
    tree = report.step("默克尔根 root")
    with tree.about("检查点"):
        signed = Checkpoint.parse(checkpoint)
        if root_of(leaves) != (signed.size, signed.root):
            raise ValueError("检查点的条数或根与条目不符")
        _signed(report, keys, signed)
    _anchored(report, keys, trusted)
    return report


class Bundle:
    """The files of a court bundle; nothing is unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = [info.filename for info in archive.infolist() if not info.is_dir()]

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises ValueError if it is absent, too large or does not unpack."""
        try:
            if self.archive.getinfo(name).file_size > LARGEST:
                raise ValueError("文件过大")
            return self.archive.read(name)
        except KeyError:
            raise ValueError(f"缺少文件 {name}") from None
        except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
            raise ValueError(f"文件 {name} 读不出:{error}") from None

    def numbered(self, folder: str, ending: str) -> list[int]:
        found = (re.fullmatch(rf"{folder}/(0|[1-9][0-9]{{0,18}})\.{ending}", name) for name in self.names)
        return sorted(int(match[1]) for match in found if match)


def verify_bundle(path: str | Path, trusted: Iterable[str] = ()) -> Report:
    """Verify the court bundle in the ZIP `path`. Never raises for what it holds."""
    report = Report()
    try:
        with zipfile.ZipFile(path) as archive:
            _verify_bundle(Bundle(archive), report, trusted)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        report.step("证据包 bundle").open.append(f"打不开:{error}")
    return report


def _verify_bundle(bundle: Bundle, report: Report, trusted: Iterable[str]) -> None:
    digests = _files(bundle, report)
    keys, entries = KeyLog(), list[Entry]()
    opened = report.step("检查点 final.note")
    with opened.about("checkpoints/final.note"):
        final = Checkpoint.parse(bundle.read("checkpoints/final.note"))
    if opened.forged:
        return
    signatures = report.step("记录签名 signatures")
    inclusion = report.step("归入账本 inclusion")
    about_keys, about_facts = bundle.numbered("keys", "entry"), bundle.numbered("records", "entry")
    signatures.check(not set(about_keys) & set(about_facts), "同一条目既在 keys/ 又在 records/")
    if not about_facts:
        signatures.open.append("包里没有一条记录 (no records)")
    for index, folder in sorted([(i, "keys") for i in about_keys] + [(i, "records") for i in about_facts]):
        with signatures.about(f"第 {index} 条({folder}/{index}.entry)"):
            entry = Entry.parse(bundle.read(f"{folder}/{index}.entry"))
            if entry.index != index:
                raise ValueError(f"条目自称第 {entry.index} 条")
            keys.take(entry)
            entries.append(entry)
            with inclusion.about(f"第 {index} 条的归入证明"):
                _included(bundle, "keys" if folder == "keys" else "proofs", entry, final)
    _signed(report, keys, final)
    _anchored(report, keys, trusted)
    _manifest(bundle, report, keys)
    _streams(bundle, report, entries, about_facts)
    _contents(bundle, report, [e.record for e in entries], digests)
    _statements(bundle, report, keys, digests, entries)
    report.step("时间夹证 time", demanded=False).open.append(DEMO_CLOCK)
    report.step("见证人 witnesses", demanded=False).open.append("没有见证人副署 (no witness cosignature)")


def _files(bundle: Bundle, report: Report) -> dict[str, str]:
    """Every file is the one the manifest lists, and there is no other. Returns digests by name."""
    step = report.step("文件摘要 files")
    digests = {}
    with step.about("manifest.json"):
        manifest = json.loads(bundle.read("manifest.json"))
        listed = {item["path"]: item for item in manifest["files"]}
        found = [name for name in bundle.names if name not in ("manifest.json", "manifest.note")]
        step.check(len(set(found)) == len(found), "同名文件出现两次")
        for name in sorted(set(found) ^ set(listed)):
            step.check(False, f"{name} {'缺失' if name in listed else '不在清单里'}")
        for name in sorted(set(found) & set(listed)):
            with step.about(name):
                data = bundle.read(name)
                digests[name] = hashlib.sha256(data).hexdigest()
                if (digests[name], len(data)) != (listed[name]["sha256"], listed[name]["size"]):
                    raise ValueError("内容与清单的摘要不符")
    return digests


def _manifest(bundle: Bundle, report: Report, keys: KeyLog) -> None:
    """manifest.note is a statement, signed by a key that may write `evidence/` streams, of the manifest's digest."""
    step = report.step("清单签名 manifest")
    with step.about("manifest.note"):
        note = Note.parse(bundle.read("manifest.note"))
        head, _, body = note.text.partition(b"\n")
        said = parse_canonical(body.rstrip(b"\n"))
        if head != b"mingzheng-statement/v1 bundle-manifest":
            raise ValueError("不是清单声明")
        if said["sha256"] != hashlib.sha256(bundle.read("manifest.json")).hexdigest():
            raise ValueError("签署的不是这份 manifest.json")
        makers = [key for key, prefixes in keys.keys.values() if "evidence/x".startswith(prefixes)]
        if not any(note.signed_by(key) for key in makers):
            raise ValueError("没有证据服务密钥的有效签名")


def _included(bundle: Bundle, folder: str, entry: Entry, final: Checkpoint) -> None:
    head, _, checkpoint = bundle.read(f"{folder}/{entry.index}.tlog-proof").partition(b"\n\n")
    first, second, *hashes = head.decode().split("\n")
    if (first, second) != ("c2sp.org/tlog-proof@v1", f"index {entry.index}"):
        raise ValueError("不是本条的归入证明")
    if checkpoint != final.note.raw:
        raise ValueError("证明所依的检查点不是 checkpoints/final.note")
    if not included(entry.index, final.size, entry.leaf, [unbase64(h) for h in hashes], final.root):
        raise ValueError("算不出检查点的根")


def _streams(bundle: Bundle, report: Report, entries: list[Entry], indexes: list[int]) -> None:
    """The streams that the manifest names are there from their first record on, and no others."""
    step = report.step("流内无缺 completeness")
    records = [entry for entry in entries if entry.index in set(indexes)]
    ends: dict[str, tuple[int, bytes]] = {}
    _chained(step, records, ends=ends)
    with step.about("manifest.json"):
        manifest = json.loads(bundle.read("manifest.json"))
        if sorted(manifest["streams"]) != sorted(ends) or sorted(manifest["records"]) != indexes:
            raise ValueError("清单所列的流或记录与包内不同")
    chain = report.step("账本次序 order")
    for before, after in pairwise(entries):
        holds = before.time <= after.time and (before.index + 1 != after.index or after.prev == before.leaf)
        chain.check(holds, f"第 {after.index} 条与第 {before.index} 条接不上")


def _contents(bundle: Bundle, report: Report, records: list[dict[str, Any]], digests: dict[str, str]) -> None:
    """Media are named by digest in a record, and all that a record names is there; disclosures open commitments."""
    said = {text for record in records for text in _texts(record["data"])}
    media = report.step("图像原件 media", demanded=False)
    for name, digest in digests.items():
        if name.startswith("media/"):
            media.check(digest in said, f"{name} 没有任何记录提到")
    for record in records:
        named = record["data"].get("media")
        for item in named if isinstance(named, list) else []:
            if isinstance(item, dict) and item.get("sha256") not in digests.values():
                media.open.append(f"记录 {record['id']} 的图像 {item.get('sha256')} 不在包内")
    disclosed = report.step("披露内容 disclosures", demanded=False)
    for name in digests:
        if name.startswith("disclosures/"):
            with disclosed.about(name):
                item = json.loads(bundle.read(name))
                opened = bytes.fromhex(item["salt"]) + canonical([item["field"], item["value"]])
                if hashlib.sha256(opened).hexdigest() not in said:
                    raise ValueError("与记录里的承诺不符")


def _statements(
    bundle: Bundle, report: Report, keys: KeyLog, digests: dict[str, str], entries: list[Entry]
) -> None:
    """A statement that a decision rests on: named by digest in a record, signed by a key of the key log."""
    said = {text for entry in entries for text in _texts(entry.record["data"])}
    step = report.step("签名声明 statements", demanded=False)
    for name in digests:
        if name.startswith("statements/"):
            with step.about(name):
                note = Note.parse(bundle.read(name))
                if digests[name] not in said:
                    raise ValueError("没有任何记录提到")
                if not any(note.signed_by(key) for key, _ in keys.keys.values()):
                    raise ValueError("没有已登记密钥的有效签名")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


def entries_in(folder: Path, size: int) -> Iterator[bytes]:
    """The first `size` entries of the tiled log in `folder` (c2sp.org/tlog-tiles)."""
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        groups = [f"x{n // 1000**i % 1000:03}" for i in range(6, 0, -1) if n >= 1000**i] + [f"{n % 1000:03}"]
        tile = folder / "tile" / "entries" / "/".join(groups)
        data = (tile if width == 256 else tile.with_name(f"{tile.name}.p") / str(width)).read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            yield data[2 : 2 + length]
            data = data[2 + length :]


def main(arguments: list[str]) -> int:
    """Print the report; 0 VERIFIED, 1 FORGED, 2 NOT_VERIFIED."""
    parser = argparse.ArgumentParser(
        description="核验证据包或账本 · verify a court bundle or a ledger, offline"
    )
    parser.add_argument("path", type=Path, help="证据包 bundle.zip,或账本目录")
    parser.add_argument("--key", action="append", default=[], help="公布的根公钥或账本公钥 (vkey)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.path.is_dir():
        note = (options.path / "checkpoint").read_bytes()
        report = verify_log(entries_in(options.path, Checkpoint.parse(note).size), note, options.key)
    else:
        report = verify_bundle(options.path, options.key)
    steps = [vars(step) | {"verdict": step.verdict} for step in report.steps]
    said = {"verdict": report.verdict, "keys": report.keys, "steps": steps}
    print(json.dumps(said, ensure_ascii=False) if options.json else "\n".join(report.lines()))
    return {VERIFIED: 0, FORGED: 1, NOT_VERIFIED: 2}[report.verdict]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
