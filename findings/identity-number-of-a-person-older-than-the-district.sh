#!/usr/bin/env bash
# Identity numbers of Chinese residents whose county or district is younger than they are, in a validator.
#
# Versions     python-stdnum 2.2, and id-validator 1.0.20 beside it (Python 3.11)
# Expectation  GB 11643-1999: the first six digits are the code of the county in which the person is registered when the
#              number is given. Numbers are given since the 1980s, so people born earlier bear codes of districts that
#              began decades after their birth (Nanshan in Shenzhen, Pudong in Shanghai). A validator accepts them, as
#              the other one does; for a code that it does not know it answers, and does not fail.
# Behaviour    stdnum.cn.ric asks that the county existed in the year of birth: it refuses these numbers as
#              InvalidComponent. For a district that its list does not hold yet (Linping in Hangzhou, since 2021)
#              validate and is_valid end with KeyError, where is_valid promises True or False.
# Why it matters  A check at the door that uses it turns away the elderly of every new district, and answers 500 for
#              the newest ones.
# The numbers below are nobody's: made up, of births in 1900 and 2030.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'python-stdnum==2.2' 'id-validator==1.0.20'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
from id_validator import validator
from stdnum.cn import ric


def number(district: str, born: str) -> str:
    body = f"{district}{born}001"
    return body + ric.calc_check_digit(body + "0")


def answer(check, value: str) -> str:
    try:
        return str(check(value))
    except Exception as error:
        return type(error).__name__


for name, district in (("Nanshan, since 1990", "440305"), ("Pudong, since 1992", "310115"), ("Dongcheng", "110101")):
    old = number(district, "19000101")
    print(f"{name}: stdnum {answer(ric.is_valid, old)}, id-validator {answer(validator.is_valid, old)}")
young, unborn = number("440305", "20300101"), number("330113", "20300101")
print(f"Nanshan, born 2030: stdnum {answer(ric.is_valid, young)}")
print(f"Linping, since 2021: stdnum {answer(ric.is_valid, unborn)}")
PYTHON
cat > "$work/expected" <<'TEXT'
Nanshan, since 1990: stdnum False, id-validator True
Pudong, since 1992: stdnum False, id-validator True
Dongcheng: stdnum True, id-validator True
Nanshan, born 2030: stdnum True
Linping, since 2021: stdnum KeyError
TEXT
diff "$work/expected" "$work/output" && echo "as found"
