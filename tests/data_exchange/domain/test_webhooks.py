"""The addresses that a partner may name for hints."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, WebhookId
from data_exchange.domain.webhooks import create

MORNING = datetime(2027, 1, 15, 1, 0, tzinfo=UTC)
OWN = WebhookId.new(MORNING)
AGENCY = AgencyId.new(MORNING)
TEXT = Commitment(bytes(32))


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/?key=1",
        "https://a.example/#b",
        "https://user@a.example/",
        "https:///in",
        "https://a]b:in",
    ],
)
def test_an_address_that_holds_a_secret_or_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as refusal:
        create(OWN, AGENCY, url, TEXT)

    assert refusal.value.code == "DX_WEBHOOK_URL"


def test_a_plain_address_is_taken() -> None:
    assert create(OWN, AGENCY, "https://a.example/in", TEXT).agency_id == AGENCY
