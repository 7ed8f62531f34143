"""Electronic service needs a consent that was signed, covers the document and still stands (APL 61(2))."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import ConsentId, PartyId
from common.values.law import APL_61_2
from notification.domain.consent import (
    STATEMENT,
    Consent,
    ConsentSigned,
    after,
    begun,
    find_consent,
    require_consent,
    sign_consent,
    withdraw_consent,
)

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PARTY = PartyId.new(NOON)


def sign(**change: object) -> ConsentSigned:
    order = {"documents": ["D-14", "D-20a"], "channel": "INBOX", "text_version": STATEMENT.version} | change
    return sign_consent(ConsentId.new(NOON), PARTY, address=Commitment(bytes(32)), **order)  # type: ignore[arg-type]


def consent(**change: object) -> Consent:
    return begun(sign(**change), at=NOON)


def withdrawn(at: datetime) -> Consent:
    signed = consent()
    return after(signed, withdraw_consent(signed), at=at)


@pytest.mark.law(APL_61_2)
def test_a_consent_covers_the_documents_that_were_signed_and_no_others() -> None:
    only_notice = consent(documents=["D-14"])

    assert require_consent([only_notice], "D-14", at=NOON) == only_notice
    with pytest.raises(Refusal) as refusal:
        require_consent([only_notice], "D-20a", at=NOON)
    assert (refusal.value.code, refusal.value.article) == ("NOTI_CONSENT_REQUIRED", APL_61_2)


@pytest.mark.parametrize(
    ("at", "stands"), [(NOON - timedelta(microseconds=1), False), (NOON, True), (NOON + DAY, True)]
)
def test_a_consent_has_no_effect_before_it_is_signed(at: datetime, stands: bool) -> None:
    assert (find_consent([consent()], "D-14", at=at) is not None) is stands


@pytest.mark.law(APL_61_2)
@pytest.mark.parametrize(
    ("at", "stands"),
    [(NOON + DAY - timedelta(microseconds=1), True), (NOON + DAY, False), (NOON + 2 * DAY, False)],
)
def test_a_withdrawal_works_from_its_own_instant_on(at: datetime, stands: bool) -> None:
    assert (find_consent([withdrawn(NOON + DAY)], "D-14", at=at) is not None) is stands


def test_a_withdrawn_consent_cannot_be_withdrawn_again() -> None:
    with pytest.raises(Refusal) as refusal:
        withdraw_consent(withdrawn(NOON))

    assert refusal.value.code == "NOTI_CONSENT_WITHDRAWN"


@pytest.mark.law(APL_61_2)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text_version": "ES-2020.1"}, "NOTI_STATEMENT_VERSION"),
        ({"documents": []}, "NOTI_CONSENT_SCOPE"),
        ({"documents": ["D-28"]}, "NOTI_CONSENT_SCOPE"),
        ({"channel": "SMS"}, "NOTI_CONSENT_SCOPE"),
    ],
)
def test_a_consent_is_to_the_text_in_force_and_to_documents_that_it_names(
    change: dict[str, object], code: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        sign(**change)

    assert (refusal.value.code, refusal.value.article) == (code, APL_61_2)


def test_the_statement_tells_the_effect_the_right_to_paper_and_how_to_withdraw() -> None:
    assert all(words in STATEMENT.text for words in ("送达日期", "法律效力", "纸质文书", "撤回", "变更"))
