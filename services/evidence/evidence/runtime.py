"""The settings with which the evidence service starts, and the runtime that its routes and jobs use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from common.calls.fetch import Guard
from common.door.address import DatabaseUrl
from common.door.blobs import BlobStore
from common.door.sealed import SealedBlobs
from common.policy import service_actor
from common.values.datafiles import load_profile
from common.web.auth import the_runtime
from common.web.keeping import KeepingSettings, Place
from common.web.runtime import Runtime, build_runtime, clock_of
from common.web.settings import reachable
from evidence.ledger.follower import Follower
from evidence.ledger.overseer import Overseer
from evidence.ledger.patrol import Patrol
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.signing import load_log_keys, own_cosigner
from evidence.ledger.timestamp import DRIFT_S, Stamper, authorities_in
from evidence.ledger.witnessing import Witnesses
from ledger.notes import Verifier
from ledger.trust import Policy

POOL: Final = 16
SELF: Final = service_actor("evidence")
"""The service itself, where nobody calls."""


class EvidenceSettings(KeepingSettings):
    """What takes captures in and keeps them."""

    port: int = Field(8020, description="监听端口 · the port to listen on")
    blobs: Place = Field(description="原件与证据包目录 · the folder of originals and bundles")
    backup: Place = Field(
        description="第二份副本目录,应在另一存储上 · the folder of the second copies, on another disk"
    )
    decoders: int = Field(
        2,
        description="图片解码进程数 · processes that decode the pictures of cameras; one more for each further core",
    )


class LogSettings(EvidenceSettings):
    """The further settings of a process that keeps the log."""

    origin: str = Field(
        description="账本名称 ledger.<城市域名>/<年>,永不更改 · the name of the ledger, which never changes"
    )
    ledger_url: DatabaseUrl = Field(
        description="数据库地址,以 ledger_seq 登录 · the database as the role that writes the ledger"
    )
    log_key: str = Field(
        "",
        description="另放的账本私钥: 文件或 agent:<socket>#<指纹>"
        " · a log key that lies elsewhere than KEYS: a file, or an ssh-agent's",
    )
    roots: Path = Field(description="根公钥文件,每行一个 vkey · the public root keys, one vkey a line")
    guard: Path = Field(
        description="最近公布的检查点文件,不得随数据库备份与恢复"
        " · the file that remembers the last published checkpoint, outside the database and its backups"
    )
    url: str = Field(
        "",
        description="本服务他进程访问本进程的地址 · where others of this service reach this process; else HOST:PORT",
    )
    leader_lost_after_s: float = Field(
        15, description="领导进程失联多少秒后由他者接替 · after how long a silent leader is replaced"
    )
    monitor: Path | None = Field(
        None, description="监督者文件 <vkey> <url> · the monitor that states where streams end"
    )
    policy: Path | None = Field(
        None,
        description="见证人与法定数 (c2sp.org/tlog-policy) · the witnesses that cosign this log's checkpoints",
    )
    ml_dsa_key: Path | None = Field(
        None, description="账本自有 ML-DSA-44 私钥 · the log's own key of ML-DSA-44; the policy names it too"
    )
    authorities: str = Field(
        "",
        description="时间戳机构 <名>=<地址>,至多两个 · RFC 3161 authorities that stamp checkpoints, at most two",
    )
    authority_certs: Path | None = Field(
        None,
        description="时间戳机构证书目录 <名>.pem · the folder of certificates to which their tokens must lead",
    )
    authority_drift_s: float = Field(
        DRIFT_S, description="其时钟与本机至多相差多少秒 · how far their clocks may lie from ours"
    )

    def _must_exist(self) -> tuple[str, ...]:
        return (*super()._must_exist(), "roots", "policy", "monitor", "authority_certs", "ml_dsa_key")


@dataclass(frozen=True, kw_only=True)
class EvidenceRuntime(Runtime):
    """`blobs` holds bytes that concern no person; `sealed` holds encrypted bytes, readable until the person is erased.

    `backup` and `sealed_backup` are the second copies. `ledger` is started and stopped by the app; `follower` sends
    records on to the process that leads while this one stands by. `patrol` checks the ledger once a day, None: never.
    `guard` fetches the pictures that devices name by URL.
    """

    settings: EvidenceSettings
    blobs: BlobStore
    backup: BlobStore
    sealed: SealedBlobs
    sealed_backup: SealedBlobs
    ledger: Sequencer
    follower: Follower
    guard: Guard
    patrol: Patrol | None = None


def runtime_of(
    settings: EvidenceSettings,
    *,
    ledger: Sequencer,
    background: bool = True,
    patrol: Patrol | None = None,
) -> EvidenceRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    # As many connections as requests and jobs that are commonly under way: one beyond the pool is opened and closed
    # for each use, which costs more than the use.
    core = build_runtime("evidence", settings, background=background, pool=POOL)
    blobs, backup = settings.store(settings.blobs), settings.store(settings.backup)
    return EvidenceRuntime(
        **vars(core),
        blobs=BlobStore(blobs),
        backup=BlobStore(backup),
        sealed=SealedBlobs(blobs, core.db.secrets),
        sealed_backup=SealedBlobs(backup, core.db.secrets),
        ledger=ledger,
        # A demo's platform is a program on this machine; in production this machine is never called.
        guard=Guard(loopback=settings.mode != "production"),
        follower=Follower(core.db, origin=ledger.origin, url=ledger.settings.url),
        patrol=patrol,
    )


Run = Annotated[EvidenceRuntime, the_runtime]


def sequencer_of(settings: LogSettings) -> Sequencer:
    """The sequencer of a service that runs in its own process."""
    return Sequencer(
        LedgerSettings(
            connect={"dsn": settings.ledger_url},
            origin=settings.origin,
            durable=settings.mode != "test",
            guard=settings.guard,
            url=settings.url or f"http://{reachable(settings.host)}:{settings.port}",
            lost_after_s=settings.leader_lost_after_s,
            suites=load_profile(settings.profile).ledger.suites,
            witnesses=Witnesses(
                Policy.parse(settings.policy.read_bytes()),
                own=own_cosigner(settings.origin, settings.ml_dsa_key),
            )
            if settings.policy
            else None,
            stamper=Stamper(
                authorities_in(
                    settings.authorities, settings.authority_certs, drift_s=settings.authority_drift_s
                )
            ),
            monitor=Overseer.parse(settings.monitor.read_text()) if settings.monitor else None,
        ),
        keys=load_log_keys(
            settings.origin, settings.keys, more=[settings.log_key] if settings.log_key else []
        ),
        roots=tuple(Verifier.parse(line) for line in settings.roots.read_text().split()),
        clock=clock_of(settings),
    )
