"""The settings and the runtime of the gateway, beyond those of every service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings
from gateway.identity.domain.sessions import How, Lifetimes
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.people import People

EDGE_KEY: Final = "edge-k1.pem"
"""Signs the internal token of every forwarded request, as `urn:mingzheng:gateway`."""

ISSUER_KEY: Final = "issuer-k1.pem"
"""Signs access tokens: of partners' systems, and in the demo and test profiles those of people too."""


class GatewaySettings(Settings):
    """Without an issuer's ring the gateway is that issuer itself, which it may be in demo and test alone.

    A session that a query code opened lasts `case_session_hours` and `case_session_idle_minutes`, that of a browser
    `browser_hours` and `browser_idle_minutes`, any other one `session_days` and `session_idle_days`.
    """

    port: int = Field(8000, description="对外监听端口 · the port for callers")
    peer_port: int = Field(
        8001,
        description="供其他服务访问的内部端口,PEERS 中的 gateway=… · the inner port, where the other services ask",
    )
    peer_socket: int | None = Field(
        None,
        description="父进程另传入的内部监听套接字(描述符) · a listening socket for the services that the parent passes",
    )
    issuer: str = Field(
        "http://127.0.0.1:8080",
        description="统一身份认证系统,即令牌签发者 · the issuer of access tokens, the city's identity provider",
    )
    issuer_ring: Path | None = Field(
        None, description="签发者公钥文件;生产环境必需 · the issuer's public keys; needed in production"
    )
    openid_client: str = Field(
        "",
        description="本平台在统一身份认证系统(OpenID Connect)登记的客户端编号;空则无人能在页面登录"
        " · the client id of this platform at the city's identity provider; without it nobody signs in on pages",
    )
    openid_secret: Path | None = Field(
        None,
        description="该客户端密钥的文件 · a file with the secret of that client, where it has one",
    )
    origin: str = Field(
        "", description="平台对外地址,与签发者不同时给出 · the public address, where it is not the issuer's"
    )
    requests_per_minute: int = Field(
        600, description="每一来访者每分钟请求数 · requests a minute for each caller"
    )
    sandbox: bool = Field(
        False, description="是否沙箱 · whether this is a sandbox, which every answer then says"
    )
    proxy_hops: int = Field(
        0, description="自有反向代理至多几层 · how many proxies of the platform's own may stand in a row"
    )
    proxies: str = Field("", description="自有反向代理网段 10.0.0.0/24,… · the networks of these proxies")
    client_certificates: bool = Field(
        False,
        description="上述代理是否写 Client-Cert · whether they write Client-Cert (RFC 9440)",
    )
    session_days: int = Field(
        90, ge=1, le=365, description="会话至多多少日 · how long a session lasts at most"
    )
    session_idle_days: int = Field(
        30, ge=1, le=365, description="会话闲置多少日即止 · after how many days without use it ends"
    )
    case_session_hours: int = Field(
        12, ge=1, le=24, description="查询码会话至多多少小时 · how long a session of a query code lasts"
    )
    case_session_idle_minutes: int = Field(
        30,
        ge=5,
        le=120,
        description="查询码会话闲置多少分钟即止 · after how many minutes without use it ends",
    )
    browser_hours: int = Field(
        8, ge=1, le=24, description="浏览器会话至多多少小时 · how long a browser's session lasts"
    )
    browser_idle_minutes: int = Field(
        30,
        ge=5,
        le=120,
        description="浏览器会话闲置多少分钟即止 · after how many minutes without use it ends",
    )
    refresh_grace_s: int = Field(
        20,
        ge=0,
        le=60,
        description="已用刷新令牌在多少秒内仍得原答复 · for how long a spent refresh token gets its answer again",
    )

    def lifetimes(self, how: How) -> Lifetimes:
        """How long a session lasts that began in this way."""
        grace = timedelta(seconds=self.refresh_grace_s)
        if how is How.QUERY_CODE:
            hours = timedelta(hours=self.case_session_hours)
            return Lifetimes(hours, timedelta(minutes=self.case_session_idle_minutes), grace)
        if how is How.OPENID:
            hours = timedelta(hours=self.browser_hours)
            return Lifetimes(hours, timedelta(minutes=self.browser_idle_minutes), grace)
        return Lifetimes(timedelta(days=self.session_days), timedelta(days=self.session_idle_days), grace)


@dataclass(frozen=True, kw_only=True)
class GatewayRuntime(Runtime):
    """`people` is the directory in which the gateway looks up every caller, `ended` the sessions that have ended."""

    settings: GatewaySettings
    people: People
    ended: EndedSessions


def runtime_of(settings: GatewaySettings, *, background: bool = True) -> GatewayRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("gateway", settings, background=background)
    return GatewayRuntime(**vars(core), people=People(core.db), ended=EndedSessions(core.db))


Run = Annotated[GatewayRuntime, the_runtime]
