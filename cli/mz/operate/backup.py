"""`./mz backup`: a hot backup of an installation, readable by the holder of a key alone.

    TO/<time>/base.tar.age       base backup of all databases at once, by pg_basebackup
    TO/<time>/wal/*.age          the write-ahead log since before it, by pg_receivewal
    TO/<time>/spool/             segments that are being received, in the clear, while `--follow` runs
    TO/<time>/state.tar.age      public keys, policy, names, holidays, the published checkpoint, what the city is
    TO/<time>/manifest.json      digests of the files above, signed by the log's key; without it there is no backup
    TO/blobs/…                   pictures and documents by their hashes, each once for all backups

    SECRETS/<time>-keys.tar.age  private keys        SECRETS/erasable/…   the secrets that seal personal data

The secrets go to another folder for another person's key, or nowhere: whoever had both would have everything. With
`--follow` log, blobs and secrets are received until Ctrl-C. With `--no-loss` each commit waits for its log, and each
secret for its copy before it protects anything; blobs follow each second.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from common.door.address import said_by
from common.door.secrets import Elsewhere
from evidence.ledger.signing import load_log_keys
from ledger.clock import real_time
from ledger.keyfiles import NoteKey
from mz.operate.datadir import DataDir, read
from mz.operate.filestores import FileStores
from mz.operate.ledger import server_of
from mz.operate.sealing import (
    ENDING,
    files_below,
    make_identity,
    mirror,
    mirror_store,
    recipient_of,
    seal,
)
from mz.operate.walstream import NO_ANSWER, BackupFailed, WalStream, reaching, tool
from mz.postgres import PostgresUnavailable, Server
from mz.services import SERVICES

FORMAT: Final = "mingzheng-backup/2"
KIND: Final = "backup"
"""The kind of statement by which the log's key vouches for a manifest."""
STATE: Final = (
    "origin.json",
    "vkeys.json",
    "ring.json",
    "checkpoint",
    "clock.json",
    "registers.json",
    "sandbox.json",
    "enrolments.json",
    "data-authority.json",
    "city.json",
    "profile.json",
    "issuer.json",
    "openid.secret",
    "people.json",
    "roots.txt",
)
STORES: Final = ("blobs", "backup")
_FOLLOW_S: Final = 1.0
_LISTED_S: Final = 600.0


