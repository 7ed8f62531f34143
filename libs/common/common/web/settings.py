"""Settings: read once from the environment and never changed. An unknown one stops the process.

A variable is `MINGZHENG_<SERVICE>_<NAME>`; `./mz env <service>` prints each with its words. An address that may hold a
password may come from a file instead: `MINGZHENG_<SERVICE>_<NAME>_FILE` is its path. Any other secret is a file anyway.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from common.door.address import DatabaseUrl, plain
from common.values.law import CSL_23_3

TOKEN_KEY: Final = "token-k1.pem"
RECORD_KEY: Final = "record-k1.pem"
"""The files in a service's folder of keys: P-256 for tokens, Ed25519 for records."""

FILE: Final = "_file"
"""The end of a variable that names the file with an address, in place of the address."""

SHORTEST_LOG_D: Final = 183
"""The six months of CSL 23(3), in days."""
LOG_D: Final = 3 * 365
INNER_ABOVE: Final = 1_000
"""How far above its port a process has its inner pages, unless INNER_PORT says otherwise."""

_RECORD_KEY = re.compile(r"record-k([1-9][0-9]*)\.pem")


def record_key_name(service: str, city_domain: str, number: int = 1) -> str:
    """The note name of a service's record key, as the ledger registers it."""
    return f"{service}.{city_domain}/k{number}"


def record_keys(service: str, city_domain: str, folder: Path) -> list[tuple[str, Path]]:
    """Note name and file of each record key in the service's folder, oldest first. The last one signs."""
    matches = ((_RECORD_KEY.fullmatch(path.name), path) for path in folder.iterdir())
    numbered = sorted((int(match[1]), path) for match, path in matches if match)
    if not numbered:
        raise ValueError(f"there is no record key in {folder}")
    return [(record_key_name(service, city_domain, number), path) for number, path in numbered]


def prefix_of(service: str) -> str:
    """How the variables of `service` begin."""
    return f"MINGZHENG_{service.replace('-', '_').upper()}_"


def is_address(field: FieldInfo) -> bool:
    """Whether this setting is the address of a database, which may hold a password."""
    return any(getattr(each, "func", None) is plain for each in field.metadata)


class ProcessSettings(BaseModel):
    """What is common to every process that reads its settings from the environment."""

    # An error message must not print a value: a path may name a person's home, a URL a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def read(
        cls, env: Mapping[str, str], service: str, *, beside: type[ProcessSettings] | None = None
    ) -> Self:
        """The settings of `service` in `env`. Stops the process with one line on an unknown or missing one.

        Variables that only `beside` knows are left to it: a relay may be given the environment of its service.
        """
        prefix = prefix_of(service)
        values = {
            name.removeprefix(prefix).lower(): value for name, value in env.items() if name.startswith(prefix)
        }
        if beside is not None:
            foreign = beside.variables() - cls.variables()
            values = {name: value for name, value in values.items() if name not in foreign}
        try:
            settings = cls.model_validate(cls._with_files(values, prefix))
        except ValidationError as error:
            faults = "; ".join(cls._worded(prefix, fault) for fault in error.errors(include_url=False))
            raise SystemExit(f"设置有误 (couldn't read the settings of {service}): {faults}") from None
        settings._require_usable(service)
        return settings

    @classmethod
    def variables(cls) -> set[str]:
        """The names of its settings, as variables end, in lower case."""
        addresses = {name + FILE for name, field in cls.model_fields.items() if is_address(field)}
        return {*cls.model_fields, *addresses}

    @classmethod
    def _with_files(cls, values: dict[str, str], prefix: str) -> dict[str, str]:
        """`values` with each address that a file holds. Stops the process where there is none, or two."""
        for name in [name for name in values if name in cls.variables() - cls.model_fields.keys()]:
            variable, setting = f"{prefix}{name.upper()}", name.removesuffix(FILE)
            if setting in values:
                raise SystemExit(
                    f"设置有误 (couldn't read the settings): {variable}: 与 {prefix}{setting.upper()} 只能给一个"
                    " (give one of the two)"
                )
            try:
                values[setting] = Path(values.pop(name)).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", None) or "not text"
                raise SystemExit(
                    f"设置有误 (couldn't read the settings): {variable}: 文件读不出 ({why})"
                ) from None
        return values

    @classmethod
    def _worded(cls, prefix: str, fault: Any) -> str:
        """One fault in words: the variable, what is wrong, and what the setting is."""
        name = str(fault["loc"][0])
        field = cls.model_fields.get(name)
        if field is None:
            return f"{prefix}{name.upper()}: 没有这一项设置 (there is no such setting)"
        if fault["type"] == "missing":
            return f"{prefix}{name.upper()}: 缺少 (missing): {field.description}"
        return f"{prefix}{name.upper()}: {fault['msg'].removeprefix('Value error, ')}"

    def _require_usable(self, service: str) -> None:
        """Stops the process with one line if a setting cannot be right."""


