"""Who may do what: the golden matrix, and the decisions a reviewer would ask about first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cedarpy
import pytest

from common.policy import (
    Action,
    Actor,
    Mandate,
    Permit,
    Resource,
    authorize,
    permitted,
    service_actor,
)
from common.policy.decisions import SCHEMA_TEXT, TEXT
from common.policy.matrix import matrix
from common.values.errors import Kind, Refusal
from common.values.ids import NO_AGENCY, AgencyId, CaseId, OfficerId, PartyId
from common.values.law import APL_41_2
from mz.services import NAMED

NOON = datetime(2030, 3, 1, 12, tzinfo=UTC)
OURS, THEIRS = AgencyId.new(NOON), AgencyId.new(NOON)
PARTY = PartyId.new(NOON)


def officer(*roles: str, level: int = 3, purpose: str | None = None) -> Actor:
    return Actor(
        f"officer:{OfficerId.new(NOON)}", "officer", OURS, frozenset(roles), level, purpose, frozenset({OURS})
    )


def test_the_matrix_is_the_one_a_legal_reviewer_signed() -> None:
    assert matrix(NAMED) == (Path(__file__).parent / "matrix.txt").read_text()


def test_the_policy_fits_its_schema_and_names_every_action() -> None:
    assert cedarpy.validate_policies(TEXT, SCHEMA_TEXT).validation_passed
    assert [action for action in Action if f'"{action}"' not in SCHEMA_TEXT] == []


def test_an_object_of_another_agency_does_not_exist() -> None:
    mandate = authorize(officer("DEVICE_ADMIN"), Action.DEVICE_INSTALL)

    assert permitted(mandate, Resource("dev_1", OURS)).rule == "DEVICE-ADMIN"
    with pytest.raises(Refusal, match="There is no dev_1") as refusal:
        permitted(mandate, Resource("dev_1", THEIRS))
    assert refusal.value.code == "NOT_FOUND"


@pytest.mark.law(APL_41_2)
def test_no_service_may_do_what_the_law_keeps_for_people() -> None:
    for action in (Action.CASE_DECIDE, Action.CAPTURE_ACCEPT, Action.DEVICE_ACTIVATE):
        with pytest.raises(Refusal) as refusal:
            authorize(service_actor("case"), action)
        assert (refusal.value.code, refusal.value.article) == ("HUMAN_ACTION_REQUIRED", APL_41_2)


def test_what_lies_above_ones_level_is_refused() -> None:
    mandate = authorize(officer("CASE_OFFICER", level=2, purpose="REVIEW"), Action.CASE_READ)

    assert permitted(mandate, Resource("cas_1", OURS, level=2))
    with pytest.raises(Refusal, match="rule LEVEL forbids it"):
        permitted(mandate, Resource("cas_1", OURS, level=3))


def test_a_picture_is_shown_for_a_purpose_alone() -> None:
    with pytest.raises(Refusal) as refusal:
        permitted(
            authorize(officer("EVIDENCE_REVIEWER"), Action.CAPTURE_VIEW_IMAGE),
            Resource("evd_1", OURS, level=3),
        )
    assert refusal.value.code == "PURPOSE_NOT_ALLOWED"

    mandate = authorize(officer("EVIDENCE_REVIEWER", purpose="REVIEW"), Action.CAPTURE_VIEW_IMAGE)
    assert permitted(mandate, Resource("evd_1", OURS, level=3)).rule == "CAPTURE-REVIEW"


def test_a_party_reads_its_own_case_and_no_other() -> None:
    actor = Actor(f"party:{PARTY}", "party", level=3)
    mandate = authorize(actor, Action.CASE_READ)

    assert permitted(mandate, Resource("cas_1", OURS, level=3, party_id=PARTY)).rule == "CASE-PARTY"
    with pytest.raises(Refusal, match="There is no cas_2"):
        permitted(mandate, Resource("cas_2", OURS, level=3, party_id=PartyId.new(NOON)))


def test_nobody_makes_a_mandate_or_a_permit_by_hand() -> None:
    with pytest.raises(TypeError, match="authorize"):
        Mandate(officer(), Action.CASE_READ, "RULE", object())
    with pytest.raises(TypeError, match=r"Tx\.permit"):
        Permit(Resource("cas_1", OURS), "RULE", object())


def test_the_session_of_a_query_code_reaches_its_case_and_nothing_else_of_the_party() -> None:
    own, other = CaseId.new(NOON), CaseId.new(NOON)
    party = PartyId.new(NOON)
    whole = Actor(f"party:{party}", "party", None, frozenset({"PARTY"}))
    limited = replace(whole, case_id=own)
    case, beside, consent = (Resource("x", NO_AGENCY, 3, party, case_id=each) for each in (own, other, None))

    assert permitted(authorize(limited, Action.CASE_READ), case).rule == "CASE-PARTY"
    for elsewhere in (beside, consent):
        assert permitted(authorize(whole, Action.CASE_READ), elsewhere).rule == "CASE-PARTY"
        with pytest.raises(Refusal) as refusal:
            permitted(authorize(limited, Action.CASE_READ), elsewhere)
        assert refusal.value.kind is Kind.NOT_FOUND
    for act in (Action.CONSENT_SIGN, Action.CONSENT_WITHDRAW, Action.CONSENT_READ):
        authorize(whole, act)
        with pytest.raises(Refusal, match="ONE-CASE"):
            authorize(limited, act)
