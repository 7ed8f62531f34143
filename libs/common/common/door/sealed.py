"""Files of bytes that show a person: encrypted, and unreadable once the secret of that person's stream is destroyed.

    sealed/<aa>/<bb>/<sha256>.<16 hex>             sha256: of the plain bytes; 16 hex: of the streams below

    mingzheng-sealed/1 LF
    stream LF … LF                                 the streams whose data the bytes are, sorted
    nonce (12 B) || AES-256-GCM                    key: from the secrets of all these streams (common/door/secrets.py)

The same bytes sealed for two parties are two files, so that erasing one party leaves the other party's file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from common.door.blobs import BlobDamaged, BlobMissing, sha256_hex
from common.door.secrets import FORMAT, Erased, Secrets
from common.door.stores import Store

log = logging.getLogger(__name__)

_TOGETHER: Final = 8


class Sealed(NamedTuple):
    """A sealed file, not decrypted. `streams` are the streams whose data it holds; `head` ends before the nonce."""

    sha256: str
    streams: tuple[str, ...]
    head: bytes
    body: bytes


class Unsealed(NamedTuple):
    """Bytes to be sealed, the streams whose data they are, sorted, and their SHA-256 in hex.

    `read` refuses a file whose bytes have another digest than its name says.
    """

    data: bytes
    streams: tuple[str, ...]
    sha256: str


class SealedBlobs:
    """The sealed files of `store`. The files that show nobody lie beside them (common/door/blobs.py)."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self.store = store
        self._secrets = secrets

    async def put(self, data: bytes, *, of: Iterable[str]) -> str:
        """Store `data`, which shows the streams `of`, durably; return its SHA-256 in hex. Raises Erased."""
        return await asyncio.to_thread(self._put, data, tuple(sorted(set(of))))

    async def put_all(self, things: Sequence[Unsealed]) -> None:
        """As `put` for each of `things`. Several go in one visit of a thread, and wait for the disk together."""
        groups = (things[at : at + _TOGETHER] for at in range(0, len(things), _TOGETHER))
        await asyncio.gather(*(asyncio.to_thread(self._put_all, group) for group in groups))

    async def get(self, sha256: str, *, of: str | None = None) -> bytes:
        """The bytes whose SHA-256 is `sha256`, from a file of the stream `of`, or from any file; hashed again.

        Raises Erased when one of the file's streams was erased, BlobMissing, BlobDamaged, SecretMissing.
        """
        return await asyncio.to_thread(self._get, sha256, of)

    async def copy_to(self, other: SealedBlobs, sha256: str, *, of: str) -> None:
        """Store the same sealed bytes in `other`, durably. Raises as `get`."""
        await asyncio.to_thread(self._copy, other, sha256, of)

    async def remove(self, sha256s: Iterable[str], *, of: str) -> None:
        """Remove every file of these names that holds data of the stream `of`."""
        await asyncio.to_thread(self._remove, tuple(sha256s), of)

    def named(self, sha256: str) -> list[str]:
        """The names of the files that hold `sha256`, one for each set of streams."""
        folder = _folder(sha256)
        return [name for name in self.store.names(folder) if name.startswith(f"{folder}/{sha256}.")]

    def read(self, name: str) -> bytes:
        """The plain bytes of the file `name`. Raises as `get`."""
        sealed = parse_sealed(name, self.store.get(name))
        try:
            data = self._secrets.open_object(sealed.streams, sealed.sha256, sealed.body, head=sealed.head)
        except ValueError as error:
            raise BlobDamaged(f"the sealed bytes of blob {sealed.sha256} were changed") from error
        if sha256_hex(data) != sealed.sha256:
            raise BlobDamaged(f"the bytes of blob {sealed.sha256} hash to something else")
        return data

    def _get(self, sha256: str, stream: str | None) -> bytes:
        if stream is not None:
            # Most files are of one stream, so their names are known: a bucket need not be listed.
            try:
                return self.read(_name(sha256, (stream,)))
            except BlobMissing:
                pass
        return self.read(self._find(sha256, stream))

    def _put(self, data: bytes, streams: tuple[str, ...]) -> str:
        thing = Unsealed(data, streams, sha256_hex(data))
        self._put_all([thing])
        return thing.sha256

    def _put_all(self, things: Sequence[Unsealed]) -> None:
        sealed: dict[str, bytes] = {}
        for data, streams, sha256 in things:
            if not streams:
                raise ValueError("sealed bytes show somebody; name at least one stream")
            for stream in streams:
                self._secrets.make(stream)
            name = _name(sha256, streams)
            if name not in sealed and not self._is_whole(name):
                head = "\n".join([FORMAT, *streams, "", ""]).encode()
                sealed[name] = head + self._secrets.seal_object(streams, sha256, data, head=head)
        self.store.replace(list(sealed.items()))

    def _is_whole(self, name: str) -> bool:
        """Whether the file is there and readable; then it is durable too when this returns."""
        try:
            self.read(name)
        except (BlobMissing, BlobDamaged):
            return False
        self.store.settle(name)
        return True

    def _find(self, sha256: str, stream: str | None) -> str:
        for name in self._concerning(sha256, stream):
            return name
        if stream is not None and self._secrets.is_erased(stream):
            raise Erased(f"{stream} was erased")
        raise BlobMissing(f"there is no blob {sha256}")

    def _copy(self, other: SealedBlobs, sha256: str, stream: str) -> None:
        name = self._find(sha256, stream)
        self.read(name)
        other.store.replace([(name, self.store.get(name))])

    def _remove(self, sha256s: tuple[str, ...], stream: str) -> None:
        for sha256 in sha256s:
            try:
                for name in self._concerning(sha256, stream):
                    self.store.remove(name)
            except BlobDamaged as error:
                # The header is damaged, so we cannot tell whom this file belongs to. Skip it and go on removing the
                # others: without the secret that is destroyed it is unreadable anyway.
                log.error("couldn't remove all files of an erased stream: %s", error)

    def _concerning(self, sha256: str, stream: str | None) -> Iterator[str]:
        for name in self.named(sha256):
            try:
                if stream is None or stream in parse_sealed(name, self.store.get(name)).streams:
                    yield name
            except BlobMissing:
                continue  # another process removed the file after we listed it


def _folder(sha256: str) -> str:
    return f"sealed/{sha256[:2]}/{sha256[2:4]}"


def _name(sha256: str, streams: tuple[str, ...]) -> str:
    mark = sha256_hex("\n".join(streams).encode())[:16]
    return f"{_folder(sha256)}/{sha256}.{mark}"


def parse_sealed(name: str, data: bytes) -> Sealed:
    """The parts of the sealed file `name`, whose bytes are `data`. Raises BlobDamaged for any other bytes."""
    head, gap, body = data.partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    named = name.rpartition("/")[2]
    if lines[0] != FORMAT or len(lines) < 2 or not gap:
        raise BlobDamaged(f"the file {named} holds no sealed blob")
    return Sealed(named.partition(".")[0], tuple(lines[1:]), head + gap, body)
