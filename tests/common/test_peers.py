"""What another service answers is judged before it becomes an answer of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.values.errors import Refusal


@pytest.mark.parametrize(
    "body",
    [
        {"code": "CASE_TIME_BARRED", "facts": {"case": "cas_1"}},
        {"code": "CASE_TIME_BARRED", "facts": "none"},
        {"code": "NOT_FOUND", "wording": "zh"},
        {"code": ["NOT_FOUND"]},
        {"code": "CASE_GUARDS", "violations": [{"code": "CASE_TIME_BARRED", "law": "APL 36", "facts": 3}]},
        ["NOT_FOUND"],
    ],
    ids=["fact-missing", "facts-a-text", "wording-a-language", "code-a-list", "facts-a-number", "a-list"],
)
async def test_a_problem_that_we_have_no_words_for_says_that_the_peer_could_not_answer(
    tmp_path: Path, body: Any
) -> None:
    key = TokenKey.generate(tmp_path / "token.json")
    transport = httpx.MockTransport(lambda _: httpx.Response(409, json=body))
    peers = Peers("notification", key, {}, {"case": transport})

    with pytest.raises(Refusal) as refused:
        await peers.get("case", "/v1/cases")

    assert (refused.value.code, refused.value.wording) == ("PEER_UNAVAILABLE", "answered")
    await peers.close()
