"""Refusals: what the platform said, and what to do about it.

Every refusal has a code, and the code is what a program reads. A fault of the protocol also names the header, what was
expected, what came, and the platform's time.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

import httpx

__all__ = ["Problem", "AnswerNotVerified"]


class AnswerNotVerified(Exception):
    """An answer whose signature does not hold over it and over the call. Nothing of it may be believed."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"the answer {status} is not what the platform signed: {why}")
        self.status = status
        self.why = why


@dataclass(eq=False)
class Problem(Exception):
    """A refusal of the platform (RFC 9457, at the token endpoint RFC 6749).

    `verified`: the service signed it, bound to this call. A refusal of the gateway and an answer 500 are not signed.
    `article` is the provision that a refusal rests on; `facts` are the values in its sentence. `errors` name by pointer
    the members of a body that do not fit, and `violations` the rules that an act would break.
    """

    status: int
    code: str
    title: str = ""
    detail: str = ""
    article: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    violations: list[dict[str, Any]] = field(default_factory=list)
    trace_id: str | None = None
    retry_after_s: float | None = None
    verified: bool = False

    @classmethod
    def of(cls, answer: httpx.Response, *, verified: bool) -> Self:
        """The refusal in `answer`, also where something between us and the platform wrote it."""
        try:
            body = json.loads(answer.content)
        except ValueError:
            body = {}
        if not isinstance(body, dict):
            body = {}
        pause = answer.headers.get("retry-after", "")
        facts = body.get("facts") or {
            name: body[name] for name in ("expected", "received", "server_time") if name in body
        }
        return cls(
            answer.status_code,
            str(body.get("code") or body.get("error") or f"HTTP_{answer.status_code}"),
            str(body.get("title", "")),
            str(body.get("detail") or body.get("error_description", "")),
            body.get("article"),
            facts,
            body.get("errors", []),
            body.get("violations", []),
            body.get("trace_id"),
            float(pause) if pause.isascii() and pause.isdigit() else None,
            verified,
        )

    @property
    def header(self) -> str | None:
        """The header at fault."""
        return self.facts.get("header")

    @property
    def expected(self) -> str | None:
        return self.facts.get("expected")

    @property
    def received(self) -> str | None:
        return self.facts.get("received")

    @property
    def server_time(self) -> datetime | None:
        """The platform's time when it refused."""
        text = self.facts.get("server_time")
        try:
            return datetime.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            return None

    @property
    def advice(self) -> str:
        """What to do, in Chinese and English."""
        for pattern, text in _ADVICE:
            if re.fullmatch(pattern, self.code):
                return text
        return _BY_STATUS.get(self.status, _OTHERWISE)

    def __str__(self) -> str:
        parts = [f"{self.status} {self.code}", self.detail or self.title]
        if self.header or self.expected:
            parts.append(f"{self.header or '-'}: expected {self.expected}, received {self.received}")
        return " | ".join([*filter(None, parts), self.advice])


_ADVICE: Final = (
    (
        r"DX_CREATED_IN_FUTURE|DX_SIGNATURE_EXPIRED|DPOP_TIME_WRONG|ASSERTION_(EXPIRED|TOO_LONG)",
        "校准本机时钟 · Set this machine's clock; the client follows the platform's time by itself.",
    ),
    (
        r"DX_NONCE_USED|DPOP_REPLAYED|ASSERTION_REPLAYED",
        "每次发送都重新签名 · Sign anew each time something is sent; keep only the Idempotency-Key.",
    ),
    (
        r"DX_DIGEST_.*",
        "对实际发出的字节计算摘要 · Digest exactly the bytes that are sent.",
    ),
    (
        r"DX_KEY_.*|DX_KEYS_STALE|ASSERTION_KEY_UNKNOWN",
        "公布并证明该密钥,或换用有效密钥 · Publish and prove this key, or use one that is valid.",
    ),
    (
        r"DX_(AGREEMENT|PURPOSE|CASE|ON_BEHALF|SERVICE)_.*|DETAILS_.*",
        "查看 GET /v1/catalog/allowed · See GET /v1/catalog/allowed for what is in force.",
    ),
    (
        r"DX_APPLICATION_.*|APPLICATION_.*",
        "请本机关经办人查看应用状态 · Ask your agency's officer about the application's state.",
    ),
    (
        r"DX_(SIGNATURE|COMPONENT|PARAMETER|CREATED|EXPIRES|KEYID|NONCE)_.*",
        "按 expected 修正签名 · Mend the signature as `expected` says.",
    ),
    (
        r"TOKEN_.*|DPOP_.*|ASSERTION_.*",
        "按 expected 修正令牌或证明 · Mend the token or its proof as `expected` says.",
    ),
    (
        r"IDEMPOTENCY_KEY_REUSED",
        "新的内容用新的键 · Another body needs another Idempotency-Key.",
    ),
    (
        r"DX_EVENTS_GONE",
        "重新列出对象,再从头读取 · List the objects anew and begin without a cursor.",
    ),
)
_BY_STATUS: Final = {
    403: "无此权限,勿重试 · Not permitted; do not repeat it.",
    404: "对贵机关不存在 · It does not exist for your agency.",
    409: "先读取当前状态 · Read the object's state first.",
    422: "按 errors 修正内容 · Mend the body as `errors` says.",
    429: "等待 Retry-After 后再试 · Wait as Retry-After says.",
    503: "等待后以同一键重试 · Repeat with the same Idempotency-Key after Retry-After.",
}
_OTHERWISE: Final = "保留 trace_id 并联系平台运维 · Keep the trace_id and ask the operator of the platform."
