"""What was collected in an investigation, between the wire and the domain."""

from __future__ import annotations

from dataclasses import asdict

from case.contract.collecting import (
    CollectionView,
    FieldRecordView,
)
from case.contract.preserving import PreservationView
from case.contract.recordwords import (
    InquiryWordsView,
    InspectionWordsView,
    MaterialRequestWordsView,
    RecordWordsView,
)
from case.domain.collected import RecordKind
from case.domain.procedure import Case


def collection_view(case: Case) -> CollectionView:
    """The records of a case without their words, and what it keeps."""
    return CollectionView(
        case_id=case.id,
        state=case.state,
        records=[FieldRecordView.model_validate(asdict(record)) for record in case.records],
        preservations=[
            PreservationView.model_validate(asdict(kept) | {"is_to_be_returned": kept.is_to_be_returned})
            for kept in case.preservations
        ],
    )


def words_view(kind: RecordKind, order: str) -> RecordWordsView:
    """Every word of a record, as its first officer sent it."""
    return RecordWordsView(
        inquiry=InquiryWordsView.model_validate_json(order) if kind is RecordKind.INQUIRY else None,
        inspection=InspectionWordsView.model_validate_json(order) if kind is RecordKind.INSPECTION else None,
        request=MaterialRequestWordsView.model_validate_json(order) if kind is RecordKind.REQUEST else None,
    )
