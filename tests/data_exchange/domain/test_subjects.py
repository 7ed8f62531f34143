"""One spelling for each subject, and files of them. No database, no clock."""

from __future__ import annotations

import pytest

from data_exchange.domain.batchfiles import CSV, NDJSON, rows_in
from data_exchange.domain.subjects import SubjectKind, harmless, subject_of


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (SubjectKind.PLATE, "苏Ａ·１２３４５", "苏A12345"),
        (SubjectKind.PLATE, " 苏a 12345 ", "苏A12345"),
        (SubjectKind.PLATE, "苏AD12345", "苏AD12345"),
        (SubjectKind.PLATE, "粤Z1234港", "粤Z1234港"),
        (SubjectKind.PERSON_ID, "１１０１０１１９９００３０７４６１８", None),
        (SubjectKind.PERSON_ID, "11010519491231002x", "11010519491231002X"),
        (SubjectKind.PERSON_ID, "110105194912310021", None),
        (SubjectKind.PERSON_ID, "440524188001010014", "440524188001010014"),
        (SubjectKind.CREDIT_CODE, "91350100M000100Y43", "91350100M000100Y43"),
        (SubjectKind.CREDIT_CODE, "91350100M000100Y44", None),
        (SubjectKind.PERSON_NAME, "买买提•艾力", "买买提·艾力"),
        (SubjectKind.PERSON_NAME, "=HYPERLINK()", None),
        (SubjectKind.PLATE, "", None),
    ],
)
def test_everybody_who_means_one_subject_writes_it_alike(
    kind: SubjectKind, text: str, value: str | None
) -> None:
    subject = subject_of(kind, text)

    assert (subject.value if subject else None) == value


def test_a_table_computes_nothing_of_what_it_shows() -> None:
    assert [harmless(cell) for cell in ("=1+1", "+1", "-1", "@x", "苏A12345")] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "苏A12345",
    ]


def test_a_file_is_read_with_its_mark_its_quotes_and_its_empty_rows() -> None:
    csv = '\ufeffsubject,n\r\n"苏A1",1\r\n,2\r\n'.encode()
    ndjson = b'{"subject": "A"}\n\n[1]\nnot json\n'

    assert rows_in(csv, CSV) == ["苏A1", ""]
    assert rows_in(ndjson, NDJSON) == ["A", "", ""]
    assert rows_in(b"plate\r\nA\r\n", CSV) is None
    assert rows_in(b"\xff\xfe", CSV) is None
