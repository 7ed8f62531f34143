"""What the notification service needs to start, and what it holds while it runs, beside what every service has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from case.contract import Case, NoticeContextView
from common.calls.fetch import Guard
from common.door.sealed import SealedBlobs
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from common.web.auth import the_runtime
from common.web.keeping import KeepingSettings, Place
from common.web.runtime import Runtime, build_runtime
from notification.channels.configs import read_providers
from notification.channels.roster import Roster, roster_of
from notification.live import Live
from notification.live.reaches import Reaches


class NotificationSettings(KeepingSettings):
    """Without `providers` no message leaves this system. The files of the providers' secrets lie beside it."""

    port: int = Field(8040, description="监听端口 · the port to listen on")
    blobs: Place = Field(description="文书目录 · the folder of documents")
    providers: Path | None = Field(
        None,
        description="消息提供商清单 providers.toml,无则不外发 · by whom messages are sent; without it none leaves",
    )


@dataclass(frozen=True, kw_only=True)
class NotificationRuntime(Runtime):
    """`sealed` holds documents, each readable until the secret of its case is destroyed. `roster` are the carriers by
    which messages leave, `guard` asks the addresses that agencies gave. `live` are the open streams of inboxes.
    """

    settings: NotificationSettings
    sealed: SealedBlobs
    roster: Roster
    guard: Guard
    live: Live

    async def context_of(self, case_id: CaseId) -> NoticeContextView | None:
        """What the case says of itself for its party; None where it is gone, or while the case service is away."""
        try:
            return await Case(self.peers).notice_context(case_id)
        except Refusal as refusal:
            if refusal.kind in (Kind.NOT_FOUND, Kind.GONE, Kind.UNAVAILABLE):
                return None
            raise

    async def stop(self) -> None:
        """End the streams, and the connections to the carriers."""
        await self.live.end()
        await self.roster.close()


def runtime_of(settings: NotificationSettings, *, background: bool = True) -> NotificationRuntime:
    """Opens no connection. Raises ValueError or OSError for a file of a key, of a provider or of its secret."""
    core = build_runtime("notification", settings, background=background)
    sealed = SealedBlobs(settings.store(settings.blobs), core.db.secrets)
    guard = Guard(loopback=settings.mode != "production")
    roster = roster_of(
        read_providers(settings.providers),
        folder=(settings.providers or settings.keys).parent,
        guard=guard,
        attachments=sealed.get,
    )
    live = Live(settings.database_url, Reaches(core.db))
    return NotificationRuntime(**vars(core), sealed=sealed, roster=roster, guard=guard, live=live)


Run = Annotated[NotificationRuntime, the_runtime]