class MigrateSettings(ProcessSettings):
    """What `python -m <service> migrate` needs. A process that serves must not have it."""

    owner_url: DatabaseUrl = Field(
        description="数据库地址,以属主 own_<库名> 登录,只供 migrate · the database as its owner, for migrate alone"
    )


class RelaySettings(ProcessSettings):
    """The settings of a process that only carries a service's records. The service itself needs more."""

    mode: Literal["demo", "test", "production"] = Field(
        "production",
        description="运行方式: production、demo 或 test · what this is; only demo and test may move the clock",
    )
    relay_url: DatabaseUrl = Field(
        description="数据库地址,以 relay_<库名> 登录,只读发件箱 · the database as the role that reads the outbox"
    )
    keys: Path = Field(
        description="本服务密钥目录: record-k<N>.pem、token-k1.pem 等 · the folder of this service's private keys"
    )
    clock: Path | None = Field(
        None, description="演示时钟文件,只用于 demo 与 test · the demo clock; never in production"
    )
    spans: Path | None = Field(None, description="调用轨迹写入的文件 · a file to which traces are written")
    otlp: str | None = Field(
        None,
        description="采集器地址 http://…:4318,接收轨迹与指标 · where traces and metrics go (OTLP over HTTP, JSON)",
    )
    trace_ratio: float = Field(
        0.05, ge=0, le=1, description="采样的轨迹比例 · how many of the traces that begin here are kept"
    )
    log: Path | None = Field(
        None, description="日志文件,每日一换;不给则写标准错误 · the log, a file a day; else standard error"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="日志级别 · what is written to the log"
    )
    log_retention_days: int = Field(
        LOG_D,
        description="网络日志留存天数,至少 183 · days for which the log is kept, 183 at least (CSL 23(3))",
    )
    inner_port: int | None = Field(
        None,
        description="内部页面 /metrics 的端口;默认为端口加一千 · of /metrics; by default the port and a thousand",
    )
    host: str = Field("127.0.0.1", description="监听地址;容器中为 0.0.0.0 · the address to listen on")
    relay_port: int = Field(
        8001, description="relay 独立运行时的端口 · the port of a relay in a process of its own"
    )
    relay_alarm_s: float = Field(
        60, description="记录等候账本多少秒即告警 · how long a record may wait for the ledger before an alarm"
    )
    peers: str = Field(
        "",
        description="其他服务的地址 evidence=http://…,case=http://…;含本服务亦无妨"
        " · the address of each service; oneself among them does no harm",
    )
    socket: int | None = Field(
        None,
        description="父进程另传入的监听套接字(描述符);其标准输入关闭时本进程结束"
        " · a listening socket that the parent passes besides; the process ends when the parent closes its input",
    )
    drain_s: float = Field(
        6,
        ge=0,
        le=300,
        description="收到 SIGTERM 后先报未就绪、再照常服务多少秒 · after SIGTERM not ready, but served for so long",
    )

    @field_validator("otlp")
    @classmethod
    def _an_address_of_http(cls, url: str | None) -> str | None:
        if url is not None and not _is_http(url):
            raise ValueError("须形如 http://host:4318 (must look like that)")
        return url

    @field_validator("log_retention_days")
    @classmethod
    def _kept_as_long_as_the_law_wants(cls, days: int) -> int:
        if days < SHORTEST_LOG_D:
            raise ValueError(
                f"网络日志至少留存 {SHORTEST_LOG_D} 天,{CSL_23_3.zh} "
                f"(the log is kept for {SHORTEST_LOG_D} days at least, {CSL_23_3})"
            )
        return days

    def _require_usable(self, service: str) -> None:
        prefix = prefix_of(service)
        if self.mode == "production" and self.clock is not None and self.clock.exists():
            raise SystemExit(
                f"未能启动 (couldn't start): {prefix}CLOCK: 演示时钟只能用于 demo 与 test"
                " (a demo clock file exists, and only the demo and test profiles may use one)"
            )
        for name in self._must_exist():
            path = getattr(self, name)
            if path is not None and not path.exists():
                raise SystemExit(
                    f"未能启动 (couldn't start): {prefix}{name.upper()}: 所指不存在 (names nothing that exists)"
                )
        if "evidence" not in self.peer_urls(service):
            raise SystemExit(
                f"未能启动 (couldn't start): {prefix}PEERS: 缺少 evidence=http://…,账本在那里"
                " (names no evidence=http://…, where the ledger takes records)"
            )

    def _must_exist(self) -> tuple[str, ...]:
        """The settings that name files or folders which this process does not make."""
        return ("keys",)

    def _named_peers(self) -> dict[str, str]:
        pairs = (pair.partition("=") for pair in self.peers.split(",") if pair.strip())
        return {name.strip(): url.strip().rstrip("/") for name, _, url in pairs}

    def peer_urls(self, service: str) -> dict[str, str]:
        """The address of each other service. `service` itself is left out, unless its records go to itself."""
        return {
            name: url for name, url in self._named_peers().items() if name != service or service == "evidence"
        }


