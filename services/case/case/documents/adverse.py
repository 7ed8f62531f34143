"""Which documents are adverse to the party, and that none of them goes out without its remedies (ARR 25; APL 59).

An act that may affect rights or duties for the worse names the way, the organ and the period of reconsideration. No
document of this platform enters anybody in a credit list (ARR 9(1)): a kind that did would be adverse, and would not
be made without its remedies either.
"""

from __future__ import annotations

from typing import Final

from case.documents.content import Remedies
from common.documents.content import Content, is_empty
from common.values.errors import Kind, Refusal
from common.values.law import ARR_25

ADVERSE: Final = {
    "D-03": "orders the party to do something, beside a penalty or alone",
    "D-11": "keeps somebody from using what is theirs",
    "D-11a": "says what becomes of it",
    "D-20": "holds that the party violated the law, though nothing is imposed",
    "D-20a": "imposes a penalty",
    "D-36": "holds the party to a lighter penalty, or ends a decision in its favour",
    "D-36a": "changes the words of a decision that the party is held to",
    "D-21": "imposes a penalty on the spot",
    "D-24": "refuses to let the party pay later, or binds it to a plan",
}
NOT_ADVERSE: Final = {
    "D-01": "an internal sheet: nothing follows for the party",
    "D-02": "tells of a suspicion and decides nothing",
    "D-04": "an internal sheet: nothing follows for the party",
    "D-05": "explains the law and decides nothing",
    "D-06": "an internal sheet: nothing follows for the party",
    "D-07": "an internal sheet: who goes on with the case",
    "D-08": "holds what was asked and answered",
    "D-09": "asks for material: a step of the investigation",
    "D-10": "holds what was found at a place",
    "D-13": "an internal sheet: nothing follows for the party",
    "D-14": "a step of the procedure: what is intended, before it is decided",
    "D-16": "holds what the party said",
    "D-17": "an internal sheet: the decision answers the party",
    "D-18a": "tells when and where the party is heard",
    "D-18b": "holds what was said in the hearing",
    "D-18c": "an internal sheet: the chair's report, which decides nothing",
    "D-19": "an internal sheet: the lawyer's view of what is to be decided",
    "D-22": "an internal sheet: what the heads said",
    "D-23": "tells how a decision is paid that named its remedies",
    "D-30": "an internal sheet: nothing follows for the party",
    "D-12": "an internal sheet: the procedure rests or goes on",
    "D-27": "repeats what the decision asks, before the court is asked, and opens the right to be heard",
    "D-28": "goes to the court, which decides",
    "D-29": "an internal sheet: the execution ends",
    "D-31": "goes to the agency that is competent, which decides",
    "D-32": "goes to the police, who decide",
    "D-33a": "the agency's answer to the organ",
    "D-33b": "the agency's answer to the court",
    "D-35": "the cover of the file",
}
"""Each kind of document is in one of the two, with the reason; a test fails for a new kind until it is."""


def require_remedies(kind: str, content: Content) -> None:
    """Raises Refusal CASE_REMEDY_TEXT_MISSING for an adverse document without remedy, organ or period (ARR 25)."""
    if kind not in ADVERSE:
        return
    remedies = getattr(content, "remedies", None)
    if not isinstance(remedies, Remedies):
        missing = ["remedies"]
    else:
        missing = [
            name
            for name in ("reconsideration_organ", "reconsideration_days", "court", "litigation_months")
            if is_empty(getattr(remedies, name)) or getattr(remedies, name) == 0
        ]
    if missing:
        raise Refusal(
            Kind.INVALID,
            "CASE_REMEDY_TEXT_MISSING",
            {"document": kind, "missing": missing},
            wording="document",
            article=ARR_25,
        )
