#!/usr/bin/env bash
# Two schemas with one title: a generator of clients drops one of them, and every operation that uses it.
#
# Versions     openapi-python-client 0.29.1 (Python 3.11)
# Expectation  JSON Schema 2020-12, 9.1: `title` is an annotation; it need not be unique. The names of schemas are the keys
#              of components.schemas. Two schemas with two keys and one title are two models.
# Behaviour    The class is named by the title. The second schema is left out, the operation that refers to it is not
#              generated, and the command ends with success. The warning about an answer names no status code but the
#              address of an object in memory.
# Why it matters  Several services of a city have an "AppealOrder" each; the gateway keeps them apart by their keys. A
#              client built from the document could order nothing of the second service, and the build was green.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'openapi-python-client==0.29.1'
cat > openapi.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "City", "version": "1"},
 "paths": {
  "/v1/fines": {"post": {"operationId": "fine_appeal", "responses": {"204": {"description": "-"}}, "requestBody":
   {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/FineAppeal"}}}}}},
  "/v1/permits": {"post": {"operationId": "permit_appeal", "responses": {"204": {"description": "-"}}, "requestBody":
   {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/PermitAppeal"}}}}}},
  "/v1/files": {"get": {"operationId": "read_file", "responses": {"200": {"description": "-", "content":
   {"application/pdf": {"schema": {}}}}}}}},
 "components": {"schemas": {
  "FineAppeal": {"title": "AppealOrder", "type": "object", "properties": {"fine": {"type": "string"}}},
  "PermitAppeal": {"title": "AppealOrder", "type": "object", "properties": {"permit": {"type": "string"}}}}}}
JSON
PATH="$work/venv/bin:$PATH" openapi-python-client generate --path openapi.json --output-path client --meta none \
  > said 2>&1 && ended=0 || ended=$?
{
  echo "ended with $ended"
  for name in fine_appeal permit_appeal; do
    if [ -f "client/api/default/$name.py" ]; then echo "$name: generated"; else echo "$name: missing"; fi
  done
  grep -q "status code 200" said && echo "the warning names 200" || echo "the warning names no 200"
  grep -q "UntrustedString object at 0x" said && echo "it names an address in memory"
} | tee output
cat > expected <<'TEXT'
ended with 0
fine_appeal: generated
permit_appeal: missing
the warning names no 200
it names an address in memory
TEXT
diff expected output && echo "as found"
