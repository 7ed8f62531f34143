"""Words that would go out to nobody are refused when they are drafted."""

from __future__ import annotations

import pytest

from common.values.errors import Refusal
from common.values.ids import AgencyId, OfficerId, TemplateId
from notification.domain.drafting import Scope, draft
from notification.domain.templates import CLASSES, Language
from tests.notification.domain.test_message import NOON


def drafted(scope: Scope) -> str:
    shipped = CLASSES["N-05"].templates[scope.language]
    fact = draft(
        TemplateId.new(NOON),
        scope,
        agency_id=AgencyId.new(NOON),
        version=1,
        title=shipped.title,
        text=shipped.text,
        official_domain="city.example",
        by=OfficerId.new(NOON),
    )
    return fact.code


def test_words_of_one_channel_are_refused_with_the_reason_and_a_second_language_is_not() -> None:
    assert [drafted(Scope("N-05", language)) for language in Language] == ["N-05", "N-05"]
    with pytest.raises(Refusal) as refusal:
        drafted(Scope("N-05", Language.ZH, "SMS"))
    assert refusal.value.code == "NOTI_TEMPLATE_UNUSED"
