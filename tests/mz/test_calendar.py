"""`./mz calendar load`: a year's notice reaches the running services."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from common.values.errors import Kind, Refusal
from common.values.notices import Calendars
from mz.operate.calendar import load
from tests.common.test_holidays import notice


def test_a_loaded_notice_is_in_force_at_once_and_says_where_it_is_from(tmp_path: Path) -> None:
    folder, file = tmp_path / "calendars", tmp_path / "2027.json"
    calendars = Calendars(folder)
    before = calendars().is_published(date(2027, 3, 1))
    file.write_bytes(notice(version="whatever"))

    loaded, is_new = load(folder, file, source="国办发明电〔2026〕9号")

    assert (before, is_new, calendars().is_published(date(2027, 3, 1))) == (False, True, True)
    assert (loaded.version, loaded.source) == ("CN-2027.1", "国办发明电〔2026〕9号")
    assert "国办发明电〔2026〕9号" in (folder / "calendar-2027.json").read_text()


def test_the_same_notice_again_changes_nothing_and_a_corrected_one_is_a_new_version(tmp_path: Path) -> None:
    folder, file = tmp_path / "calendars", tmp_path / "2027.json"
    file.write_bytes(notice())
    load(folder, file, source="first")

    again = load(folder, file, source="first")
    file.write_bytes(notice(make_up_workdays=["2027-02-21"]))
    corrected = load(folder, file, source="second")

    assert (again[0].version, again[1]) == ("CN-2027.1", False)
    assert (corrected[0].version, corrected[1]) == ("CN-2027.2", True)


def test_a_broken_file_stops_every_deadline_until_its_year_is_loaded_again(tmp_path: Path) -> None:
    folder, file = tmp_path / "calendars", tmp_path / "2027.json"
    file.write_bytes(notice())
    load(folder, file, source="first")
    (folder / "calendar-2027.json").write_text("{")
    calendars = Calendars(folder)

    with pytest.raises(Refusal) as refusal:
        calendars()
    load(folder, file, source="first")

    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "CALENDAR_UNREADABLE")
    assert calendars().is_published(date(2027, 3, 1))


def test_a_file_that_is_refused_leaves_what_was_loaded(tmp_path: Path) -> None:
    folder, file = tmp_path / "calendars", tmp_path / "2027.json"
    file.write_bytes(notice())
    load(folder, file, source="first")
    file.write_bytes(notice(days_off=["2027-01-01"]))

    with pytest.raises(ValueError, match="statutory holiday"):
        load(folder, file, source="second")

    assert Calendars(folder)().version.endswith("CN-2027.1")
