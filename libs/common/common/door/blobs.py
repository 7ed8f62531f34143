"""A folder of files named by the SHA-256 of their content, for bytes that show nobody.

    <root>/sha256/<aa>/<bb>/<64 hex>      the name is the SHA-256 of the content, `aa` and `bb` its first bytes

A blob is written once and never changed. Two writers of the same bytes write the same file. `put` returns only when
the file and its folders are on the disk, because the answer to a camera promises that. `get` hashes the bytes again.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError
from obstore.store import LocalStore

from ledger.keyfiles import sync_durably

_HEX = re.compile(r"[0-9a-f]{64}")


class BlobMissing(LookupError):
    """No blob has this hash."""


class BlobDamaged(ValueError):
    """The file of this hash holds other bytes."""


def sha256_hex(data: bytes) -> str:
    """The name of `data` in the store: its SHA-256, lowercase hex."""
    return hashlib.sha256(data).hexdigest()


def key_of(sha: str) -> str:
    """The path of the blob below the root. Raises ValueError unless `sha` is 64 lowercase hex digits."""
    if not _HEX.fullmatch(sha):
        raise ValueError("a blob is named by 64 lowercase hex digits")
    return f"sha256/{sha[:2]}/{sha[2:4]}/{sha}"


class BlobStore:
    """Blobs below `root`, which is made if it is not there.

    obstore's asynchronous calls can abort the interpreter at exit, so its synchronous calls run in threads.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._store = LocalStore(root)

    async def put(self, data: bytes) -> str:
        """Store `data` durably and return its SHA-256 in hex. Storing the same bytes again does nothing.

        Raises OSError where the folder is away or full.
        """
        return await asyncio.to_thread(self._put, data)

    async def get(self, sha: str) -> bytes:
        """The bytes named `sha`, hashed again. Raises BlobMissing or BlobDamaged."""
        return await asyncio.to_thread(self._get, sha)

    async def exists(self, sha: str) -> bool:
        """Whether a blob of this name is here. Its bytes are not checked."""
        return await asyncio.to_thread((self.root / key_of(sha)).is_file)

    def _put(self, data: bytes) -> str:
        sha = sha256_hex(data)
        try:
            obstore.put(self._store, key_of(sha), data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            self._heal(sha, data)
        except GenericError as error:
            raise OSError(f"couldn't store blob {sha}: {self.root} does not take it") from error
        self._sync(sha)
        return sha

    def _heal(self, sha: str, data: bytes) -> None:
        # A power cut between write and fsync can leave a short file under the right name. No caller was told that
        # this file is stored, and only the bytes of this name can replace it: writing them again loses nothing.
        try:
            self._get(sha)
        except (BlobDamaged, BlobMissing):
            obstore.put(self._store, key_of(sha), data, use_multipart=False)

    def _get(self, sha: str) -> bytes:
        try:
            data = bytes(obstore.get(self._store, key_of(sha)).bytes())
        except FileNotFoundError as absent:
            raise BlobMissing(f"there is no blob {sha}") from absent
        if sha256_hex(data) != sha:
            raise BlobDamaged(f"the bytes of blob {sha} hash to something else")
        return data

    def _sync(self, sha: str) -> None:
        # obstore renames the file into place without fsync. Sync the file first, then every folder up to the root: a
        # name that is lost from its folder takes a durable file with it.
        path = self.root / key_of(sha)
        sync_durably(path)
        for folder in path.parents:
            sync_durably(folder)
            if folder == self.root:
                return
