"""The checklist of a sandbox: what a partner's system shows by its calls before it goes into production (GDS 35(2)).

    a call and its answer + the marks of earlier calls ─ watch ─▶ new marks; a check is passed once its name is one

A check never asks what the partner says of itself. Each one is passed by calls that only a system that works can make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

NAME: Final = "mingzheng-partner"
VERSION: Final = 1

Marks: TypeAlias = Mapping[str, str]
"""What earlier calls left: the name of a check that is passed, or a note that a later call is held against."""

LOST: Final = "lost"
"""Holds the Idempotency-Key of the call whose answer was lost."""
ENDPOINT: Final = "endpoint"
"""Holds the address for hints that the system named."""

_SKEWED: Final = "skewed"
_SKEW_CODES: Final = ("DX_CREATED_IN_FUTURE", "DX_SIGNATURE_EXPIRED")
_KIDS: Final = "kids"
_PAGE: Final = "page"
_EVENTS: Final = "events"
_REFUSED: Final = "refused"


@dataclass(frozen=True)
class Seen:
    """One call and its answer. `kid` is None unless its signature held; `revoked` are the keys that had ended by then.

    `key` is its Idempotency-Key, `code` that of a refusal, `answer` its members where it is a JSON object.
    """

    method: str
    path: str
    status: int
    kid: str | None = None
    key: str | None = None
    code: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    has_digest: bool = False
    revoked: frozenset[str] = frozenset()

    @property
    def is_good(self) -> bool:
        return self.kid is not None and 200 <= self.status < 300

    @property
    def is_write(self) -> bool:
        return self.method not in ("GET", "HEAD")


Watch: TypeAlias = Callable[[Seen, Marks], Mapping[str, str]]


@dataclass(frozen=True)
class Check:
    """One check. `zh` and `en` say what the system has to do; `watch` gives the marks that a call leaves."""

    name: str
    zh: str
    en: str
    watch: Watch | None = None


def watched(seen: Seen, marks: Marks) -> dict[str, str]:
    """The new marks that this call leaves. A check that is passed stays passed by the call that passed it."""
    new: dict[str, str] = {}
    for check in CHECKS:
        if check.watch is not None and check.name not in marks:
            new |= check.watch(seen, marks)
    return new


def missing(marks: Iterable[str]) -> list[str]:
    """The names of the checks that are not passed yet, in the order of the list."""
    passed = set(marks)
    return [check.name for check in CHECKS if check.name not in passed]


def _when(name: str, holds: Callable[[Seen], bool]) -> Watch:
    """A check that one good call passes."""
    return lambda seen, _: {name: seen.path} if seen.is_good and holds(seen) else {}


def _repeated(seen: Seen, marks: Marks) -> Mapping[str, str]:
    is_repeat = seen.is_good and seen.key is not None and seen.key == marks.get(LOST)
    return {"REPEATED_AFTER_LOSS": seen.path} if is_repeat else {}


def _paged(seen: Seen, marks: Marks) -> Mapping[str, str]:
    """Each page is asked with the cursor of the page before it, up to the one that names no next."""
    is_page = "next_cursor" in seen.answer and seen.path != "/v1/events"
    if not seen.is_good or seen.is_write or not is_page:
        return {}
    cursor, following = seen.query.get("cursor"), seen.answer["next_cursor"]
    follows = cursor is not None and marks.get(_PAGE) == f"{seen.path} {cursor}"
    if following:
        return {_PAGE: f"{seen.path} {following}"}
    return {"PAGED_TO_END": seen.path} if follows else {}


def _events(seen: Seen, marks: Marks) -> Mapping[str, str]:
    if not seen.is_good or seen.path != "/v1/events":
        return {}
    if (after := seen.query.get("after")) is not None and after == marks.get(_EVENTS):
        return {"EVENTS_FOLLOWED": after}
    following = seen.answer.get("next_cursor")
    return {} if following is None else {_EVENTS: str(following)}


def _endpoint(seen: Seen, marks: Marks) -> Mapping[str, str]:
    """The answer of the address is seen where the hints are sent."""
    is_named = seen.is_good and seen.is_write and seen.path == "/v1/webhook-endpoints"
    return {ENDPOINT: str(seen.answer.get("webhook_id"))} if is_named else {}


def _skew(seen: Seen, marks: Marks) -> Mapping[str, str]:
    if seen.code in _SKEW_CODES:
        return {_SKEWED: seen.code}
    return {"SKEW_MENDED": marks[_SKEWED]} if seen.is_good and _SKEWED in marks else {}


def _rolled(seen: Seen, marks: Marks) -> Mapping[str, str]:
    if not seen.is_good or seen.kid is None:
        return {}
    kids = set(marks.get(_KIDS, "").split())
    if (kids - {seen.kid}) & seen.revoked:
        return {"KEY_ROLLED": seen.kid}
    return {_KIDS: " ".join(sorted(kids | {seen.kid}))}


def _refusal(seen: Seen, marks: Marks) -> Mapping[str, str]:
    """A refused write, then a good one at the same address under another Idempotency-Key: not the same one again."""
    if seen.kid is None or not seen.is_write:
        return {}
    if seen.code is not None and 400 <= seen.status < 500:
        return {_REFUSED: f"{seen.path} {seen.key}"}
    path, _, key = marks.get(_REFUSED, "").partition(" ")
    return {"REFUSAL_MENDED": path} if seen.is_good and path == seen.path and key != seen.key else {}


def _is_comparison(seen: Seen) -> bool:
    return seen.is_write and seen.path == "/v1/comparisons"


CHECKS: Final[tuple[Check, ...]] = (
    Check(
        "READ_SIGNED",
        "签名并成功读取一次(GET)",
        "sign a read (GET) that succeeds",
        _when("READ_SIGNED", lambda seen: not seen.is_write),
    ),
    Check(
        "WRITE_SIGNED",
        "签名并成功写入一次(POST)",
        "sign a write (POST) that succeeds",
        _when("WRITE_SIGNED", lambda seen: seen.is_write),
    ),
    Check(
        "DIGEST_COVERED",
        "写入时带 Content-Digest,并将其纳入签名",
        "send Content-Digest with a write and cover it by the signature",
        _when("DIGEST_COVERED", lambda seen: seen.is_write and seen.has_digest),
    ),
    Check(
        "REPEATED_AFTER_LOSS",
        "布置 LOST_ANSWER 后写入一次;应答丢失,以同一 Idempotency-Key 重发并得到应答",
        "arm LOST_ANSWER and write; the answer is lost: repeat with the same Idempotency-Key and get it",
        _repeated,
    ),
    Check(
        "PAGED_TO_END",
        "逐页读取一个列表(limit 小于其条数),每次带上一页的 next_cursor,直到最后一页",
        "read a list page by page (limit below its length), each with next_cursor of the last, to its end",
        _paged,
    ),
    Check(
        "EVENTS_FOLLOWED",
        "读取 /v1/events,再以得到的 next_cursor 作 after 续读",
        "read /v1/events, and go on from there with its next_cursor as after",
        _events,
    ),
    Check(
        "WEBHOOK_ANSWERED",
        "登记一个推送地址,并应答其挑战",
        "name an address for hints, and answer its challenge",
        _endpoint,
    ),
    Check(
        "WEBHOOK_REPEAT_TAKEN",
        "布置 DUPLICATE_WEBHOOK;同一 webhook-id 的推送到达两次,两次均应答 2xx",
        "arm DUPLICATE_WEBHOOK; one hint comes twice under one webhook-id: answer both with 2xx",
    ),
    Check(
        "WEBHOOK_FORGERY_REFUSED",
        "布置 FORGED_WEBHOOK;签名不符的推送应答 4xx",
        "arm FORGED_WEBHOOK; answer the hint whose signature is wrong with 4xx",
    ),
    Check(
        "SKEW_MENDED",
        "布置 CLOCK_SKEW;一次调用因时间被拒,重新签名后成功",
        "arm CLOCK_SKEW; a call is refused for its time: sign it anew and succeed",
        _skew,
    ),
    Check(
        "KEY_ROLLED",
        "证明第二把密钥并用两把密钥各调用一次,吊销第一把,再用第二把调用",
        "prove a second key, call with both, revoke the first one, call with the second",
        _rolled,
    ),
    Check(
        "RECEIPT_READ",
        "读取一份回执 /v1/receipts/{record_id}",
        "read a receipt, /v1/receipts/{record_id}",
        _when("RECEIPT_READ", lambda seen: not seen.is_write and seen.path.startswith("/v1/receipts/")),
    ),
    Check(
        "RECEIPT_ACKNOWLEDGED",
        "确认收到对方行为(或沉默)的回执",
        "acknowledge the receipt of what the other side did, or of a silence",
        _when("RECEIPT_ACKNOWLEDGED", lambda seen: seen.is_write and seen.path.startswith("/v1/receipts/")),
    ),
    Check(
        "COMPARED_MATCH",
        "比对一个有记录的对象(magic 中的 match)",
        "compare a subject that matches (match in magic)",
        _when("COMPARED_MATCH", lambda seen: _is_comparison(seen) and seen.answer.get("verdict") == "MATCH"),
    ),
    Check(
        "COMPARED_NO_MATCH",
        "比对一个无记录的对象(no_match)",
        "compare a subject without a match (no_match)",
        _when(
            "COMPARED_NO_MATCH",
            lambda seen: _is_comparison(seen) and seen.answer.get("verdict") == "NO_MATCH",
        ),
    ),
    Check(
        "FIELDS_WITHHELD",
        "得到一份列明未提供字段的比对结果",
        "get an answer that says which fields were withheld",
        _when("FIELDS_WITHHELD", lambda seen: _is_comparison(seen) and bool(seen.answer.get("withheld"))),
    ),
    Check(
        "REFUSAL_MENDED",
        "一次写入被拒(例如不带 case_id 的比对),改正后以新的 Idempotency-Key 成功",
        "a write is refused (a comparison without case_id, say): mend it and succeed under a new Idempotency-Key",
        _refusal,
    ),
)
"""The current list. A check that joins it also raises VERSION, and production then refuses reports that lack it."""
