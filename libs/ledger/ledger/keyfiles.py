"""Private keys, their files, and durable writes: after a power cut a file is whole or absent.

This is the only module of the formats that opens a file or a socket. A key lies in a PEM file of mode 0600, or in an
agent that speaks the ssh-agent protocol. `NoteKey.load` reads both.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import socket
import struct
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_p256
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.canonical import canonical
from ledger.notes import MARK, STATEMENT, Verifier


class PublicKey(Protocol):
    """The public half of a private key, as bytes."""

    def public_bytes_raw(self) -> bytes: ...


class PrivateKey(Protocol):
    """A private key: one of cryptography's from a PEM file, an `AgentKey`, or a key in a KMS."""

    def public_key(self) -> PublicKey: ...

    def sign(self, data: bytes, /) -> bytes: ...


class AgentKey:
    """An Ed25519 key in an agent that speaks the ssh-agent protocol: ssh-agent itself, or a front to an HSM or a KMS.

    The address is `agent:<socket>#<which>`; `which` is `SHA256:…` as ssh-add prints it, or a vkey. The agent signs
    the bytes as they are. Raises ValueError if it does not hold the key, OSError if the socket does not answer.
    """

    PREFIX = "agent:"
    _TIMEOUT_S = 10
    _IDENTITIES, _SIGN = (11, 12), (13, 14)  # request and answer (draft-ietf-sshm-ssh-agent)

    def __init__(self, address: str) -> None:
        self._socket, _, which = address.removeprefix(self.PREFIX).partition("#")
        wanted = None if which.startswith("SHA256:") else Verifier.parse(which).public
        identities = self._ask(self._IDENTITIES)
        rest = identities[4:]
        for _ in range(int.from_bytes(identities[:4], "big")):
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
        """The signature over `data`. Raises ValueError if the agent's is wrong: it must not reach a checkpoint."""
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
    """The first string (RFC 4251) in `data`, and the rest of `data`."""
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end], data[end:]


def _fingerprint(blob: bytes) -> str:
    """The fingerprint of a public key in the form of RFC 4253, as ssh-add prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class NoteKey:
    """A private Ed25519 key under its note name. It never leaves this process, or its agent."""

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
        """The same private key under another name. It has another vkey, so signatures of the two are never confused."""
        return type(self)(name, self._private)

    @property
    def is_local(self) -> bool:
        """Whether signing takes microseconds. If not, callers sign in a thread."""
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
        return MARK + self.name.encode() + b" " + signature + b"\n"

    def note(self, text: bytes) -> bytes:
        """`text` as a note signed by this key alone."""
        return text + b"\n" + self.line(text)

    def statement(self, kind: str, value: dict[str, Any]) -> bytes:
        """A statement note (ledger.notes) of `kind` with the JSON `value`, which follows the profile of records."""
        return self.note(f"{STATEMENT} {kind}\n".encode() + canonical(value) + b"\n")


class RecordSigner(NoteKey):
    """The key a service signs its records with."""

    def sign(self, line: bytes) -> bytes:
        """The record note around `line`, the record's canonical JSON without a newline."""
        if b"\n" in line:
            raise ValueError("a record is one line")
        return self.note(line + b"\n")


def make_key(path: Path, kind: str = "ed25519") -> None:
    """Write a fresh private key (`ed25519` for notes, `p256` for tokens) to `path`, mode 0600.

    Raises FileExistsError rather than replace a key, because signatures of a lost key could no longer be explained.
    """
    key = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_p256(SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    create_durably(path, pem)


def load_key(path: Path) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
    """The private key in the PEM file `path`. Raises ValueError for another kind, and as `read_private` does."""
    key = serialization.load_pem_private_key(read_private(path), password=None)
    if isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        return key
    raise ValueError(f"{path} holds neither an Ed25519 nor a P-256 key")


def read_private(path: Path) -> bytes:
    """The content of a key file. Raises ValueError if everyone on this machine may read it."""
    if path.stat().st_mode & 0o007:
        raise ValueError(f"{path} holds a private key and is open to everyone; chmod 600 it")
    return path.read_bytes()


def create_durably(path: Path, content: bytes) -> None:
    """Write the new file `path` with mode 0600. Raises FileExistsError rather than replace a file."""
    _write(path, content, 0o600)
    sync_durably(path.parent)


def create_once_durably(path: Path, content: bytes) -> None:
    """Write the new file `path` with mode 0600 unless it exists. Of many writers at once, one wins.

    While `path` has a second name its writer has not yet waited for the folder: only with a link count of 1 is the
    file durable.
    """
    draft = _draft(path)
    _write(draft, content, 0o600)
    with suppress(FileExistsError):
        os.link(draft, path)  # unlike a rename it never replaces a file that somebody already uses
    sync_durably(path.parent)
    draft.unlink()


def replace_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace the content of `path` in one step. Of many writers at once, the last one wins."""
    draft = _draft(path)
    try:
        _write(draft, content, mode)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_durably(path.parent)


def replace_all_durably(files: Sequence[tuple[Path, bytes]], *, mode: int = 0o644) -> None:
    """As `replace_durably` for each of `files`. The disk is asked when all are written, so it can take them together.

    An error leaves some of them replaced, each whole.
    """
    drafts = [_draft(path) for path, _ in files]
    try:
        with ExitStack() as stack:
            opened = []
            for draft, (_, content) in zip(drafts, files, strict=True):
                handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
                opened.append(stack.enter_context(os.fdopen(handle, "wb", buffering=0)))
                left = memoryview(content)
                while left:
                    left = left[opened[-1].write(left) :]
            for file in opened:
                os.fsync(file.fileno())
        for draft, (path, _) in zip(drafts, files, strict=True):
            draft.replace(path)
    except BaseException:
        for draft in drafts:
            draft.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path, _ in files}:
        sync_durably(folder)


def _draft(path: Path) -> Path:
    """A name of its own for each writer; after a crash a file of this name is nobody's."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}")


def _write(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_folder_durably(folder: Path, root: Path) -> None:
    """Make `folder` with mode 0700, and every folder between it and `root`, durably.

    Each new name is waited for: a folder that is lost takes its durable files with it.
    """
    if folder.is_dir():
        return
    if folder != root:
        make_folder_durably(folder.parent, root)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_durably(folder.parent)


def sync_durably(path: Path) -> None:
    """Wait until the disk has the file `path`, or the names in the folder `path`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
