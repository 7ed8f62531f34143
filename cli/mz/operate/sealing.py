"""Files that only the holder of a key can read: the format age (age-encryption.org/v1), which `age` itself opens too.

    file ──seal──▶ <name>.age     written as a draft and renamed: what bears its name is whole

Whoever makes a backup needs the public key alone, so that the machine which is backed up cannot read its old backups.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import pyrage  # type: ignore[import-untyped]

from common.door.stores import BlobMissing, Store

ENDING: Final = ".age"


class CannotOpen(Exception):
    """A sealed file cannot be read: another key, damaged, or cut off. One line."""


def recipient_of(text: str) -> Any:
    """The public key `age1…`, or the file that holds it in its first line. Raises ValueError for anything else."""
    given = Path(text).read_text().split()[0] if Path(text).is_file() else text.strip()
    try:
        return pyrage.x25519.Recipient.from_str(given)
    except pyrage.RecipientError:
        raise ValueError(f"不是 age 公钥 (no public key of age): {given[:20]}") from None


def identity_of(path: Path) -> Any:
    """The private key in the file `path`, whose lines of comment begin with `#`. Raises ValueError without one."""
    lines = [
        line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")
    ]
    try:
        return pyrage.x25519.Identity.from_str(lines[0])
    except (IndexError, pyrage.IdentityError):
        raise ValueError(f"{path.name} 中没有 age 私钥 (holds no private key of age)") from None


def make_identity(path: Path) -> str:
    """Make a key pair: the private half goes to `path`, which must not exist, the public half is returned."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public


class _Counted:
    """A file that is written, with its digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def seal(source: Any, path: Path, recipient: Any) -> str:
    """Write everything that `source.read` gives to `path`, durably, for `recipient`. The SHA-256 of the sealed file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        counted = _Counted(file)
        pyrage.encrypt_io(source, counted, [recipient])
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    return counted.digest.hexdigest()


def unseal(path: Path, target: IO[bytes], identity: Any) -> None:
    """Write what is sealed in `path` to `target`. Raises CannotOpen; `target` may then hold the beginning."""
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, target, [identity])
    except (OSError, pyrage.DecryptError) as error:
        raise CannotOpen(
            f"{path.name}: 不能解密:密钥不对,或者文件已损坏 (cannot be opened: {error})"
        ) from None


def mirror(source: Path, target: Path, recipient: Any, known: set[str]) -> int:
    """Seal every file below `source` that `target` lacks, under its own name; how many. `known` remembers them.

    Right for files that never change: a file whose name is there is not read again.
    """
    count = 0
    for path in files_below(source):
        name = str(path.relative_to(source))
        if name in known:
            continue
        sealed = target / f"{name}{ENDING}"
        if not sealed.exists():
            try:
                with path.open("rb") as file:
                    seal(file, sealed, recipient)
            except FileNotFoundError:
                continue  # erased since it was listed
            count += 1
        known.add(name)
    return count


def mirror_store(store: Store, target: Path, recipient: Any, known: set[str]) -> int:
    """As `mirror`, of the files of a bucket."""
    count = 0
    for name in store.every():
        if name in known:
            continue
        sealed = target / f"{name}{ENDING}"
        if not sealed.exists():
            try:
                seal(io.BytesIO(store.get(name)), sealed, recipient)
            except BlobMissing:
                continue  # erased since it was listed
            count += 1
        known.add(name)
    return count


def unmirror(source: Path, target: Path, identity: Any) -> int:
    """The opposite of `mirror`: how many files were written below `target`."""
    count = 0
    for path in files_below(source):
        place = target / str(path.relative_to(source)).removesuffix(ENDING)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            unseal(path, file, identity)
        count += 1
    return count


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below `folder` but drafts, whose names begin with a dot. None if the folder is not there."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(root) / name for name in sorted(names) if not name.startswith("."))
