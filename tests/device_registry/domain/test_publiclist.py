"""The tree over the lines of a public list: each line leads to the root, a changed one does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.values.ids import PublicListId
from device_registry.domain.device import Certificate, Function, Metrology, Result
from device_registry.domain.publiclist import due_day, lines_of, path_of, root_of, take, verified_until
from ledger.merkle import leaf_hash, verify_inclusion
from tests.device_registry.domain.dossiers import CERTIFICATE, FUNCTION

NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_every_line_leads_to_the_root_and_a_changed_line_does_not(size: int) -> None:
    lines = lines_of([{"device_id": f"dev_{n}"} for n in range(size)])
    root = root_of(lines)

    for index, line in enumerate(lines):
        verify_inclusion(index, size, leaf_hash(line), path_of(index, lines), root)
        with pytest.raises(ValueError, match="does not lead"):
            verify_inclusion(index, size, leaf_hash(line + b" "), path_of(index, lines), root)


def test_the_record_names_the_lines_the_bytes_and_both_digests() -> None:
    lines = lines_of([{"b": "2", "a": "1"}])

    fact, content = take(PublicListId.new(NOON), date(2025, 6, 1), lines)

    assert content == b'{"a":"1","b":"2"}\n'
    assert (fact.devices, fact.size, fact.root) == (1, len(content), root_of(lines).hex())


@pytest.mark.parametrize(
    ("at", "last", "due"),
    [
        (datetime(2025, 6, 2, 15, 59, 59, tzinfo=UTC), date(2025, 6, 1), None),
        (datetime(2025, 6, 2, 16, 0, tzinfo=UTC), date(2025, 6, 1), date(2025, 6, 2)),
        (datetime(2025, 6, 9, 16, 0, tzinfo=UTC), date(2025, 6, 1), date(2025, 6, 9)),
    ],
    ids=["a second before midnight", "midnight in Shanghai", "after a week without service"],
)
def test_the_list_of_a_day_is_due_when_the_day_is_over(at: datetime, last: date, due: date | None) -> None:
    assert due_day(last, at=at) == due


def test_the_public_day_is_the_earliest_over_the_functions_that_must_be_verified() -> None:
    def until(*certificates: Certificate, functions: tuple[Function, ...] = (FUNCTION,)) -> date | None:
        return verified_until(functions, certificates, NOON)

    speed = replace(FUNCTION, code="CM-0301")
    longer = replace(CERTIFICATE, certificate_no="JL-2", functions=("CM-0301",), valid_until=date(2026, 1, 1))
    failed = replace(CERTIFICATE, result=Result.FAIL, verified_on=date(2025, 5, 1))

    assert until(CERTIFICATE) == date(2025, 6, 30)
    assert until(CERTIFICATE, longer, functions=(FUNCTION, speed)) == date(2025, 6, 30)
    assert until(longer, functions=(FUNCTION, speed)) is None
    assert until(replace(CERTIFICATE, invalid_from=date(2025, 5, 1))) is None
    assert until(CERTIFICATE, failed) is None
    assert until(CERTIFICATE, functions=(replace(FUNCTION, metrology=Metrology.NONE),)) is None
