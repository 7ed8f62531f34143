#!/usr/bin/env bash
# A pattern that pydantic enforces and leaves out of the JSON schema.
#
# Versions     pydantic 2.14.3 (Python 3.11)
# Expectation  JSON Schema says what the model enforces: a type with a length, a validator and then, in a second
#              `Annotated`, a smaller length and a pattern has both in its schema, for what is sent and for what is answered.
# Behaviour    The model enforces all of them. The schema of what is sent has the lengths and no pattern; the schema of
#              what is answered has the pattern and no lengths. With the validator last, both schemas hold everything.
# Why it matters  A city's contract told senders that a line of a record may hold a line break; the platform refused it with 422.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pydantic==2.14.3'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
import json
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError

CLEAN = AfterValidator(str.strip)
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000), CLEAN]
Behind = Annotated[Text, StringConstraints(max_length=200, pattern="^[a-z ]*$")]
Last = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern="^[a-z ]*$"), CLEAN]

for name, kind in (("behind", Behind), ("last", Last)):
    adapter = TypeAdapter(kind)
    for mode in ("validation", "serialization"):
        print(name, mode, json.dumps(adapter.json_schema(mode=mode), sort_keys=True))
    for value in ("two\nlines", "a" * 201):
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            print(name, "refuses:", error.errors()[0]["type"])
PYTHON
cat > "$work/expected" <<'TEXT'
behind validation {"maxLength": 200, "minLength": 1, "type": "string"}
behind serialization {"pattern": "^[a-z ]*$", "type": "string"}
behind refuses: string_pattern_mismatch
behind refuses: too_long
last validation {"maxLength": 200, "minLength": 1, "pattern": "^[a-z ]*$", "type": "string"}
last serialization {"maxLength": 200, "minLength": 1, "pattern": "^[a-z ]*$", "type": "string"}
last refuses: string_pattern_mismatch
last refuses: string_too_long
TEXT
diff "$work/expected" "$work/output" && echo "as found"
