"""What can be made unreadable for good: one secret for each stream, and what is sealed under it (PIPL 47).

    <root>/<aa>/<64 hex>.key      32 random bytes, mode 0600; the name is the SHA-256 of the stream's name
    <root>/<aa>/<64 hex>.erased   the stream was erased: no secret of it is made or read again

    value     nonce (12 B) || AES-256-GCM        key: HKDF-SHA256(the stream's secret, the value's name)
    object    mingzheng-sealed/1 LF              a file <blobs>/sealed/<aa>/<bb>/<sha256>.<16 hex of its streams>
              stream LF …  LF                    the streams whose data it holds, sorted
              nonce || AES-256-GCM               key: HKDF-SHA256(the secrets of all its streams, the sha256)

Databases, blobs and every backup of them hold sealed bytes alone; the secrets lie apart and have a backup of
their own that is kept for a shorter time. Destroying one file of 32 bytes therefore erases everything that was
ever sealed under it, wherever a copy of it lies. An object of several parties is readable only while the secret
of each is there. Losing this folder loses what it protects: there is no other way to read it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.door.blobs import BlobDamaged, BlobMissing, key_of, sha256_hex
from ledger.keyfiles import create_once_durably, replace_durably, sync_durably

log = logging.getLogger(__name__)

_FORMAT: Final = "mingzheng-sealed/1"
_SECRET: Final = 32
_NONCE: Final = 12


class Erased(LookupError):
    """The stream was erased as the law demands: nothing of it can be read or sealed any more."""


class SecretMissing(LookupError):
    """The stream's secret is not here, and nobody erased it: what it protects is lost."""


class Disclosure(NamedTuple):
    """What a commitment stands for: its 16-byte salt, and the value."""

    salt: bytes
    value: str