@dataclass
class Backup:
    """One backup on its way from `d` to `folder`. `secrets` is the other place and the other key, if there is one."""

    d: DataDir
    to: Path
    folder: Path
    recipient: Any
    secrets: tuple[Path, Any] | None
    signer: NoteKey
    digests: dict[str, str] = field(default_factory=dict)
    keys_digest: str = ""
    _known: dict[str, set[str]] = field(default_factory=dict)
    _listed: float = -math.inf

    def take_base(self, server: Server) -> None:
        """The base backup, streamed into its sealed file: no copy in the clear exists anywhere."""
        words, environment = reaching(server)
        command = [tool("pg_basebackup"), "-D", "-", "-F", "tar", "-X", "none", "-c", "fast", "-d", words]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/"
        )
        assert running.stdout is not None
        assert running.stderr is not None
        self.digests["base.tar.age"] = seal(
            _Told(running.stdout), self.folder / "base.tar.age", self.recipient
        )
        said = running.stderr.read().decode(errors="replace")
        if running.wait() != 0:
            raise BackupFailed(f"pg_basebackup: {said.strip().splitlines()[-1:]}")

    def take_state(self) -> None:
        """What else a restored installation needs to be the same one; no secret is among it."""
        self.digests["state.tar.age"] = seal(
            _tar(self.d.root, _public(self.d)), self.folder / "state.tar.age", self.recipient
        )
        if self.secrets is not None:
            folder, recipient = self.secrets
            sealed = folder / f"{self.folder.name}-keys.tar.age"
            self.keys_digest = seal(_tar(self.d.root, _private(self.d)), sealed, recipient)

    def take_new(self, wal: WalStream, *, whole: bool = False) -> int:
        """Blobs, secrets and whole segments that came since the last time; how many files.

        A bucket is listed once in ten minutes, unless `whole`: it tells nobody what came.
        """
        count = self._take_buckets(whole=whole) if self.d.buckets is not None else 0
        for store in STORES:
            known = self._known.setdefault(store, set())
            count += mirror(self.d.root / store, self.to / "blobs" / store, self.recipient, known)
        if self.secrets is not None:
            folder, recipient = self.secrets
            known = self._known.setdefault("erasable", set())
            count += mirror(self.d.root / "erasable", folder / "erasable", recipient, known)
        for segment in wal.whole_segments():
            self._keep(segment)
        return count

    def _take_buckets(self, *, whole: bool) -> int:
        if not whole and time.monotonic() < self._listed + _LISTED_S:
            return 0
        count = 0
        for place, store in FileStores.at(self.d).of.items():
            known = self._known.setdefault(f"bucket:{place}", set())
            count += mirror_store(store, self.to / "blobs" / place, self.recipient, known)
        self._listed = time.monotonic()
        return count

    def hold_secrets(self) -> None:
        """From here on no secret protects anything before the other place has it."""
        if self.secrets is None:
            return
        folder, recipient = self.secrets
        for root in self._erasable():
            place = folder / "erasable" / root.name
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            Elsewhere(str(root), str(place), str(recipient)).begin()

    def let_secrets_go(self) -> None:
        for root in self._erasable():
            Elsewhere.end(root)

    def _erasable(self) -> list[Path]:
        return [root for service in SERVICES if (root := self.d.erasable(service)).is_dir()]

    def close(self, wal: WalStream) -> None:
        """Seal what is left of the log, and write the manifest: from here on there is a backup."""
        for segment in sorted(wal.folder.iterdir()):
            self._keep(segment)
        wal.folder.rmdir()
        self.write_manifest()

    def write_manifest(self) -> None:
        document = {
            "format": FORMAT,
            "made_at": real_time().isoformat(timespec="seconds"),
            "origin": self.signer.name,
            "files": self.digests,
            "keys": self.keys_digest,
        }
        document["note"] = self.signer.statement(KIND, sworn(document)).decode()
        draft = self.folder / ".manifest.json"
        draft.write_text(json.dumps(document, indent=1) + "\n")
        draft.rename(self.folder / "manifest.json")

    def _keep(self, segment: Path) -> None:
        name = f"wal/{segment.name}{ENDING}"
        with segment.open("rb") as file:
            self.digests[name] = seal(file, self.folder / name, self.recipient)
        segment.unlink()


