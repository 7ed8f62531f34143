"""Hashes and signatures by name, signed notes, and the files that keys live in.

    <text>\\n                       a C2SP signed note: text that ends in a newline, an empty line,
    \\n                             then one line per signature:
    — <key name> <base64(4-byte key id || signature)>\\n

A record is a note around one canonical JSON line. Any other signed statement (a capability snapshot,
a manifest) is a note whose first line is `mingzheng-statement/v1 <kind>`, so that no statement can be
passed off as a record. Base64 is read strictly: one signature has one spelling.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_p256
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common import durable
from common.facts import canonical, parse_canonical

_MARK = "— ".encode()
_NAME = re.compile(r"[^\s+]{1,255}")
_CONTROL = bytes(code for code in range(32) if code != 10)
_MAX_NOTE = 1_000_000
_MAX_SIGNATURES = 100
_STATEMENT = "mingzheng-statement/v1"


def digest(suite: str, data: bytes) -> bytes:
    """The 32-byte digest of `data`; `suite` is `sha256` or `sm3` (GB/T 32905). ValueError otherwise."""
    match suite:
        case "sha256":
            return hashlib.sha256(data).digest()
        case "sm3":
            running = hashes.Hash(hashes.SM3())
            running.update(data)
            return running.finalize()
    raise ValueError(f"there is no digest suite {suite}")


class Signature(NamedTuple):
    """One signature line of a note: the key's name, its 4-byte id, the bytes after the id."""

    name: str
    key_id: bytes
    value: bytes


class Note(NamedTuple):
    """A parsed note. Parsing verifies nothing. `text` ends in a newline."""

    text: bytes
    signatures: tuple[Signature, ...]


def parse_note(data: bytes) -> Note:
    """The note in `data` (c2sp.org/signed-note). Raises ValueError for anything the format forbids."""
    if len(data) > _MAX_NOTE or len(data.translate(None, _CONTROL)) != len(data):
        raise ValueError("a note is at most 1 MB of UTF-8 without control characters")
    data.decode()  # UnicodeDecodeError is a ValueError
    cut = data.rfind(b"\n\n")
    if cut < 0 or not data.endswith(b"\n"):
        raise ValueError("a note is a text, an empty line, and signature lines that end in a newline")
    lines = data[cut + 2 : -1].split(b"\n")
    if len(lines) > _MAX_SIGNATURES:
        raise ValueError(f"a note carries at most {_MAX_SIGNATURES} signatures")
    return Note(data[: cut + 1], tuple(_signature(line) for line in lines))


def _signature(line: bytes) -> Signature:
    name, space, encoded = line.removeprefix(_MARK).partition(b" ")
    if not line.startswith(_MARK) or not space or not _NAME.fullmatch(name.decode()):
        raise ValueError("a signature line is an em dash, a key name and base64")
    value = unbase64(encoded)
    if len(value) < 5:
        raise ValueError("a signature line holds a 4-byte key id and a signature")
    return Signature(name.decode(), value[:4], value[4:])


def unbase64(text: bytes | str) -> bytes:
    """The bytes that `text` is the one canonical base64 of. Raises ValueError otherwise."""
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("this is not base64") from error
    if base64.b64encode(value) != (text.encode() if isinstance(text, str) else text):
        raise ValueError("this base64 is not canonical")
    return value


