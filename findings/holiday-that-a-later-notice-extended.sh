#!/usr/bin/env bash
# Working days of a year whose notice of holidays was changed within the year.
#
# Versions     workalendar 17.0.0, with chinese-calendar 1.11.0 and holidays 0.109 beside it (Python 3.11)
# Expectation  国办发明电〔2020〕1号 of 2020-01-26 extended the Spring Festival to 2020-02-02: 31 January was a holiday,
#              and 1 February, which the notice of the year had made a working Saturday, was none.
# Behaviour    workalendar counts both as working days; the years 2018 to 2022 are right otherwise. The two others agree
#              with the later notice.
# Why it matters  A period in working days that ran over these days ends two days early: a party that answered on the
#              last day is told that it was late, and nothing in the result hints at it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    'workalendar==17.0.0' 'chinese-calendar==1.11.0' 'holidays==0.109'
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee "$work/output"
from datetime import date

import chinese_calendar
import holidays
from workalendar.asia import China

asked = {
    "workalendar": China().is_working_day,
    "chinese-calendar": chinese_calendar.is_workday,
    "holidays": holidays.country_holidays("CN", years=2020).is_working_day,
}
for name, is_working_day in asked.items():
    worked = [day for day in (date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 3)) if is_working_day(day)]
    print(f"{name}:", ", ".join(map(str, worked)))
PYTHON
cat > "$work/expected" <<'TEXT'
workalendar: 2020-01-31, 2020-02-01, 2020-02-03
chinese-calendar: 2020-02-03
holidays: 2020-02-03
TEXT
diff "$work/expected" "$work/output" && echo "as found"
