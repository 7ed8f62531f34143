"""Webhooks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from common.values.ids import AgencyId, WebhookId
from common.web.wire import In, Out

Address = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.\[\]:-]{1,255}(/[A-Za-z0-9._~/-]{0,200})?$")
]


class WebhookOrder(In):
    """The address that wants hints: https, without a query. It is asked a challenge before the first one."""

    url: Address = Field(examples=["https://hints.example/in"])


class WebhookRotationOrder(In):
    """The body of a rotation is empty: the new secret is made here."""


class WebhookEndOrder(In):
    """The body of an end is empty."""


class WebhookRepeatOrder(In):
    """The hints behind the place `after`, the `index` of an event, are sent once more under their old ids."""

    after: int = -1


class WebhookView(Out):
    """An address with its state. `disabled_for`: GONE it answered 410, CHALLENGE it did not answer, BY_AGENCY."""

    webhook_id: WebhookId
    agency_id: AgencyId
    url: str
    state: str
    created_at: datetime
    old_secret_until: datetime | None
    verified_at: datetime | None
    disabled_at: datetime | None
    disabled_for: str | None


class WebhookSecretView(WebhookView):
    """As WebhookView, with the secret that signs the hints (whsec_ and base64). It is shown this once."""

    secret: str


class WebhooksView(Out):
    """The addresses of the caller's agencies."""

    items: list[WebhookView]


class WebhookAttemptView(Out):
    """One try. `status` is null while it runs and after a crash, 0 where no answer came; `why` names the check."""

    message_id: str
    index: int
    n: int
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    why: str


class WebhookAttemptsView(Out):
    """The last attempts, the newest first. Index -1 is the challenge."""

    items: list[WebhookAttemptView]


class WebhookRepeatView(Out):
    """How many hints are due once more."""

    due: int