@dataclass(frozen=True)
class Verifier:
    """A public Ed25519 key under its note name. Read from a vkey: `<name>+<id, hex>+<base64(kind || key)>`.

    Another algorithm is a subclass with its own `kind`, number of bytes and `verifies`.
    """

    kind: ClassVar[bytes] = b"\x01"
    length: ClassVar[int] = 32

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key a vkey names. Raises ValueError if its id does not belong to it."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded)
        public = material.removeprefix(cls.kind)
        if len(public) != cls.length or material != cls.kind + public or not _NAME.fullmatch(name):
            raise ValueError("a vkey is a name, a key id and a public key")
        verifier = cls(name, public)
        if key_id != verifier.key_id.hex():
            raise ValueError(f"the key id in the vkey of {name} does not belong to its key")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    def signature(self, note: Note) -> bytes | None:
        """The first signature in `note` that claims this key, unverified; None if there is none."""
        for signature in note.signatures:
            if signature.key_id == self.key_id and signature.name == self.name:
                return signature.value
        return None

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `text`. Releases the GIL (PyNaCl)."""
        if len(signature) != 64:
            return False
        try:
            nacl.bindings.crypto_sign_open(signature + text, self.public)
        except nacl.exceptions.BadSignatureError:
            return False
        return True


def open_note(data: bytes, known: Iterable[Verifier]) -> tuple[Note, tuple[Verifier, ...]]:
    """The note and which of the `known` keys signed it, at least one.

    Raises ValueError if the note is malformed, if a signature under a known key is wrong (a note with
    one bad known signature is bad, whatever else it carries), or if no known key signed it.
    """
    note = parse_note(data)
    signed = []
    for verifier in known:
        signature = verifier.signature(note)
        if signature is None:
            continue
        if not verifier.verifies(note.text, signature):
            raise ValueError(f"the signature of {verifier.name} does not fit the text")
        signed.append(verifier)
    if not signed:
        raise ValueError("no known key signed this note")
    return note, tuple(signed)


class PublicKey(Protocol):
    """The public half of a private key, as bytes."""

    def public_bytes_raw(self) -> bytes: ...


class PrivateKey(Protocol):
    """A private key wherever it is kept: cryptography's own from a PEM file, `AgentKey`, a key in a KMS."""

    def public_key(self) -> PublicKey: ...

    def sign(self, data: bytes, /) -> bytes: ...


class AgentKey:
    """An Ed25519 key in an agent that speaks the ssh-agent protocol: ssh-agent, or what fronts an HSM or a KMS.

    The address is `agent:<socket>#<which>`; `which` is `SHA256:…` as ssh-add prints it, or a vkey. The agent signs
    the bytes as they are. Raises ValueError if it does not hold the key, OSError if nobody answers at the socket.
    """

    PREFIX = "agent:"
    _TIMEOUT_S = 10
    _IDENTITIES, _SIGN = (11, 12), (13, 14)  # request and answer (draft-ietf-sshm-ssh-agent)

    def __init__(self, address: str) -> None:
        self._socket, _, which = address.removeprefix(self.PREFIX).partition("#")
        wanted = None if which.startswith("SHA256:") else Verifier.parse(which).public
        found = self._ask(self._IDENTITIES)
        rest = found[4:]
        for _ in range(int.from_bytes(found[:4], "big")):
            blob, rest = _string(rest)
            _comment, rest = _string(rest)
            kind, encoded = _string(blob)
            if kind == b"ssh-ed25519":
                public = _string(encoded)[0]
                if public == wanted or _fingerprint(blob) == which:
                    self._blob, self._public = blob, Ed25519PublicKey.from_public_bytes(public)
                    return
        raise ValueError(f"the agent at {self._socket} does not hold the Ed25519 key {which}")

    def public_key(self) -> Ed25519PublicKey:
        return self._public

    def sign(self, data: bytes, /) -> bytes:
        """The signature over `data`. Raises ValueError for a wrong one: it must not reach a checkpoint."""
        answer = self._ask(self._SIGN, _framed(self._blob) + _framed(data) + bytes(4))
        signature = _string(_string(_string(answer)[0])[1])[0]
        try:
            self._public.verify(signature, data)
        except InvalidSignature:
            raise ValueError(f"the agent at {self._socket} gave a signature that does not fit") from None
        return signature

    def _ask(self, kind: tuple[int, int], body: bytes = b"") -> bytes:
        with socket.socket(socket.AF_UNIX) as agent:
            agent.settimeout(self._TIMEOUT_S)
            agent.connect(self._socket)
            agent.sendall(_framed(bytes([kind[0]]) + body))
            with agent.makefile("rb") as answers:
                answer = answers.read(int.from_bytes(answers.read(4), "big"))
        if answer[:1] != bytes([kind[1]]):
            raise ValueError(f"the agent at {self._socket} refuses: is it locked?")
        return answer[1:]


def _framed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _string(data: bytes) -> tuple[bytes, bytes]:
    """The first string of RFC 4251 in `data`, and what follows it."""
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end], data[end:]


