"""The addresses of an agency that want hints about its delivery events, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from common.values.ids import AgencyId, HookId
from common.web.wire import In, Out

HookUrl = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.\[\]:-]{1,255}(/[A-Za-z0-9._~/-]{0,200})?$")
]


class HookOrder(In):
    """The address that wants hints: https, without a query. It is asked a challenge before the first one."""

    url: HookUrl = Field(examples=["https://hints.example/in"])


class HookEndOrder(In):
    """The body of an end is empty."""


class HookView(Out):
    """An address with its state. `ended_for`: GONE it answered 410, CHALLENGE it did not answer, BY_AGENCY."""

    hook_id: HookId
    agency_id: AgencyId
    url: str
    state: str
    named_at: datetime
    verified_at: datetime | None
    ended_at: datetime | None
    ended_for: str | None


class HookSecretView(HookView):
    """As HookView, with the secret that signs the hints (whsec_ and base64). It is shown this once."""

    secret: str


class HookList(Out):
    """The addresses of the caller's agency, oldest first."""

    items: list[HookView]
