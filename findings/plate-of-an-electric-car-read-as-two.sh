#!/usr/bin/env bash
# Plates of electric cars (新能源汽车号牌), read out of text.
#
# Versions     pyunit-plate 2020.6.17 (Python 3.11)
# Expectation  GA 36-2018: such a plate has six places after the two characters of its office; a small car's first place
#              is one of D, A, B, C, E (battery) or F, G, H, J, K (others). A text that holds one plate gives one plate,
#              whole, or none.
# Behaviour    plate_number gives a plate of the old military series for the letters inside, before the car's own. Where
#              the letter is none of D and F, it gives the car's plate without its last place: that of another car.
# Why it matters  The plate leads to the owner. A case that begins with a plate that is one place short begins against
#              somebody else, whose ordinary plate it is.
# The plates below are made up.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyunit-plate==2020.6.17'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
from pyunit_plate import plate_number

for plate in ("沪A12345", "沪AD12345", "沪AF12345", "沪AA12345", "沪AK12345"):
    print(plate, "gives", ", ".join(f"{found['plate']} {found['type']}" for found in plate_number(plate)))
PYTHON
cat > "$work/expected" <<'TEXT'
沪A12345 gives 沪A12345 民用车牌
沪AD12345 gives AD12345 新军车牌, 沪AD12345 新能源车牌
沪AF12345 gives AF12345 新军车牌, 沪AF12345 新能源车牌
沪AA12345 gives AA12345 新军车牌, 沪AA1234 民用车牌
沪AK12345 gives AK12345 新军车牌, 沪AK1234 民用车牌
TEXT
diff "$work/expected" "$work/output" && echo "as found"