class Settings(RelaySettings):
    """The settings of every service. A service that needs more declares a subclass."""

    profile: str = Field(
        "DEMO",
        description="城市档案: DEMO、NJ、PJ 或 JSON 文件 · the city's profile: a shipped one, or a file",
    )
    database_url: DatabaseUrl = Field(
        description="数据库地址,以 svc_<库名> 登录 · the database as the role of this service"
    )
    erasable: Path = Field(
        description="个人数据密封所用密钥的目录,不得与数据库同一备份"
        " · the secrets that seal personal data, on a volume that no backup of databases or blobs holds"
    )
    ring: Path = Field(description="各服务令牌公钥环文件 · the public token keys of all services")
    fonts: Path | None = Field(
        None, description="补充字库目录 · a folder of fonts for names that the shipped ones cannot draw"
    )
    calendars: Path | None = Field(
        None, description="放假通知目录,./mz calendar load 写入 · the notices of public holidays"
    )
    port: int = Field(description="监听端口 · the port to listen on")
    relay: bool = Field(
        True, description="本进程是否运送记录;relay 独立运行时为 false · false where the relay runs apart"
    )

    def prove_places(self) -> None:
        """Raises StoreUnfit or OSError where files cannot be kept as these settings say. It may wait."""

    def _must_exist(self) -> tuple[str, ...]:
        return ("keys", "ring", "fonts")

    def peer_urls(self, service: str) -> dict[str, str]:
        # Evidence carries its records to the ledger like every other service, over HTTP.
        here = {service: f"http://{reachable(self.host)}:{self.port}"} if service == "evidence" else {}
        return {**here, **super().peer_urls(service)}


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def reachable(host: str) -> str:
    """Where a process of this machine reaches what listens on `host`."""
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