class Secrets:
    """The secrets of one service's streams below `root`, which is made if it is not there.

    Secrets are read afresh each time: a cached one would outlive its erasure in another process. Making and
    erasing wait for the disk; call them from a thread.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def seal(self, stream: str, name: str, value: bytes) -> bytes:
        """`value` under the secret of `stream`, which is made where there is none. Raises Erased.

        Waits for the disk where it makes a secret: on the event loop call `sealed`.
        """
        self.make(stream)
        return _encrypt(_key(self._read(stream), name), value, _bound(stream, name))

    async def sealed(self, stream: str, name: str, value: bytes) -> bytes:
        """As `seal`; only a new secret is made in a thread, since only it has to wait for the disk."""
        if not self._is_made(stream):
            await asyncio.to_thread(self.make, stream)
        return _encrypt(_key(self._read(stream), name), value, _bound(stream, name))

    def open(self, stream: str, name: str, sealed: bytes) -> bytes:
        """What `seal` sealed. Raises Erased, SecretMissing, or ValueError for other bytes."""
        return _decrypt(_key(self._read(stream), name), sealed, _bound(stream, name))

    async def seal_disclosure(self, stream: str, field: str, digest: bytes, kept: Disclosure) -> bytes:
        """Salt and value of the commitment `digest`, as the vault keeps them."""
        return await self.sealed(stream, _disclosed(field, digest), kept.salt + kept.value.encode())

    def open_disclosure(self, stream: str, field: str, digest: bytes, sealed: bytes) -> Disclosure:
        """What `seal_disclosure` sealed. Raises as `open`."""
        plain = self.open(stream, _disclosed(field, digest), sealed)
        return Disclosure(plain[:16], plain[16:].decode())

    def has(self, stream: str) -> bool:
        """Whether the secret of `stream` is here and may be read."""
        return self._path(stream).exists() and not self.is_erased(stream)

    def is_erased(self, stream: str) -> bool:
        """Whether `stream` was erased here."""
        return self._path(stream).with_suffix(".erased").exists()

    def make(self, stream: str) -> None:
        """Have a secret for `stream` on the disk. Raises Erased: what is gone does not come back."""
        if self._is_made(stream):
            return
        path = self._path(stream)
        if path.exists():
            sync_durably(path.parent)
            return
        if self.is_erased(stream):
            raise Erased(f"{stream} was erased")
        _make_folder(path.parent, self.root)
        create_once_durably(path, secrets.token_bytes(_SECRET))

    def _is_made(self, stream: str) -> bool:
        """Whether the secret of `stream` is durable. With a second name its writer may still wait for the disk."""
        try:
            return self._path(stream).stat().st_nlink == 1
        except FileNotFoundError:
            return False

    def erase(self, stream: str) -> None:
        """Destroy the secret of `stream`. Doing it again does nothing; a crash in between is finished by a repeat."""
        path = self._path(stream)
        _make_folder(path.parent, self.root)
        # The mark first: from here on nobody reads the secret or makes another, whatever happens below.
        replace_durably(path.with_suffix(".erased"), b"", mode=0o600)
        self.discard(stream)

    def discard(self, stream: str) -> None:
        """Destroy a secret that protects nothing on record: the stream never came to be."""
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

    def object_key(self, streams: Iterable[str], name: str) -> bytes:
        """The key of an object that holds data of all `streams`. Raises Erased or SecretMissing."""
        return _key(b"".join(self._read(stream) for stream in streams), name)

    def _read(self, stream: str) -> bytes:
        if self.is_erased(stream):
            raise Erased(f"{stream} was erased")
        try:
            secret = self._path(stream).read_bytes()
        except FileNotFoundError:
            raise SecretMissing(f"there is no secret of {stream}") from None
        if len(secret) != _SECRET:
            raise SecretMissing(f"the secret of {stream} is damaged")
        return secret

    def _path(self, stream: str) -> Path:
        name = sha256_hex(stream.encode())
        return self.root / name[:2] / f"{name}.key"


class Sealed(NamedTuple):
    """A sealed object as it lies in its file. `streams` are those whose data it holds."""

    sha256: str
    streams: tuple[str, ...]
    head: bytes
    body: bytes


class SealedBlobs:
    """Blobs named by the SHA-256 of what they say and unreadable without the secrets of whom they concern.

    They lie in `root`/sealed, beside the blobs that concern nobody. The same bytes sealed for two parties are
    two files, so that erasing one party leaves the other's. What an older version kept in clear is read from
    where it lies, until it is erased; a backup of that time holds it in clear for ever.
    """

    def __init__(self, root: Path, secrets: Secrets) -> None:
        self.root = root / "sealed"
        self._secrets = secrets

    async def put(self, data: bytes, *, of: Iterable[str]) -> str:
        """Keep `data`, which concerns the streams `of`, durably; return its SHA-256 in hex. Raises Erased."""
        return await asyncio.to_thread(self._put, data, tuple(sorted(set(of))))

    async def get(self, sha256: str, *, of: str | None = None) -> bytes:
        """The bytes named `sha256` that were kept for the stream `of`, or for anyone; hashed again.

        Raises Erased when a party whose data they hold was erased, BlobMissing, BlobDamaged, SecretMissing.
        """
        return await asyncio.to_thread(self._get, sha256, of)

    async def copy_to(self, other: SealedBlobs, sha256: str, *, of: str) -> None:
        """Keep the same sealed bytes in `other`, durably. Raises as `get`."""
        await asyncio.to_thread(self._copy, other, sha256, of)

    async def remove(self, sha256s: Iterable[str], *, of: str) -> None:
        """Remove every file of these names that holds data of the stream `of`."""
        await asyncio.to_thread(self._remove, tuple(sha256s), of)

    async def remove_clear(self, sha256s: Iterable[str]) -> None:
        """Remove what an older version kept of these names in clear."""
        for sha256 in sha256s:
            await asyncio.to_thread((self.root.parent / key_of(sha256)).unlink, missing_ok=True)

    def named(self, sha256: str) -> Iterator[Path]:
        """The files that hold `sha256`, one for each set of streams."""
        folder = self.root / sha256[:2] / sha256[2:4]
        yield from sorted(folder.glob(f"{sha256}.*"))

    def read(self, path: Path) -> bytes:
        """What the file `path` says. Raises as `get`."""
        sealed = parse_sealed(path)
        try:
            data = _decrypt(self._secrets.object_key(sealed.streams, sealed.sha256), sealed.body, sealed.head)
        except ValueError as error:
            raise BlobDamaged(f"the sealed bytes of blob {sealed.sha256} were changed") from error
        if sha256_hex(data) != sealed.sha256:
            raise BlobDamaged(f"the bytes of blob {sealed.sha256} hash to something else")
        return data

    def _put(self, data: bytes, streams: tuple[str, ...]) -> str:
        if not streams:
            raise ValueError("sealed bytes concern somebody; name at least one stream")
        for stream in streams:
            self._secrets.make(stream)
        sha256 = sha256_hex(data)
        path = self._place(sha256, streams)
        if not self._is_whole(path):
            head = "\n".join([_FORMAT, *streams, "", ""]).encode()
            body = _encrypt(self._secrets.object_key(streams, sha256), data, head)
            self._store(path, head + body)
        return sha256

    def _store(self, path: Path, data: bytes) -> None:
        _make_folder(path.parent, self.root.parent)
        replace_durably(path, data, mode=0o600)

    def _is_whole(self, path: Path) -> bool:
        try:
            self.read(path)
        except (BlobMissing, BlobDamaged):
            return False
        sync_durably(path.parent)
        return True

    def _get(self, sha256: str, stream: str | None) -> bytes:
        path = self._find(sha256, stream)
        return self._in_clear(sha256) if path is None else self.read(path)

    def _find(self, sha256: str, stream: str | None) -> Path | None:
        for path in self._concerning(sha256, stream):
            return path
        if stream is not None and self._secrets.is_erased(stream):
            raise Erased(f"{stream} was erased")
        return None

    def _in_clear(self, sha256: str) -> bytes:
        try:
            data = (self.root.parent / key_of(sha256)).read_bytes()
        except FileNotFoundError:
            raise BlobMissing(f"there is no blob {sha256}") from None
        if sha256_hex(data) != sha256:
            raise BlobDamaged(f"the bytes of blob {sha256} hash to something else")
        return data

    def _copy(self, other: SealedBlobs, sha256: str, stream: str) -> None:
        source = self._find(sha256, stream)
        if source is None:
            other._put(self._in_clear(sha256), (stream,))
            return
        self.read(source)
        other._store(other.root / source.relative_to(self.root), source.read_bytes())

    def _remove(self, sha256s: tuple[str, ...], stream: str) -> None:
        for sha256 in sha256s:
            try:
                for path in self._concerning(sha256, stream):
                    path.unlink(missing_ok=True)
                    sync_durably(path.parent)
            except BlobDamaged as error:
                # Whose it is cannot be told. Without its secret it is unreadable; it must not keep others readable.
                log.error("couldn't remove all of an erased stream: %s", error)

    def _concerning(self, sha256: str, stream: str | None) -> Iterator[Path]:
        for path in self.named(sha256):
            try:
                if stream is None or stream in parse_sealed(path).streams:
                    yield path
            except BlobMissing:
                continue  # removed by another since it was listed

    def _place(self, sha256: str, streams: tuple[str, ...]) -> Path:
        mark = sha256_hex("\n".join(streams).encode())[:16]
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}.{mark}"


def parse_sealed(path: Path) -> Sealed:
    """The sealed object in the file `path`, unopened. Raises BlobMissing, or BlobDamaged for anything else."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BlobMissing(f"there is no blob {path.name}") from None
    head, gap, body = data.partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    if lines[0] != _FORMAT or len(lines) < 2 or not gap:
        raise BlobDamaged(f"the file {path.name} holds no sealed blob")
    return Sealed(path.name.partition(".")[0], tuple(lines[1:]), head + gap, body)


def _disclosed(field: str, digest: bytes) -> str:
    return f"disclosure/{field}/{digest.hex()}"


def _bound(stream: str, name: str) -> bytes:
    """What a sealed value is tied to: moved to another row, it does not open."""
    return f"{_FORMAT}\n{stream}\n{name}".encode()


def _key(secret: bytes, name: str) -> bytes:
    return HKDF(SHA256(), 32, None, f"{_FORMAT}\n{name}".encode()).derive(secret)


def _encrypt(key: bytes, data: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (InvalidTag, ValueError):
        raise ValueError("these bytes were not sealed here, or were changed since") from None


def _make_folder(folder: Path, root: Path) -> None:
    """`folder` below `root`, each new entry durable: a folder that is lost takes its durable files with it."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_durably(folder.parent)
