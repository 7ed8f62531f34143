"""The trust policy of a reader: logs, witnesses and their quorum, from one text (c2sp.org/tlog-policy).

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all | any | <k> <member>…
    quorum <name> | none

A witness cosigns a checkpoint with the time at which it was the largest that the witness knew
(c2sp.org/tlog-cosignature): Ed25519 (type 0x04) over `cosignature/v1\\ntime <seconds>\\n<checkpoint text>`, or
ML-DSA-44 (type 0x06).
Verifying never raises. A line that is malformed, unknown or wrong counts for no witness.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from ledger.edwards import is_key
from ledger.notes import Signature, Verifier, unbase64
from ledger.signatures import holds

ED25519: Final = 0x04
ML_DSA_44: Final = 0x06
_SIZES: Final = {ED25519: (32, 64), ML_DSA_44: (1312, 2420)}
_MARK: Final = "— "
_NAME = re.compile(r"[^\s+]{1,255}")
_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_BLANK = re.compile(rb"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_MAX_POLICY: Final = 1_000_000
_LATEST: Final = 253_402_300_799  # 9999-12-31T23:59:59Z, the last second that a datetime can tell


def ed25519_message(checkpoint_text: bytes, seconds: int) -> bytes:
    """The message of an Ed25519 cosignature: header, time, and the whole text of the checkpoint."""
    return b"cosignature/v1\ntime %d\n" % seconds + checkpoint_text


def ml_dsa_message(checkpoint_text: bytes, seconds: int, witness: str) -> bytes:
    """The message of an ML-DSA-44 cosignature: witness, time, origin, size and root, without extension lines.

    Raises ValueError for a text that is no checkpoint, or a name or origin of more than 255 bytes.
    """
    origin, size, root = checkpoint_text.split(b"\n")[:3]
    name = witness.encode()
    if not (0 < len(origin) < 256 and 0 < len(name) < 256 and len(digest := unbase64(root)) == 32):
        raise ValueError("a name and an origin have 1 to 255 bytes, a root has 32")
    return b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(name)]) + name,
            seconds.to_bytes(8, "big"),
            bytes([len(origin)]) + origin,
            (0).to_bytes(8, "big") + int(size).to_bytes(8, "big"),
            digest,
        )
    )


@dataclass(frozen=True)
class Cosigner:
    """A witness's public key under its note name: `<name>+<id, hex>+<base64(type || key)>`."""

    name: str
    public: bytes
    type: int = ED25519

    @classmethod
    def parse(cls, vkey: str) -> Cosigner:
        """The key that a vkey of type 0x04 or 0x06 names. Raises ValueError for another type, or a wrong id."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded)
        length = _SIZES[material[0]][0] if material and material[0] in _SIZES else None
        if length is None or len(material) != length + 1 or not _NAME.fullmatch(name):
            raise ValueError("the vkey of a witness is a name, a key id, and a key of type 0x04 or 0x06")
        if material[0] == ED25519 and not is_key(material[1:]):
            raise ValueError(f"the public key of {name} is not the one encoding of a point of prime order")
        cosigner = cls(name, material[1:], material[0])
        if key_id != cosigner.key_id.hex():
            raise ValueError(f"the key id in the vkey of {name} does not belong to its key")
        return cosigner

    @cached_property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def verifies(self, checkpoint_text: bytes, signature: Signature) -> bool:
        """Whether this witness made the cosignature `signature` of the checkpoint with this text."""
        value, length = signature.value, _SIZES[self.type][1]
        if (signature.name, signature.key_id, len(value)) != (self.name, self.key_id, 8 + length):
            return False
        seconds = int.from_bytes(value[:8], "big")
        if not 0 < seconds <= _LATEST:
            return False
        try:
            if self.type == ED25519:
                return holds((self.public, value[8:], ed25519_message(checkpoint_text, seconds)))
            message = ml_dsa_message(checkpoint_text, seconds, self.name)
            MLDSA44PublicKey.from_public_bytes(self.public).verify(value[8:], message)
        except (InvalidSignature, ValueError, OverflowError):
            return False
        return True


@dataclass(frozen=True)
class Witness:
    """A witness in a policy: its name there, its vkey, and the URL for submissions if the policy gives one."""

    name: str
    vkey: str
    url: str | None = None

    @cached_property
    def key(self) -> Cosigner:
        return Cosigner.parse(self.vkey)


class Cosignature(NamedTuple):
    """A verified cosignature: the witness's name in the policy, the line, the witness's time."""

    witness: str
    line: str
    at: datetime


@dataclass(frozen=True)
class Policy:
    """The signatures that make a checkpoint valid: one of `logs`, and enough witnesses to fulfil `root`.

    `groups` maps a name to a threshold and its members. `root` is the witness or group after `quorum`, None if the
    policy asks for no witness.
    """

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]
    root: str | None

    @classmethod
    def parse(cls, text: str | bytes) -> Policy:
        """The policy in `text`. The ValueError for a text that the format forbids names the line."""
        return _parse(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)

    def cosignatures(self, lines: Iterable[str], checkpoint_text: bytes) -> dict[str, Cosignature]:
        """For each witness, its newest cosignature in `lines` that verifies."""
        newest: dict[str, Cosignature] = {}
        for line in lines:
            try:
                signature, at = _signature(line), cosignature_time(line)
            except ValueError:
                continue
            for witness in self.witnesses.values():
                known = newest.get(witness.name)
                if (known is None or known.at < at) and witness.key.verifies(checkpoint_text, signature):
                    newest[witness.name] = Cosignature(witness.name, line, at)
        return newest

    def met(self, lines: Iterable[str], checkpoint_text: bytes) -> frozenset[str]:
        """The names of the witnesses with a cosignature in `lines` that verifies."""
        return frozenset(self.cosignatures(lines, checkpoint_text))

    def quorum(self, names: Set[str]) -> bool:
        """Whether the witnesses `names` are enough."""
        return self.root is None or self._witnessed(self.root, names)

    def witnessed_at(self, cosignatures: Iterable[Cosignature]) -> datetime | None:
        """The latest time such that the cosignatures made at or after it fulfil the quorum.

        None if there is no quorum, and None if the policy asks for no witness.
        """
        names: set[str] = set()
        for one in sorted(cosignatures, key=lambda each: each.at, reverse=True):
            names.add(one.witness)
            if self.root is not None and self._witnessed(self.root, names):
                return one.at
        return None

    def _witnessed(self, name: str, names: Set[str]) -> bool:
        if name not in self.groups:
            return name in names
        least, members = self.groups[name]
        return sum(self._witnessed(member, names) for member in members) >= least


def origin_hash(origin: str) -> str:
    """The name of a log in a witness's paths: SHA-256 of its origin, hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def cosignature_time(line: str) -> datetime:
    """The witness's time in a cosignature line, unverified. Raises ValueError for a line without one."""
    seconds = int.from_bytes(_signature(line).value[:8], "big")
    if not 0 < seconds <= _LATEST:
        raise ValueError("a cosignature tells a time after 1970")
    return datetime.fromtimestamp(seconds, UTC)


