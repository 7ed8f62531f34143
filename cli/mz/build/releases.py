"""`./mz release`: writes down which migrations a release consists of, and keeps its databases for tests of upgrades.

    RELEASES   0.2.0 -                                           in preparation: its migrations may still change
               0.2.0 <commit> <database> <migration> <SHA-256>   released: none of these changes ever again

The tests take up what lies in tests/data/releases/<version>: a dump of each database as that release left it.
Its contract lies there too: `./mz check` refuses a change that breaks the clients of the last release.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.door.migrate import Migration, migrations_of
from mz import ROOT
from mz.contract.document import KEPT, keep
from mz.operate.datadir import DataDir
from mz.operate.ledger import server_of
from mz.operate.upgrade import State, plan
from mz.postgres import Server
from mz.postgres.machine import find_binaries
from mz.services import SERVICES

FILE: Final = ROOT / "RELEASES"
_IN_PREPARATION: Final = "-"


@dataclass(frozen=True)
class Released:
    """One migration of one release."""

    version: str
    commit: str
    database: str
    revision: str
    sha256: str


def released(text: str) -> list[Released]:
    """The migrations of every release that `text`, the content of RELEASES, names. Raises ValueError for a bad line."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for row in rows:
        if len(row) != 5 and row[1:] != [_IN_PREPARATION]:
            raise ValueError(f"RELEASES: {' '.join(row)}")
    return [Released(*row) for row in rows if len(row) == 5]


def in_preparation(text: str) -> list[str]:
    """The versions that `text` names and that have no commit yet."""
    return [
        line.split()[0]
        for line in text.splitlines()
        if line.split()[1:] == [_IN_PREPARATION] and line[0] != "#"
    ]


def present() -> dict[str, list[Migration]]:
    """The migrations in this working tree, by database."""
    return {service.database: migrations_of(service.database) for service in SERVICES.values()}


def changed(frozen: Iterable[Released], now: Mapping[str, Sequence[Migration]]) -> list[str]:
    """The released migrations that are gone or run other SQL now: `case 0001 of 0.2.0`."""
    found = {(name, one.revision): one.sha256 for name, migrations in now.items() for one in migrations}
    return [
        f"{one.database} {one.revision} of {one.version}"
        for one in frozen
        if found.get((one.database, one.revision)) != one.sha256
    ]


def lines(
    version: str, commit: str, known: Iterable[Released], now: Mapping[str, Sequence[Migration]]
) -> list[str]:
    """The lines of a release: the migrations that no earlier one has."""
    earlier = {(one.database, one.revision) for one in known}
    return [
        f"{version} {commit} {name} {one.revision} {one.sha256}"
        for name, migrations in now.items()
        for one in migrations
        if (name, one.revision) not in earlier
    ]


def main(options: argparse.Namespace) -> int:
    text = FILE.read_text()
    if options.version not in in_preparation(text):
        print(f"mz: RELEASES 中没有正在准备的 {options.version} (not in preparation)", file=sys.stderr)
        return 2
    if _git("status", "--porcelain"):
        print("mz: 工作区有未提交的改动 (commit everything first)", file=sys.stderr)
        return 2
    if unready := amiss(ROOT, options.version):
        print("\n".join(f"mz: {line}" for line in unready), file=sys.stderr)
        return 2
    d = DataDir(options.data_dir.absolute())
    with server_of(d) as server:
        if unfit := [one.line for one in asyncio.run(plan(server)) if one.state is not State.CURRENT]:
            # Its dumps would be taken up by nobody, and only the next release would notice.
            print("\n".join(f"mz: {line}" for line in unfit), file=sys.stderr)
            return 2
        names = {service.database: service.database for service in SERVICES.values()}
        written = cut(text, options.version, _git("rev-parse", "HEAD"), server, names, KEPT)
    FILE.write_text(written)
    count = len(released(written)) - len(released(text))
    print(f"mz: {options.version}: {count} 项迁移从此不再改动;请提交 (migrations are fixed for ever; commit)")
    return 0


def amiss(root: Path, version: str) -> list[str]:
    """What in the working tree at `root` still bears another version than the release that is to be cut."""
    found = []
    for name in ("pyproject.toml", "sdk/python/pyproject.toml"):
        said = tomllib.loads((root / name).read_text())["project"]["version"]
        if said != version:
            found.append(f"{name}: {said},不是 (not) {version}")
    said = json.loads((root / "sdk/typescript/package.json").read_text())["version"]
    if said != version:
        found.append(f"sdk/typescript/package.json: {said},不是 (not) {version}")
    if f"\n## {version}\n" not in (root / "CHANGELOG.md").read_text():
        found.append(f"CHANGELOG.md: 没有 (has no) ## {version}")
    return found


def cut(text: str, version: str, commit: str, server: Server, names: Mapping[str, str], kept: Path) -> str:
    """Keep databases and contract of `version` below `kept`; RELEASES, whose content is `text`, as it is then.

    `names` maps the database of each service to its name on `server`.
    """
    for database, name in names.items():
        _keep(server, name, kept / version / f"{database}.sql.gz")
    keep(kept / version)
    new = lines(version, commit, released(text), present())
    return text.replace(f"{version} {_IN_PREPARATION}\n", "\n".join(new) + "\n")


def _keep(server: Server, database: str, file: Path) -> None:
    """Dump `database` into `file`: text, compressed, the same for the same rows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    binaries = find_binaries(Path("/var/tmp/mingzheng-pg-tools"))
    command = [binaries / "pg_dump", "-h", server.host, "-p", str(server.port), "-U", server.admin, database]
    dump = subprocess.run([str(word) for word in command], capture_output=True, check=True).stdout
    file.write_bytes(gzip.compress(dump, mtime=0))


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
