"""Files named by the SHA-256 of their content, for bytes that show nobody.

    sha256/<aa>/<bb>/<64 hex>      in a folder or a bucket (common/door/stores.py); `aa` and `bb` begin the name

A blob is written once and never changed. Two writers of the same bytes write the same file. `put` returns only when
the file is durable, because the answer to a camera promises that. `get` hashes the bytes again.
"""

from __future__ import annotations

import asyncio
import hashlib
import re

from common.door.stores import BlobMissing, Store

__all__ = ["BlobDamaged", "BlobMissing", "BlobStore", "key_of", "sha256_hex"]

_HEX = re.compile(r"[0-9a-f]{64}")


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
    """The blobs of `store`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def put(self, data: bytes) -> str:
        """Store `data` durably and return its SHA-256 in hex. Storing the same bytes again does nothing.

        Raises OSError where the store is away or full.
        """
        return await asyncio.to_thread(self._put, data)

    async def get(self, sha: str) -> bytes:
        """The bytes named `sha`, hashed again. Raises BlobMissing or BlobDamaged."""
        return await asyncio.to_thread(self._get, sha)

    async def exists(self, sha: str) -> bool:
        """Whether a blob of this name is here. Its bytes are not checked."""
        return await asyncio.to_thread(self.store.has, key_of(sha))

    def _put(self, data: bytes) -> str:
        sha = sha256_hex(data)
        if not self.store.create(key_of(sha), data):
            self._heal(sha, data)
            self.store.settle(key_of(sha))
        return sha

    def _heal(self, sha: str, data: bytes) -> None:
        # A power cut between write and fsync can leave a short file under the right name. No caller was told that
        # this file is stored, and only the bytes of this name can replace it: writing them again loses nothing.
        try:
            self._get(sha)
        except (BlobDamaged, BlobMissing):
            self.store.replace([(key_of(sha), data)])

    def _get(self, sha: str) -> bytes:
        data = self.store.get(key_of(sha))
        if sha256_hex(data) != sha:
            raise BlobDamaged(f"the bytes of blob {sha} hash to something else")
        return data