def _signature(line: str) -> Signature:
    """Parse a signature line, with or without its newline. Raises ValueError for any other form."""
    name, _, encoded = line.removesuffix("\n").removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not _NAME.fullmatch(name):
        raise ValueError("a signature line is an em dash, a key name and base64")
    value = unbase64(encoded)
    if len(value) < 13:
        raise ValueError("a cosignature holds a key id, a time and a signature")
    return Signature(name, value[:4], value[4:])


class _Draft:
    """A policy in the making: `read` takes one line after the other."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorums: list[str | None] = []
        self._members: set[str] = set()

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                log = Verifier.parse(vkey)
                if any(log.public == other.public for other in self.logs):
                    raise ValueError(f"the key of {log.name} was given before")
                self.logs.append(log)
            case ["witness", name, vkey, *rest] if len(rest) <= 1:
                self._new(name)
                key = Cosigner.parse(vkey).public
                if any(key == other.key.public for other in self.witnesses.values()):
                    raise ValueError(f"the key of {name} was given before")
                self.witnesses[name] = Witness(name, vkey, rest[0].rstrip("/") if rest else None)
            case ["group", name, least, *members] if members:
                self._new(name)
                self._join(members)
                self.groups[name] = (_least(least, len(members)), tuple(members))
            case ["quorum", "none"]:
                self.quorums.append(None)
            case ["quorum", name] if name in self.witnesses or name in self.groups:
                self.quorums.append(name)
            case _:
                raise ValueError("this is no log, witness, group or quorum, or it names what was not defined")

    def _new(self, name: str) -> None:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise ValueError(f"the name {name} is taken")

    def _join(self, members: list[str]) -> None:
        # A witness belongs to one group only, so that no quorum counts it twice.
        for member in members:
            if member in self._members or not (member in self.witnesses or member in self.groups):
                raise ValueError(f"{member} is not defined, or is a member already")
            self._members.add(member)


def _least(word: str, count: int) -> int:
    least = {"all": count, "any": 1}.get(word) or (int(word) if _COUNT.fullmatch(word) else 0)
    if 1 <= least <= count:
        return least
    raise ValueError(f"a group of {count} asks for all, any, or 1 to {count} of them")


def _parse(text: bytes) -> Policy:
    if len(text) > _MAX_POLICY or _FORBIDDEN.search(text) or (text and not text.endswith(b"\n")):
        raise ValueError(
            "a policy is at most 1 MB of lines without control characters, each ended by a newline"
        )
    draft = _Draft()
    for number, line in enumerate(text.split(b"\n"), 1):
        stripped = line.strip(b" \t")
        if not stripped or stripped.startswith(b"#"):
            continue
        try:
            draft.read([word.decode("utf-8", "surrogateescape") for word in _BLANK.split(stripped)])
        except ValueError as error:
            raise ValueError(f"line {number} of the policy: {error}") from None
    if len(draft.quorums) != 1:
        raise ValueError("a policy has exactly one quorum line")
    return Policy(tuple(draft.logs), draft.witnesses, draft.groups, draft.quorums[0])
