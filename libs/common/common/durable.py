"""Files that a power cut leaves whole, under their names, or not there at all."""

from __future__ import annotations

import os
from pathlib import Path


def create(path: Path, content: bytes) -> None:
    """Write the new file `path`, for its owner's eyes alone (0600). Raises FileExistsError rather than replace one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Let `path` hold `content` instead of what it held, in one step; one writer at a time."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the disk has the file, or the names in the folder: a file whose name is lost is lost."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
