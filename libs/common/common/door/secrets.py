"""One secret for each stream; destroying it makes everything unreadable that was sealed under it (PIPL 47).

    <root>/<aa>/<64 hex>.key      32 random bytes, mode 0600; the name is the SHA-256 of the stream's name
    <root>/<aa>/<64 hex>.erased   the stream was erased: no secret of it is made or read again
    <root>/.elsewhere             where a backup wants each secret to be before it protects anything, and for whose key

    value     nonce (12 B) || AES-256-GCM        key: HKDF-SHA256(the stream's secret, the value's name)
    object    nonce (12 B) || AES-256-GCM        key: HKDF-SHA256(the secrets of all its streams, the object's name)

Databases, blobs and every backup of them hold sealed bytes only. The secrets lie apart and have a backup of their
own that is kept for a shorter time. So destroying one file of 32 bytes erases everything that was ever sealed under
it, wherever a copy lies. An object of several parties is readable only while the secret of each party is there.
Losing this folder loses all that it protects: there is no other way to read it.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.keyfiles import create_once_durably, make_folder_durably, replace_durably, sync_durably

FORMAT: Final = "mingzheng-sealed/1"
_SECRET: Final = 32
_NONCE: Final = 12
_ELSEWHERE: Final = ".elsewhere"


class Erased(LookupError):
    """The stream was erased as the law demands: nothing of it can be read or sealed any more."""


class SecretMissing(LookupError):
    """The stream's secret is not here, and nobody erased it: everything that it protects is lost."""


class Disclosure(NamedTuple):
    """The 16-byte salt and the value behind a commitment."""

    salt: bytes
    value: str


