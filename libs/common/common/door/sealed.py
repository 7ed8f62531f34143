"""Files of bytes that show a person: encrypted, and unreadable once the secret of that person's stream is destroyed.

    <blobs>/sealed/<aa>/<bb>/<sha256>.<16 hex>     sha256: of the plain bytes; 16 hex: of the streams below

    mingzheng-sealed/1 LF
    stream LF … LF                                 the streams whose data the bytes are, sorted
    nonce (12 B) || AES-256-GCM                    key: from the secrets of all these streams (common/door/secrets.py)

The same bytes sealed for two parties are two files, so that erasing one party leaves the other party's file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from common.door.blobs import BlobDamaged, BlobMissing, sha256_hex
from common.door.secrets import FORMAT, Erased, Secrets
from ledger.keyfiles import make_folder_durably, replace_all_durably, sync_durably

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
    """The sealed files below `root`/sealed. The files that show nobody lie beside them (common/door/blobs.py)."""

    def __init__(self, root: Path, secrets: Secrets) -> None:
        self.root = root / "sealed"
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
        return await asyncio.to_thread(lambda: self.read(self._find(sha256, of)))

    async def copy_to(self, other: SealedBlobs, sha256: str, *, of: str) -> None:
        """Store the same sealed bytes in `other`, durably. Raises as `get`."""
        await asyncio.to_thread(self._copy, other, sha256, of)

    async def remove(self, sha256s: Iterable[str], *, of: str) -> None:
        """Remove every file of these names that holds data of the stream `of`."""
        await asyncio.to_thread(self._remove, tuple(sha256s), of)

    def named(self, sha256: str) -> Iterator[Path]:
        """The files that hold `sha256`, one for each set of streams."""
        folder = self.root / sha256[:2] / sha256[2:4]
        yield from sorted(folder.glob(f"{sha256}.*"))

    def read(self, path: Path) -> bytes:
        """The plain bytes of the file `path`. Raises as `get`."""
        sealed = parse_sealed(path)
        try:
            data = self._secrets.open_object(sealed.streams, sealed.sha256, sealed.body, head=sealed.head)
        except ValueError as error:
            raise BlobDamaged(f"the sealed bytes of blob {sealed.sha256} were changed") from error
        if sha256_hex(data) != sealed.sha256:
            raise BlobDamaged(f"the bytes of blob {sealed.sha256} hash to something else")
        return data

    def _put(self, data: bytes, streams: tuple[str, ...]) -> str:
        thing = Unsealed(data, streams, sha256_hex(data))
        self._put_all([thing])
        return thing.sha256

    def _put_all(self, things: Sequence[Unsealed]) -> None:
        sealed: dict[Path, bytes] = {}
        for data, streams, sha256 in things:
            if not streams:
                raise ValueError("sealed bytes show somebody; name at least one stream")
            for stream in streams:
                self._secrets.make(stream)
            path = self._place(sha256, streams)
            if path not in sealed and not self._is_whole(path):
                head = "\n".join([FORMAT, *streams, "", ""]).encode()
                sealed[path] = head + self._secrets.seal_object(streams, sha256, data, head=head)
        self._store(sealed)

    def _store(self, files: Mapping[Path, bytes]) -> None:
        for path in files:
            make_folder_durably(path.parent, self.root.parent)
        replace_all_durably(list(files.items()), mode=0o600)

    def _is_whole(self, path: Path) -> bool:
        """Whether the file is there and readable; then it is durable too when this returns."""
        try:
            self.read(path)
        except (BlobMissing, BlobDamaged):
            return False
        sync_durably(path.parent)
        return True

    def _find(self, sha256: str, stream: str | None) -> Path:
        for path in self._concerning(sha256, stream):
            return path
        if stream is not None and self._secrets.is_erased(stream):
            raise Erased(f"{stream} was erased")
        raise BlobMissing(f"there is no blob {sha256}")

    def _copy(self, other: SealedBlobs, sha256: str, stream: str) -> None:
        source = self._find(sha256, stream)
        self.read(source)
        other._store({other.root / source.relative_to(self.root): source.read_bytes()})

    def _remove(self, sha256s: tuple[str, ...], stream: str) -> None:
        for sha256 in sha256s:
            try:
                for path in self._concerning(sha256, stream):
                    path.unlink(missing_ok=True)
                    sync_durably(path.parent)
            except BlobDamaged as error:
                # The header is damaged, so we cannot tell whom this file belongs to. Skip it and go on removing the
                # others: without the secret that is destroyed it is unreadable anyway.
                log.error("couldn't remove all files of an erased stream: %s", error)

    def _concerning(self, sha256: str, stream: str | None) -> Iterator[Path]:
        for path in self.named(sha256):
            try:
                if stream is None or stream in parse_sealed(path).streams:
                    yield path
            except BlobMissing:
                continue  # another process removed the file after we listed it

    def _place(self, sha256: str, streams: tuple[str, ...]) -> Path:
        mark = sha256_hex("\n".join(streams).encode())[:16]
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}.{mark}"


def parse_sealed(path: Path) -> Sealed:
    """The parts of the sealed file `path`. Raises BlobMissing, or BlobDamaged for any other file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BlobMissing(f"there is no blob {path.name}") from None
    head, gap, body = data.partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    if lines[0] != FORMAT or len(lines) < 2 or not gap:
        raise BlobDamaged(f"the file {path.name} holds no sealed blob")
    return Sealed(path.name.partition(".")[0], tuple(lines[1:]), head + gap, body)
