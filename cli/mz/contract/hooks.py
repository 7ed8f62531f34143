"""Runs inside .venv-contract, loaded by schemathesis: says who calls, as a server expects to hear it at each address.

MINGZHENG_CALLER is a JSON object: `token` of a person, `client` (id, secret), `camera` (account, password).
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

CALLER: dict[str, Any] = json.loads(os.environ["MINGZHENG_CALLER"])

schemathesis.auth.set_from_requests(HTTPDigestAuth(*CALLER["camera"])).apply_to(path_regex="^/VIID/")
schemathesis.auth.set_from_requests(HTTPBasicAuth(*CALLER["client"])).apply_to(path_regex="^/oauth2/")


@schemathesis.auth().apply_to(path_regex="^/(v1|ledger|ingest|isapi|\\.well-known)/")
class Bearer:
    """The access token of the caller."""

    def get(self, case: Any, context: Any) -> str:
        return str(CALLER["token"])

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