def sworn(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What the signature over a manifest says of it. Its files as one digest: a log of a year would be no note."""
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(manifest["files"].items()))
    said = {name: str(manifest[name]) for name in ("format", "made_at", "origin", "keys")}
    return said | {"files": sha256(listed.encode()).hexdigest()}


class _Told:
    """A stream that tells how much of it was read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._done = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        before, self._done = self._done, self._done + len(data)
        if before // 100_000_000 != self._done // 100_000_000:
            _say(f"数据库 {self._done // 1_000_000} MB (databases)")
        return data


def main(options: argparse.Namespace) -> int:
    if options.make_key is not None:
        print(make_identity(options.make_key))
        print(f"mz: 私钥在 {options.make_key},请交备份保管人离线保存 (keep the private key offline)")
        return 0
    d = DataDir(options.data_dir.absolute())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        backup = _planned(d, options)
        with server_of(d) as server:
            left = run(backup, server, stop, follow=options.follow, no_loss=options.no_loss)
    except (BackupFailed, PostgresUnavailable, ValueError, OSError) as error:
        print(f"mz: 未完成备份 (no backup was made): {error}", file=sys.stderr)
        return 1
    except NO_ANSWER as error:
        print(f"mz: 未完成备份 (no backup was made): {said_by(error)}", file=sys.stderr)
        return 1
    print(f"mz: 备份完成 (done): {backup.folder}")
    for line in left:
        print(f"mz: {line}", file=sys.stderr)
    return 1 if left else 0


def run(
    backup: Backup,
    server: Server,
    stop: threading.Event,
    *,
    follow: bool,
    no_loss: bool,
    ready: Callable[[], None] = lambda: None,
) -> list[str]:
    """Take the backup; with `follow` go on until `stop`. Calls `ready` once the base backup is there.

    Each returned line is something that did not end as it should, though there is a backup.
    """
    wal = WalStream(server, backup.folder / "spool")
    left: list[str] = []
    try:
        _say("接收预写日志 (receiving the write-ahead log)")
        wal.start()
        _say("基础备份 (base backup)")
        backup.take_base(server)
        wal.reach_now()
        backup.take_state()
        _say(f"文件 {backup.take_new(wal)} 个 (files)")
        if follow:
            if no_loss:
                backup.hold_secrets()
                backup.take_new(wal)
                wal.hold_commits()
            # A backup from here on, even if this process is killed: `restore` takes the spool too.
            backup.write_manifest()
            _say("已可恢复,继续接收直至 Ctrl-C (can be restored from; goes on until Ctrl-C)")
            ready()
            left += _follow(backup, wal, stop)
    except BaseException:
        for line in _end(backup, wal):
            print(f"mz: {line}", file=sys.stderr)
        raise
    left += _end(backup, wal)
    # Files are durable before the commit that names them. Taken after the end of the log, none can be missing.
    backup.take_new(wal, whole=True)
    backup.close(wal)
    return left


def _end(backup: Backup, wal: WalStream) -> list[str]:
    """Nobody waits for this backup any more. Commits first: one that waits holds its caller."""
    left = wal.end()
    backup.let_secrets_go()
    return left


def _follow(backup: Backup, wal: WalStream, stop: threading.Event) -> list[str]:
    """Receive until `stop`, or until the log does not arrive any more, which is the line that is returned."""
    while not stop.wait(_FOLLOW_S):
        try:
            wal.require_receiving()
        except BackupFailed as error:
            return [str(error)]
        backup.take_new(wal)
        backup.write_manifest()
    return []


def _planned(d: DataDir, options: argparse.Namespace) -> Backup:
    """Raises ValueError for a place or a key that would make the backup worth less than it seems."""
    if options.to is None or options.recipient is None:
        raise ValueError("须给出 --to 与 --recipient (say where to, and for whose key)")
    if not d.root.exists():
        raise ValueError(f"{d.root} 不存在 (there is no such data folder)")
    to = options.to.absolute()
    if to.is_relative_to(d.root):
        raise ValueError("备份不能放在数据目录之内 (a backup inside the data folder is lost with it)")
    recipient, secrets = recipient_of(options.recipient), None
    if options.secrets_to is not None:
        if options.secrets_recipient is None:
            raise ValueError("须给出 --secrets-recipient (say for whose key the secrets are)")
        other, place = recipient_of(options.secrets_recipient), options.secrets_to.absolute()
        if str(other) == str(recipient) or place.is_relative_to(to) or to.is_relative_to(place):
            raise ValueError(
                "密钥与数据须分处存放、分人保管 (secrets and data go to two places, for two people's keys)"
            )
        secrets = (place, other)
    origin = (read(d.root / "origin.json") or {}).get("origin")
    if origin is None:
        raise ValueError(f"{d.root} 尚无账本 (holds no ledger yet)")
    signer = load_log_keys(origin, d.keys / "evidence").first[0]
    folder = to / real_time().strftime("%Y%m%dT%H%M%SZ")
    folder.mkdir(mode=0o700, parents=True)
    return Backup(d, to, folder, recipient, secrets, signer)


def _public(d: DataDir) -> list[Path]:
    """The files of the data folder that hold no secret."""
    named = [d.root / name for name in STATE]
    below = [path for folder in (d.keys, d.calendars) for path in files_below(folder)]
    return [
        path for path in [*named, *below] if path.is_file() and is_public(d, str(path.relative_to(d.root)))
    ]


def is_public(d: DataDir, name: str) -> bool:
    """Whether a state may hold the file `name` of the data folder; `is_private` says it of the secrets' side."""
    path = d.root / name
    named = path.suffix == ".txt" or ".pub." in path.name or path.parent == d.authority_certs
    below = path.is_relative_to(d.keys) and named or path.is_relative_to(d.calendars)
    return ".." not in path.parts and (name in STATE or below)


def is_private(d: DataDir, name: str) -> bool:
    path = d.root / name
    return ".." not in path.parts and (path.is_relative_to(d.keys) or path in _alone(d))


def _alone(d: DataDir) -> tuple[Path, ...]:
    return (d.demo, d.root / "bank.pem", d.providers)


def _private(d: DataDir) -> list[Path]:
    """Private keys, and in a demo what its people sign in with."""
    public = set(_public(d))
    alone = [path for path in _alone(d) if path.is_file()]
    return [path for path in files_below(d.keys) if path not in public] + alone


def _tar(root: Path, paths: list[Path]) -> io.BytesIO:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for path in paths:
            archive.add(path, str(path.relative_to(root)), recursive=False)
    written.seek(0)
    return written


def _say(what: str) -> None:
    print(f"mz: {what} …", file=sys.stderr, flush=True)