class Secrets:
    """The secrets of one service's streams below `root`, which is made if it is not there.

    Every call reads the secret from its file: a cached secret would outlive its erasure by another process. Making
    and erasing a secret wait for the disk: call `make` and `erase` from a thread.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = str(root)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def sealed(self, stream: str, name: str, value: bytes) -> bytes:
        """`value` encrypted under the secret of `stream`, which is made where there is none. Raises Erased.

        Only a new secret is made in a thread, since only that has to wait for the disk.
        """
        if not self._is_made(stream):
            await asyncio.to_thread(self.make, stream)
        return self.seal_object([stream], name, value, head=_head(stream, name))

    def open(self, stream: str, name: str, sealed: bytes) -> bytes:
        """The value that `sealed` encrypted. Raises Erased, SecretMissing, or ValueError for other bytes."""
        return self.open_object([stream], name, sealed, head=_head(stream, name))

    def seal_object(self, streams: Iterable[str], name: str, data: bytes, *, head: bytes) -> bytes:
        """`data` encrypted under the secrets of all `streams`, which exist, and bound to `head`.

        Raises Erased or SecretMissing. Moved under another head, the bytes do not open.
        """
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key(streams, name)).encrypt(nonce, data, head)

    def open_object(self, streams: Iterable[str], name: str, sealed: bytes, *, head: bytes) -> bytes:
        """The data that `seal_object` encrypted. Raises Erased, SecretMissing, or ValueError for other bytes."""
        key = self._key(streams, name)
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], head)
        except (InvalidTag, ValueError):
            raise ValueError("these bytes were not sealed here, or were changed since") from None

    def keyed_digest(self, stream: str, name: str, text: bytes) -> bytes:
        """HMAC-SHA256 of `text` under the secret of `stream`, which exists: it says nothing without that secret."""
        return hmac.digest(self._key([stream], name), text, "sha256")

    async def seal_disclosure(self, stream: str, field: str, digest: bytes, disclosure: Disclosure) -> bytes:
        """Salt and value of the commitment `digest`, as the table of disclosures holds them."""
        value = disclosure.salt + disclosure.value.encode()
        return await self.sealed(stream, _disclosed(field, digest), value)

    def open_disclosure(self, stream: str, field: str, digest: bytes, sealed: bytes) -> Disclosure:
        """The disclosure that `seal_disclosure` encrypted. Raises as `open`."""
        plain = self.open(stream, _disclosed(field, digest), sealed)
        return Disclosure(plain[:16], plain[16:].decode())

    def has(self, stream: str) -> bool:
        """Whether the secret of `stream` is here and may be read."""
        return self._path(stream).exists() and not self.is_erased(stream)

    def is_erased(self, stream: str) -> bool:
        """Whether `stream` was erased here."""
        return os.path.exists(self._name(stream) + ".erased")

    def make(self, stream: str) -> None:
        """Make a durable secret for `stream` unless it has one. Raises Erased: an erased stream gets no secret."""
        if self._is_made(stream):
            return
        path = self._path(stream)
        if path.exists():
            sync_durably(path.parent)
        elif self.is_erased(stream):
            raise Erased(f"{stream} was erased")
        else:
            make_folder_durably(path.parent, self.root)
            create_once_durably(path, secrets.token_bytes(_SECRET))
        if (elsewhere := Elsewhere.of(self._root)) is not None:
            elsewhere.take(path)

    def _is_made(self, stream: str) -> bool:
        """Whether the secret of `stream` is durable. A second link is the draft of a writer that may wait for fsync.

        While a backup wants each secret, one that the backup lacks is not made yet.
        """
        name = self._name(stream) + ".key"
        try:
            is_durable = os.stat(name).st_nlink == 1
        except FileNotFoundError:
            return False
        elsewhere = Elsewhere.of(self._root) if is_durable else None
        return is_durable and (elsewhere is None or os.path.exists(elsewhere.place_of(name)))

    def erase(self, stream: str) -> None:
        """Destroy the secret of `stream`. A second call does nothing; after a crash it finishes the first."""
        path = self._path(stream)
        make_folder_durably(path.parent, self.root)
        # The mark comes first: from now on no process reads the secret or makes another, even after a crash below.
        replace_durably(path.with_suffix(".erased"), b"", mode=0o600)
        self.discard(stream)

    def discard(self, stream: str) -> None:
        """Destroy a secret that protects nothing on record, because the stream never came to be."""
        path = self._path(stream)
        try:
            with path.open("r+b") as file:
                # A disk may keep the old block; an installation that must be sure encrypts the volume as well.
                file.write(secrets.token_bytes(_SECRET))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        sync_durably(path.parent)

    def _key(self, streams: Iterable[str], name: str) -> bytes:
        """The AES key of the value or object `name`, from the secrets of all `streams`."""
        secret = b"".join(self._read(stream) for stream in streams)
        return HKDF(SHA256(), 32, None, f"{FORMAT}\n{name}".encode()).derive(secret)

    def _read(self, stream: str) -> bytes:
        name = self._name(stream)
        if os.path.exists(name + ".erased"):
            raise Erased(f"{stream} was erased")
        try:
            with open(name + ".key", "rb", buffering=0) as file:
                secret = file.read(_SECRET + 1)
        except FileNotFoundError:
            raise SecretMissing(f"there is no secret of {stream}") from None
        if len(secret) != _SECRET:
            raise SecretMissing(f"the secret of {stream} is damaged")
        return secret

    def _path(self, stream: str) -> Path:
        return Path(self._name(stream) + ".key")

    def _name(self, stream: str) -> str:
        """The path of the files of `stream`, without what their names end in.

        A text, because every sealed value asks for it several times and a Path costs more than the question.
        """
        name = sha256(stream.encode()).hexdigest()
        return f"{self._root}/{name[:2]}/{name}"


class Elsewhere(NamedTuple):
    """Where a backup keeps the secrets of one service, for whose key; it outlives the process that began it.

    A secret that was lost with its disk the second after it was made would make every value on record under it
    unreadable. So `make` returns only when a sealed copy is there too; while the folder is away, it raises OSError.
    """

    root: str
    folder: str
    recipient: str

    @classmethod
    def of(cls, root: str) -> Elsewhere | None:
        """What the backup of the secrets below `root` wants; None while there is none."""
        try:
            with open(f"{root}/{_ELSEWHERE}", encoding="utf-8") as file:
                folder, recipient = file.read().split("\n")[:2]
        except FileNotFoundError:
            return None
        return cls(root, folder, recipient)

    def begin(self) -> None:
        """From here on each secret is copied before it protects anything."""
        replace_durably(
            Path(self.root) / _ELSEWHERE, f"{self.folder}\n{self.recipient}\n".encode(), mode=0o600
        )

    @staticmethod
    def end(root: Path) -> None:
        """No backup wants the secrets below `root` any more."""
        (root / _ELSEWHERE).unlink(missing_ok=True)

    def place_of(self, name: str) -> str:
        """The path of the sealed copy of the file `name`."""
        return f"{self.folder}{name.removeprefix(self.root)}.age"

    def take(self, path: Path) -> None:
        """Seal `path` elsewhere, durably, unless it is there. Raises OSError where the folder is away."""
        place = Path(self.place_of(str(path)))
        if place.exists():
            return
        # Only a running backup needs it.
        import pyrage  # type: ignore[import-untyped]

        recipient: Any = pyrage.x25519.Recipient.from_str(self.recipient)
        make_folder_durably(place.parent, Path(self.folder))
        create_once_durably(place, pyrage.encrypt(path.read_bytes(), [recipient]))


def _disclosed(field: str, digest: bytes) -> str:
    return f"disclosure/{field}/{digest.hex()}"


def _head(stream: str, name: str) -> bytes:
    """The bytes that a sealed value is bound to: copied to another row, it does not open."""
    return f"{FORMAT}\n{stream}\n{name}".encode()