def _fingerprint(blob: bytes) -> str:
    """Of a public key in the form of RFC 4253, as ssh-add prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class NoteKey:
    """A private Ed25519 key under its note name. It never leaves the process, or the device, that holds it."""

    algorithm: ClassVar[type[Verifier]] = Verifier

    def __init__(self, name: str, private: PrivateKey) -> None:
        self._private = private
        self.verifier = self.algorithm(name, private.public_key().public_bytes_raw())

    @classmethod
    def load(cls, name: str, where: Path | str) -> Self:
        """The key in the PEM file `where`, or at `agent:<socket>#<fingerprint or vkey>`, named `name`.

        A file may hold such an address in place of a key. Raises ValueError for another kind of key, OSError
        if there is no file or no agent.
        """
        place = str(where)
        if not place.startswith(AgentKey.PREFIX) and Path(place).read_bytes()[:6] == AgentKey.PREFIX.encode():
            place = Path(place).read_text().strip()
        if place.startswith(AgentKey.PREFIX):
            return cls(name, AgentKey(place))
        private = load_key(Path(place))
        if isinstance(private, Ed25519PrivateKey):
            return cls(name, private)
        raise ValueError(f"{place} holds no Ed25519 key")

    def named(self, name: str) -> Self:
        """The same private key under another name: another vkey, whose signatures are no one else's."""
        return type(self)(name, self._private)

    @property
    def is_local(self) -> bool:
        """Whether signing is a matter of microseconds; else it is done in a thread."""
        return isinstance(self._private, Ed25519PrivateKey)

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    def line(self, text: bytes) -> bytes:
        """The signature line over `text`, newline included. `text` ends in a newline."""
        if not text.endswith(b"\n"):
            raise ValueError("the text of a note ends in a newline")
        signature = base64.b64encode(self.verifier.key_id + self._private.sign(text))
        return _MARK + self.name.encode() + b" " + signature + b"\n"

    def note(self, text: bytes) -> bytes:
        """`text` as a note signed by this key alone."""
        return text + b"\n" + self.line(text)

    def statement(self, kind: str, value: dict[str, Any]) -> bytes:
        """A note that states `value` (in the profile of records) under `mingzheng-statement/v1 <kind>`."""
        return self.note(f"{_STATEMENT} {kind}\n".encode() + canonical(value) + b"\n")


class RecordSigner(NoteKey):
    """The key a service signs its records with."""

    def sign(self, line: bytes) -> bytes:
        """The record note around `line`, the record's canonical JSON without a newline."""
        if b"\n" in line:
            raise ValueError("a record is one line")
        return self.note(line + b"\n")


def open_statement(data: bytes, kind: str, known: Iterable[Verifier]) -> dict[str, Any]:
    """What a statement note of `kind` says. Raises ValueError unless a known key signed exactly that."""
    note, _ = open_note(data, known)
    head, _, body = note.text.partition(b"\n")
    if head != f"{_STATEMENT} {kind}".encode():
        raise ValueError(f"this note is not a statement of kind {kind}")
    value = parse_canonical(body.removesuffix(b"\n"))
    if isinstance(value, dict):
        return value
    raise ValueError("a statement is an object")


def make_key(path: Path, kind: str = "ed25519") -> None:
    """Write a fresh private key (`ed25519` for notes, `p256` for tokens) to `path`, mode 0600.

    Raises FileExistsError rather than replace a key: what it signed would no longer verify.
    """
    key = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_p256(SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    durable.create(path, pem)


def load_key(path: Path) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
    """The private key in the PEM file `path`. Raises ValueError for a file that everyone may read."""
    if path.stat().st_mode & 0o007:
        raise ValueError(f"{path} holds a private key and is open to everyone; chmod 600 it")
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        return key
    raise ValueError(f"{path} holds neither an Ed25519 nor a P-256 key")


def encode_batch(notes: Sequence[bytes]) -> bytes:
    """`notes` one after the other, each after its length as a big-endian uint16 (at most 65,535 B)."""
    return b"".join(struct.pack(">H", len(note)) + note for note in notes)


def decode_batch(data: bytes) -> list[bytes]:
    """What `encode_batch` joined. Raises ValueError if the lengths do not end where the data ends."""
    notes, at, end = [], 0, len(data)
    while at < end - 1:
        start = at + 2
        at = start + (data[at] << 8 | data[at + 1])
        notes.append(data[start:at])
    if at != end:
        raise ValueError("the last note of the batch is cut off")
    return notes
