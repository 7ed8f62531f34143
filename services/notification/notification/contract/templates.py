"""Classes of messages and the words for them, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.values.ids import AgencyId, OfficerId, TemplateId
from common.web.wire import CLEAN, ONE_LINE, Code, In, Out, Text

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=ONE_LINE), CLEAN
]
"""One line of at most 40 characters."""

Variable = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
"""The name of a variable: lowercase letters and underscores."""


class TemplateOrder(In):
    """Words for a class of messages. A name in braces is a variable: `{place}`.

    `channel` is null for words that go out on every channel. Words in another language than `zh` go out beside the
    Chinese ones to the parties that wish it; the Chinese ones prevail, and they say so. Words of one channel are not
    sent yet: a draft of them is refused with NOTI_TEMPLATE_UNUSED.
    """

    code: Annotated[Code, Field(examples=["N-01"])]
    language: Literal["zh", "en"] = "zh"
    channel: Code | None = None
    title: Title
    text: Text


class TemplateApprovalOrder(In):
    """The approval of one person of the legal office. The second one puts the words in force."""


class TemplateWithdrawalOrder(In):
    """The words are used no longer."""


class TemplatePreviewOrder(In):
    """Values for the variables; a variable that is left out shows an example. An empty value is a missing one."""

    values: dict[Variable, Annotated[str, StringConstraints(max_length=500)]] = Field(
        default_factory=dict, max_length=40
    )


class TemplateView(Out):
    """Words of an agency. In force after the approval of two persons who did not write them."""

    template_id: TemplateId
    agency_id: AgencyId
    code: str
    language: str
    channel: str | None
    version: int
    title: str
    text: str
    state: str
    drafted_by: OfficerId
    drafted_at: datetime
    approved_by: list[OfficerId]
    in_force_at: datetime | None
    withdrawn_at: datetime | None


class TemplatePreview(Out):
    """The words as the party would read them, and what they cost as an SMS. The rules were asked about them."""

    title: str
    text: str
    characters: int
    segments: int


class MessageClassView(Out):
    """A class of messages and the words that ship for it. `needs` are the variables without which it is not sent.

    `category` STATUTORY cannot be switched off by the party.
    """

    code: str
    kind: str
    category: str
    document_kind: str | None
    needs: list[str]
    title: str
    text: str
    title_en: str
    text_en: str


class MessageClassList(Out):
    """Every class, in the order of the codes."""

    items: list[MessageClassView]
