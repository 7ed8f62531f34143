"""Typing errors of a decision, corrected without touching what was decided (更正, D-36a).

The places in which a word may be mistyped are a closed list. Kind, amount, basis and time of the act are not on it: who
wants to change one of those makes the decision lighter or revokes it (`amending`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from case.domain.amending import DecisionCorrected, require_amendable
from case.domain.deadlines import Terms
from case.domain.decision import require_decider
from case.domain.people import Hand
from case.domain.procedure import Case, require_no_doubt
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId
from common.values.law import APL_75_2

_AMOUNT: Final = re.compile(
    r"[0-9０-９一二三四五六七八九十百千万零壹贰叁肆伍陆柒捌玖拾佰仟]\s*(?:元|圆|分)|[¥￥]"
)


class Place(StrEnum):
    """Where a word was mistyped."""

    PARTY_NAME = "PARTY_NAME"
    PARTY_ADDRESS = "PARTY_ADDRESS"
    FACTS_WORDING = "FACTS_WORDING"
    PLACE_NAME = "PLACE_NAME"
    REASONS_WORDING = "REASONS_WORDING"


@dataclass(frozen=True)
class Pair:
    """The mistyped words and the right ones, in one place of the decision."""

    place: Place
    wrong: str
    right: str


def correct(
    case: Case,
    pairs: tuple[Pair, ...],
    *,
    document_id: DocumentId,
    sha256: str,
    committed: Commitment,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> DecisionCorrected:
    """The head corrects typing errors of a decision that was served (APL 75(2)); what was decided stays as it was."""
    require_correctable(case, pairs, hand=hand)
    assert case.decision is not None
    return DecisionCorrected(
        case.id,
        len(case.amendments) + 1,
        case.decision.document_id,
        document_id,
        sha256,
        tuple(pair.place for pair in pairs),
        committed,
        hand.officer_id,
        at,
        terms.serve_decision(at),
    )


def require_correctable(case: Case, pairs: tuple[Pair, ...], *, hand: Hand) -> None:
    """Raises Refusal CASE_CORRECTION_SUBSTANTIAL for a pair that is no typing error: equal words, or an amount."""
    require_amendable(case, act="correcting its decision")
    require_no_doubt(case, act="correcting its decision")
    require_decider(case, hand)
    if case.served_at is None or case.service_ordered is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": case.state},
            wording="not_changeable",
            article=APL_75_2,
        )
    for pair in pairs:
        if pair.wrong == pair.right or _AMOUNT.search(pair.wrong) or _AMOUNT.search(pair.right):
            raise Refusal(
                Kind.INVALID,
                "CASE_CORRECTION_SUBSTANTIAL",
                {"case": case.id, "place": pair.place},
                article=APL_75_2,
            )
