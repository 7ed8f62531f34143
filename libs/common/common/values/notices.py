"""The yearly notices of the State Council on public holidays: the days off in lieu and the working weekends.

One file a year, `calendar-<year>.json`. The years that were published before a release lie in `data/`; an operator
loads a later one with `./mz calendar load`, which writes it into the installation's own folder. A year in that folder
wins over the same year in `data/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from common.values.calendar import SATURDAY, Calendar
from common.values.errors import Kind, Refusal
from common.values.holidays import FIRST_YEAR, statutory_holidays
from common.values.law import HOL_2

_DATA: Final = files("common.values") / "data"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Notice:
    """One yearly notice. `source` cites it; `make_up` are the weekend days on which offices work."""

    year: int
    version: str
    source: str
    days_off: frozenset[date]
    make_up: frozenset[date]

    def document(self, *, read_from: str) -> dict[str, Any]:
        """The notice as its file keeps it."""
        return {
            "region": "CN",
            "year": self.year,
            "version": self.version,
            "notice": self.source,
            "read_from": read_from,
            "days_off": sorted(day.isoformat() for day in self.days_off),
            "make_up_workdays": sorted(day.isoformat() for day in self.make_up),
        }


def parse_notice(raw: bytes, *, source: str = "", version: str = "") -> Notice:
    """The notice in a JSON file, of either of two shapes. Raises ValueError that names the day at fault.

    Ours: `{"year", "days_off": ["2027-01-01", …], "make_up_workdays": […]}`. Public holiday lists use the other:
    `{"year", "days": [{"date": "2027-01-01", "isOffDay": true}, …]}`. A notice may name days of the December before.
    """
    document = json.loads(raw)
    if not isinstance(document, dict) or type(document.get("year")) is not int:
        raise ValueError("the file holds no object with a year")
    year: int = document["year"]
    if "days" in document:
        days = [
            (_day_in(item.get("date")), item.get("isOffDay")) for item in _list_in(document, "days", dict)
        ]
        if any(type(is_off) is not bool for _, is_off in days):
            raise ValueError("every day needs isOffDay: true or false")
        off = frozenset(day for day, is_off in days if is_off)
        make_up = frozenset(day for day, is_off in days if not is_off)
    else:
        off, make_up = (
            frozenset(map(_day_in, _list_in(document, name, str)))
            for name in ("days_off", "make_up_workdays")
        )
    notice = Notice(
        year,
        version or str(document.get("version", "")),
        source or str(document.get("notice", "")),
        off,
        make_up,
    )
    _require_lawful(notice)
    return notice


def _list_in(document: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    items = document.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, kind) for item in items):
        raise ValueError(f"{name} is not a list of days")
    return items


def _day_in(text: Any) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("a day is written 2027-01-01")
    return date.fromisoformat(text)


def _require_lawful(notice: Notice) -> None:
    """Raises ValueError for a notice that cannot be the one of its year (HOL 2)."""
    year = notice.year
    if year < FIRST_YEAR:
        raise ValueError(
            f"years before {FIRST_YEAR} are not loaded: another version of the regulation was in force"
        )
    faults = {
        f"lies outside {year} and the December before": {
            day
            for day in notice.days_off | notice.make_up
            if not date(year - 1, 12, 1) <= day <= date(year, 12, 31)
        },
        "is a day off and a working day at once": notice.days_off & notice.make_up,
        f"is a statutory holiday ({HOL_2}) that the file leaves out": statutory_holidays(year)
        - notice.days_off,
        "is no weekend day, so it cannot be a make-up working day": {
            day for day in notice.make_up if day.weekday() < SATURDAY
        },
    }
    if not notice.days_off:
        raise ValueError(f"the file names no day off in {year}: that notice is not published yet")
    for fault, days in faults.items():
        if days:
            raise ValueError(f"{', '.join(map(str, sorted(days)))} {fault}")


@cache
def published() -> MappingProxyType[int, Notice]:
    """The notices that came with this release, by year. A process reads their files once."""
    entries = (entry for entry in _DATA.iterdir() if entry.name.startswith("calendar-"))
    notices = (parse_notice(entry.read_bytes()) for entry in entries)
    return MappingProxyType({notice.year: notice for notice in notices})


def loaded(folder: Path) -> dict[int, Notice]:
    """The notices that an operator loaded into `folder`, by year; none if there is no such folder.

    Raises ValueError that names the file at fault.
    """
    paths = sorted(folder.glob("calendar-*.json")) if folder.is_dir() else []
    return {notice.year: notice for notice in map(_read, paths)}


def _read(path: Path) -> Notice:
    try:
        return parse_notice(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def calendar_of(notices: Mapping[int, Notice] | Iterable[Notice]) -> Calendar:
    """The days of `notices` as one calendar, whose version names every year."""
    years = sorted(
        notices.values() if isinstance(notices, Mapping) else notices, key=lambda notice: notice.year
    )
    return Calendar(
        version="+".join(notice.version for notice in years),
        years=frozenset(notice.year for notice in years),
        days_off=frozenset(day for notice in years for day in notice.days_off),
        make_up=frozenset(day for notice in years for day in notice.make_up),
    )


class Calendars:
    """The calendar in force: of the release, and of `folder`, which is read again whenever it changes.

    Every process of one installation reads the same folder, so that a notice loaded there reaches all of them
    without a restart.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._stamp: int | None = None
        self._calendar = calendar_of(published())

    def __call__(self) -> Calendar:
        """The calendar now. Raises Refusal CALENDAR_UNREADABLE while a file cannot be read: guessing harms people."""
        if self._folder is None:
            return self._calendar
        try:
            # A file is replaced by a rename, which changes the folder's time.
            stamp = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return self._calendar
        if stamp != self._stamp:
            try:
                self._calendar = calendar_of(published() | loaded(self._folder))
            except ValueError as error:
                raise Refusal(
                    Kind.UNAVAILABLE, "CALENDAR_UNREADABLE", {"why": str(error)}, article=HOL_2
                ) from None
            self._stamp = stamp
        return self._calendar
