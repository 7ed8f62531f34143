"""Where files lie that have names of their own making: a folder, or a bucket that speaks the S3 API.

    Folder   below a root; a file is there whole or not at all, and durable when a call returns
    Bucket   s3://<bucket>/<prefix>; durable when the store has answered

Both make a file only where none of that name is (`create`), which is proved of a bucket before it is used: a store that
ignores `If-None-Match` answers as if all was well. Of two who make a file at once, a bucket may tell both that they
did: a name is the digest of the bytes, so they bring the same.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError
from obstore.store import LocalStore, S3Store

from ledger.keyfiles import make_folder_durably, replace_all_durably, sync_durably

SCHEME: Final = "s3://"
_PROBES: Final = "probes/"
_LOOPBACK: Final = ("http://127.", "http://localhost", "http://[::1]")


class BlobMissing(LookupError):
    """No file has this name."""


class StoreUnfit(ValueError):
    """This store must not be used; one line for the operator."""


class Store(Protocol):
    """Files by name. Names have folders, as paths do. Every call may wait: call from a thread."""

    def create(self, name: str, data: bytes) -> bool:
        """Make the file, durably; False where there is one. Raises OSError where the store is away or full."""

    def replace(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Make each of these files, or put these bytes in its place, durably. Raises OSError."""

    def settle(self, name: str) -> None:
        """Return once the file, which somebody else may be making, is durable."""

    def get(self, name: str) -> bytes:
        """The bytes of the file. Raises BlobMissing, OSError."""

    def has(self, name: str) -> bool:
        """Whether there is a file of this name. Raises OSError."""

    def names(self, folder: str) -> list[str]:
        """The names of the files directly in `folder`, sorted. Raises OSError."""

    def every(self) -> Iterator[str]:
        """The name of every file, sorted. What a crash left unfinished, and what nobody named, is not among them."""

    def remove(self, name: str) -> None:
        """Remove the file, durably; nothing happens where there is none. Raises OSError."""

    def prove(self) -> None:
        """Raises StoreUnfit where `create` cannot be relied on, OSError where the store is away."""


class Folder:
    """The files below `root`, which is made if it is not there.

    obstore's asynchronous calls can abort the interpreter at exit, so its synchronous calls run in threads.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._store = LocalStore(root)

    def create(self, name: str, data: bytes) -> bool:
        try:
            obstore.put(self._store, name, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        except GenericError as error:
            raise OSError(f"couldn't store blob {name}: {self.root} does not take it") from error
        self.settle(name)
        return True

    def replace(self, files: Sequence[tuple[str, bytes]]) -> None:
        paths = [(self.root / name, data) for name, data in files]
        for path, _ in paths:
            make_folder_durably(path.parent, self.root)
        replace_all_durably(paths, mode=0o600)

    def settle(self, name: str) -> None:
        # obstore renames the file into place without fsync. Sync the file first, then every folder up to the root: a
        # name that is lost from its folder takes a durable file with it.
        path = self.root / name
        sync_durably(path)
        for folder in path.parents:
            sync_durably(folder)
            if folder == self.root:
                return

    def get(self, name: str) -> bytes:
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            raise BlobMissing(f"there is no blob {name}") from None

    def has(self, name: str) -> bool:
        return (self.root / name).is_file()

    def names(self, folder: str) -> list[str]:
        try:
            with os.scandir(self.root / folder) as found:
                names = [each.name for each in found if each.is_file() and not each.name.startswith(".")]
            return sorted(f"{folder}/{name}" for name in names)
        except FileNotFoundError:
            return []

    def every(self) -> Iterator[str]:
        # A name that begins with a dot is a draft, left by a crash. No answer ever named it.
        for place, folders, names in os.walk(self.root):
            folders.sort()
            for name in sorted(names):
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(place, name), self.root)

    def remove(self, name: str) -> None:
        path = self.root / name
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_durably(path.parent)

    def prove(self) -> None:
        """A file system links a name once."""


@dataclass(frozen=True)
class BucketPlace:
    """`s3://<bucket>/<prefix>`; the prefix may be missing."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> BucketPlace:
        """Raises ValueError for another text, also for one that holds a password: it would stand in listings."""
        parts = urlsplit(text)
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("须形如 s3://桶/前缀,不含口令与参数 (s3://bucket/prefix, nothing else)")
        return cls(parts.netloc, parts.path.strip("/"))

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class Credentials:
    """By which a bucket is reached. Its text tells neither half."""

    key: str
    secret: str

    @classmethod
    def read(cls, path: Path) -> Credentials:
        """From a file of two lines, key id and secret. Raises ValueError for another file, OSError."""
        lines = path.read_text().split()
        if len(lines) != 2:
            raise ValueError(f"{path.name}: 须为两行,密钥标识与密钥 (two lines, key id and secret)")
        return cls(*lines)

    def __repr__(self) -> str:
        return "Credentials(…)"


