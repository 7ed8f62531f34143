#!/usr/bin/env bash
# Working days in China of a year whose State Council notice is not published yet, as three calendar packages give them.
#
# Versions     holidays 0.109, chinesecalendar 1.11.0, workalendar 17.0.0; Python 3.11
# Expectation  The days off in lieu and the working weekends of a year are known when the notice of that year is out
#              (for 2027: late in 2026). Until then a package says that it does not know, or marks what it guesses.
# Behaviour    holidays answers for 2027 as for any other year: it lists six weekdays as days off in lieu ("observed") and
#              no working weekend, and nothing in the answer tells it from a published year. Its 2026 agrees with the
#              notice day by day. chinesecalendar and workalendar raise.
# Why it matters  A deadline that is computed with such a day ends on another day than the law's; the party is told a
#              date that no notice supports. Statutory holidays and a provisional mark are needed instead.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'holidays==0.109' 'chinesecalendar==1.11.0' 'workalendar==17.0.0'
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee "$work/output"
from datetime import date

import chinese_calendar
import holidays
from workalendar.asia import China

china = holidays.China(years=[2027])
print("holidays: in lieu", *(f"{day}" for day, name in sorted(china.items()) if "observed" in name))
print("holidays: working weekends", sum(day.year == 2027 for day in china.weekend_workdays))
print("holidays: 2027-02-09 is a working day:", china.is_working_day(date(2027, 2, 9)))
for name, ask in (
    ("chinesecalendar", lambda: chinese_calendar.is_workday(date(2027, 2, 9))),
    ("workalendar", lambda: China().holidays(2027)),
):
    try:
        print(f"{name}: {ask()}")
    except Exception as error:
        print(f"{name}: {type(error).__name__}")
PYTHON
diff "$work/output" - <<'SEEN'
holidays: in lieu 2027-02-09 2027-02-10 2027-05-03 2027-05-04 2027-10-04 2027-10-05
holidays: working weekends 0
holidays: 2027-02-09 is a working day: False
chinesecalendar: NotImplementedError
workalendar: CalendarError
SEEN
echo "as described"
