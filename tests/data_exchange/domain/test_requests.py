"""The rules of a request between agencies. No database, no clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from common.values.datafiles import load_calendar, load_profile
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, ExchangeId
from common.values.law import GDS_21_2, GDS_26
from data_exchange.contract.exchanges import PurposeCode
from data_exchange.domain.answering import RefusalCode, refuse
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Clock, Exchange, Kind, Purpose
from data_exchange.domain.requesting import request
from data_exchange.domain.standing import CaseStanding

NOW = datetime(2025, 3, 3, 1, tzinfo=UTC)
TERMS = Terms(load_profile("DEMO"), load_calendar())
ASKING, ASKED = AgencyId.new(NOW), AgencyId.new(NOW)
TEXT = Commitment(bytes(32))


def sent(kind: Kind) -> Exchange:
    fact = request(
        ExchangeId.new(NOW),
        kind,
        agency_id=ASKING,
        to_agency_id=ASKED,
        number="DX-1",
        purpose=Purpose.VERIFY_FACT,
        case_id=CaseId.new(NOW),
        case=CaseStanding(ASKING, "示城执-2025-00001", is_open=True),
        content=TEXT,
        items=1,
        is_expert_opinion=False,
        terms=TERMS,
        at=NOW,
    )
    return fact.begun(at=NOW, clocks=tuple(Clock(deadline) for deadline in fact.due))


@pytest.mark.law(GDS_21_2)
def test_an_incomplete_request_for_data_is_never_refused_for_it() -> None:
    with pytest.raises(Refusal) as refusal:
        refuse(sent(Kind.DATA_REQUEST), RefusalCode.R6, agency_id=ASKED, reason=TEXT)

    assert (refusal.value.code, refusal.value.article) == ("DX_INCOMPLETE_IS_NO_REFUSAL", GDS_21_2)


@pytest.mark.law(GDS_26)
def test_a_correction_is_answered_within_ten_working_days() -> None:
    clock = sent(Kind.CORRECTION).clock("answer")

    assert clock is not None
    assert (clock.deadline.n, clock.deadline.law, str(clock.deadline.due_on)) == (10, "GDS 26", "2025-03-17")


def test_the_purposes_on_the_wire_are_those_of_the_law() -> None:
    assert list(get_args(PurposeCode)) == list(Purpose)
