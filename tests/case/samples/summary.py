"""A penalty on the spot: the form alone, its procedure is not built."""

from __future__ import annotations

from case.documents import DocumentKind
from case.documents.summarycontent import REMEDY_ORDER, OnTheSpot
from case.documents.wording import document_number
from tests.case.samples.mainpath import AGENCY, CAPTURE, DECISION, OFFICERS, PARTY, PROMPT

ON_THE_SPOT = OnTheSpot(
    number=document_number("明城执当罚", year=2025, serial=5),
    case_code=PROMPT.case_code,
    agency=AGENCY,
    party=PARTY,
    act=PROMPT.act,
    happened_at=CAPTURE.captured_at,
    place=CAPTURE.place,
    violated=DECISION.violated,
    basis=DECISION.basis,
    penalty="罚款",
    fine_fen=20000,
    collection=DECISION.collection,
    remedies=DECISION.remedies,
    remedy_order=REMEDY_ORDER,
    officers=OFFICERS,
    refusal="当事人拒绝签名",
)

SAMPLES = {"D-21": (DocumentKind.ON_THE_SPOT, ON_THE_SPOT)}
