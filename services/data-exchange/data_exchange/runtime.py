"""The settings and the runtime of the exchange."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import httpx
from pydantic import Field, TypeAdapter

from common.calls.answerkeys import ANSWERS_KEY, AnswerKey
from common.calls.fetch import Guard
from common.documents.series import Turns
from common.door.sealed import SealedBlobs
from common.web.auth import the_runtime
from common.web.keeping import KeepingSettings, Place
from common.web.runtime import Runtime, build_runtime
from data_exchange.domain.registers import Register
from ledger.keyfiles import NoteKey

SANDBOX_KEY: Final = "sandbox-k1.pem"
"""The file of the Ed25519 key with which a sandbox signs conformance reports."""

_REGISTERS: Final = TypeAdapter(list[Register])


class DataExchangeSettings(KeepingSettings):
    """In a `sandbox` an application calls before it is live, this machine may be a partner's address, and there is the
    key of the reports.
    """

    port: int = Field(8050, description="监听端口 · the port to listen on")
    blobs: Place = Field(
        description="函件与交换文件目录 · the folder of letters and of files that one agency gives another"
    )
    registers: Path | None = Field(
        None, description="可比对登记库清单(JSON),可不存在 · the registers that can be compared with, as JSON"
    )
    data_authority_url: str | None = Field(
        None,
        description="数据主管部门平台地址,末尾无斜线 · the data authority's platform, without a slash at its end",
    )
    origin: str = Field(
        "http://127.0.0.1:8080",
        description="平台对外地址,协作机关以 @authority 签名 · the public address: what a partner signs as @authority",
    )
    sandbox: bool = Field(False, description="是否沙箱 · whether this is a sandbox")


@dataclass(frozen=True, kw_only=True)
class DataExchangeRuntime(Runtime):
    """`sealed` holds letters and files, each readable until the secret of its exchange is destroyed.

    `outside` holds the connection to each register by its name. A test puts its own server there.
    `turns` are those of the series of letter numbers in this process.
    `guard` asks the addresses that partners gave. `answer_key` signs the answers to
    their systems, and receipts in the form of a JWS. `sandbox_key` signs conformance reports; it is None elsewhere.
    """

    settings: DataExchangeSettings
    sealed: SealedBlobs
    registers: dict[str, Register]
    guard: Guard
    answer_key: AnswerKey
    sandbox_key: NoteKey | None = None
    outside: dict[str, httpx.AsyncBaseTransport] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)


def runtime_of(settings: DataExchangeSettings, *, background: bool = True) -> DataExchangeRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("data-exchange", settings, background=background)
    return DataExchangeRuntime(
        **vars(core),
        sealed=SealedBlobs(settings.store(settings.blobs), core.db.secrets),
        registers=_registers(settings.registers),
        guard=Guard(loopback=settings.mode == "test" or settings.sandbox),
        answer_key=AnswerKey.load(settings.keys / ANSWERS_KEY),
        sandbox_key=_sandbox_key(settings, core.profile.city_domain),
    )


def sandbox_key_name(city_domain: str) -> str:
    """The note name of a sandbox's key, as production lists it in sandboxes.txt."""
    return f"sandbox.{city_domain}/k1"


def _sandbox_key(settings: DataExchangeSettings, city_domain: str) -> NoteKey | None:
    if not settings.sandbox:
        return None
    return NoteKey.load(sandbox_key_name(city_domain), settings.keys / SANDBOX_KEY)


def _registers(path: Path | None) -> dict[str, Register]:
    """The registers that the file names, by name. Raises ValueError for an entry that contradicts itself."""
    if path is None or not path.exists():
        return {}
    return {register.name: register for register in _REGISTERS.validate_json(path.read_bytes())}


Run = Annotated[DataExchangeRuntime, the_runtime]