class Bucket:
    """The files of `place` at `endpoint`, an address `https://…`; `http` only on this machine."""

    def __init__(
        self,
        place: BucketPlace,
        *,
        endpoint: str,
        region: str,
        credentials: Credentials,
        patience_s: float = 20,
    ) -> None:
        if not endpoint.startswith(("https://", *_LOOPBACK)):
            raise StoreUnfit("S3 须以 https 访问 (S3 is reached over https)")
        self.place = place
        self._store = S3Store(
            place.bucket,
            prefix=place.prefix or None,
            endpoint=endpoint,
            region=region,
            access_key_id=credentials.key,
            secret_access_key=credentials.secret,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=patience_s),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=patience_s)},
        )

    def create(self, name: str, data: bytes) -> bool:
        try:
            with self._saying("store", name):
                obstore.put(self._store, name, data, mode="create", use_multipart=False)
        except FileExistsError:
            return False
        return True

    def replace(self, files: Sequence[tuple[str, bytes]]) -> None:
        for name, data in files:
            if not self.create(name, data):
                with self._saying("store", name):
                    obstore.put(self._store, name, data, use_multipart=False)

    def settle(self, name: str) -> None:
        """What a bucket has answered, it keeps."""

    def get(self, name: str) -> bytes:
        try:
            with self._saying("read", name):
                return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            raise BlobMissing(f"there is no blob {name}") from None

    def has(self, name: str) -> bool:
        try:
            with self._saying("look for", name):
                obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    def names(self, folder: str) -> list[str]:
        with self._saying("list", folder):
            listed: Any = obstore.list_with_delimiter(self._store, folder)
            return sorted(str(each["path"]) for each in listed["objects"])

    def every(self) -> Iterator[str]:
        # A store lists in order, a thousand at a time: nothing holds the names of a whole city.
        with self._saying("list", "all"):
            for some in obstore.list(self._store):
                yield from (str(each["path"]) for each in some if not str(each["path"]).startswith(_PROBES))

    def remove(self, name: str) -> None:
        try:
            with self._saying("remove", name):
                obstore.delete(self._store, name)
        except FileNotFoundError:
            pass

    def prove(self) -> None:
        name = f"{_PROBES}{secrets.token_hex(16)}"
        try:
            made, again = self.create(name, b"one"), self.create(name, b"another")
            kept = self.get(name)
        except (FileNotFoundError, BlobMissing):
            raise StoreUnfit(f"{self.place}: 没有这个桶 (there is no such bucket)") from None
        self.remove(name)
        if not made or again or kept != b"one":
            raise StoreUnfit(
                f"{self.place}: 该存储不理会 If-None-Match,同名文件会被覆盖 "
                "(this store replaces a file although it was told not to)"
            )

    @contextmanager
    def _saying(self, doing: str, name: str) -> Iterator[None]:
        """Turns what obstore raises into an OSError of few words: its own hold the request and the store's answer."""
        try:
            yield
        except AlreadyExistsError:
            raise FileExistsError(name) from None
        except FileNotFoundError:
            raise FileNotFoundError(name) from None
        except (BaseError, OSError) as error:
            what = f"couldn't {doing} blob {name} at {self.place}: {type(error).__name__}"
            raise OSError(errno.EIO, what) from None
