#!/usr/bin/env bash
# Dates of an inventory in a workbook whose author used the date formats of a Chinese menu.
#
# Versions     openpyxl 3.1.5, with python-calamine 0.9.1 beside it (Python 3.11)
# Expectation  ECMA-376 Part 1, 18.8.30: the number formats 27 to 36 and 50 to 58 are built in and not written into the
#              file; in the Chinese locale they are dates and times, 31 is yyyy"年"m"月"d"日" and 57 yyyy"年"m"月". A
#              reader gives a cell of such a format as it gives one of format 14.
# Behaviour    openpyxl gives the serial number, an int, for all nineteen of them, and says nothing; a format that the
#              file writes out is read as a date. calamine gives the date for each.
# Why it matters  The day of installation and the end of a verification stand in such cells. A reader that takes 45000
#              for text or a count loses the day by which a device is lawful, or writes it into another column.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'openpyxl==3.1.5' 'python-calamine==0.9.1'
cd "$work"
"$work/venv/bin/python" - <<'PYTHON' | tee output
import re
import zipfile
from datetime import date, datetime

import openpyxl
from python_calamine import CalamineWorkbook

BUILT_IN = [14, *range(27, 37), *range(50, 59)]
book = openpyxl.Workbook()
for row in range(1, len(BUILT_IN) + 1):
    book.active.cell(row, 1, 45000)
book.save("plain.xlsx")
cell = '<xf numFmtId="{}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
with zipfile.ZipFile("plain.xlsx") as plain, zipfile.ZipFile("list.xlsx", "w") as written:
    for name in plain.namelist():
        text = plain.read(name)
        if name == "xl/styles.xml":
            formats = "".join(cell.format(number) for number in (0, *BUILT_IN))
            count = len(BUILT_IN) + 1
            whole = f'<cellXfs count="{count}">{formats}</cellXfs>'
            text = re.sub("<cellXfs.*?</cellXfs>", whole, text.decode(), flags=re.DOTALL).encode()
        if name == "xl/worksheets/sheet1.xml":
            text = re.sub(r'<c r="A(\d+)"', r'<c r="A\1" s="\1"', text.decode()).encode()
        written.writestr(name, text)
sheet = openpyxl.load_workbook("list.xlsx").active
first = [sheet.cell(row, 1).value for row in range(1, len(BUILT_IN) + 1)]
second = [row[0] for row in CalamineWorkbook.from_path("list.xlsx").get_sheet_by_index(0).to_python()]
for name, values in (("openpyxl", first), ("calamine", second)):
    dates = [number for number, value in zip(BUILT_IN, values) if isinstance(value, (date, datetime))]
    print(f"{name}: format 14 is a date {14 in dates}; of the nineteen others {len(dates) - (14 in dates)} are")
print("openpyxl gives for format 31:", first[BUILT_IN.index(31)])
PYTHON
cat > expected <<'TEXT'
openpyxl: format 14 is a date True; of the nineteen others 0 are
calamine: format 14 is a date True; of the nineteen others 19 are
openpyxl gives for format 31: 45000
TEXT
diff expected output && echo "as found"
