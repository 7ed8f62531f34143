"""Parts that every OpenAPI document of ours shares: refusals, headers, parameters, the form of a problem."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from common.policy.decisions import TEXT
from common.values.errors import STATUS
from common.web.problem import MEDIA_TYPE, TITLES

REF: Final = "#/components"


def _rule(id: str) -> str:
    """The text of the forbidding rule with this id."""
    return TEXT.partition(f'@id("{id}")')[2].partition("forbid")[2].partition(";")[0]


def _acts(rule: str) -> frozenset[str]:
    return frozenset(re.findall(r'Action::"([^"]+)"', rule))


def _purpose_parameter(rule: str, *, required: bool) -> dict[str, Any]:
    purposes = re.findall(r'(?<!Role::)"([A-Z_]+)"', rule)
    return {
        "name": "X-Purpose-Of-Use",
        "in": "header",
        "description": "查阅目的 · What personal data is read for; the reading is on record."
        + ("" if required else " 执法人员必填,当事人无须填写。 For officers; a party needs none."),
        "schema": {"type": "string", "enum": purposes},
        "example": purposes[0],
        "required": required,
    }


REFUSALS: Final = {
    400: "The request cannot be read, or lacks a header that it needs.",
    401: "The access token is missing, unsound or expired.",
    403: "No rule permits this act to the caller.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "The state of the thing does not allow this act now.",
    410: "The thing was erased for good.",
    412: "The thing was changed since the caller read it.",
    413: "The body is larger than this address accepts.",
    415: "This address reads another media type.",
    416: "The range begins behind the end of the file; Content-Range says how long it is.",
    422: "The request was read and does not fit; `errors` or `detail` says what would.",
    428: "The request must say which version it changes.",
    429: "The caller asks too often; Retry-After says when to ask again.",
    500: "An error of ours; nothing was changed.",
    501: "This part is planned and not built.",
    503: "Something we need does not answer now; Retry-After says when to ask again.",
}

PARAMETERS: Final = {
    "limit": "每页至多条数 · How many items one page holds at most.",
    "cursor": "上一页的 next_cursor · The `next_cursor` of the page before; leave it out for the first page.",
    "proof": "证明种类 · What the uploaded file proves, for example RETURN_SLIP.",
    "upload": "上传序号 · The number of the upload within its transfer, from 1.",
    "part": "分片序号 · The number of the part within its upload, from 1.",
    "range": "范围 · The part of the file that is wanted, in bytes (RFC 9110 §14.2).",
    "if-range": "若仍为此版本 · The strong ETag under which Range holds; otherwise the whole file comes.",
    "content-digest": "内容摘要 · The SHA-256 of the bytes of this message (RFC 9530).",
    "after": "从其后开始 · Start behind this position; -1 for the beginning.",
    "last-event-id": "最后收到的事件 · The `id` of the last event received; wins over `cursor`.",
    "unread": "只列未读的 · Only messages that nobody opened yet.",
    "case_id": "只列此案件的 · Only things that belong to this case.",
    "region": "地区 · The region of the calendar; `CN` is all of mainland China.",
    "provider": "通道 · The name of the provider whose report this is.",
    "code": "只列此类别的 · Only words for this class of messages.",
    "overdue": "只列逾期的 · Only what missed its day.",
    "year": "年份 · The year.",
    "type": "只列此类型的 · Only items of this type, for example `OV-2`.",
    "agency_id": "只列此机关的 · Only things that concern this agency.",
    "pressure": "只列催促到此程度的 · Only requests whose silence has gone this far.",
    "share": "共享属性 · Only data with this share attribute.",
    "if-none-match": "已有版本 · The ETag of the copy that the caller has (RFC 9110 §13.1.2).",
    "side": "只列本机关为此一方的 · Only requests in which the caller's agency is this side.",
    "state": "只列此状态 · Only things in this state.",
    "kid": "公钥标识 · The id of a key, as the partner chose it.",
    "at": "时刻 · The instant that the answer is about (RFC 3339 with a zone).",
    "from": "较小的日志条数 · The size of the smaller log.",
    "until": "截止日(不含) · The legal day on which the period ends; it is not part of it.",
    "undecided": "只列尚未作出决定的 · Only what nobody has decided yet; false: only what is decided.",
    "by": "按何分组 · By what figures are grouped; by people is refused.",
    "per": "统计周期 · Whether figures are of a month or of a day.",
    "to": "较大的日志条数 · The size of the larger log; all entries if left out.",
    "size": "日志条数 · The size of the log under which to prove; all entries if left out.",
    "suite": "算法套件 · The suite of algorithms of the tree.",
    "index": "日志中的序号 · The index of the entry in the log, from 0.",
    "n": "图片序号 · The number of the picture within its capture, from 0.",
    "kind": "种类 · The kind: of a stream its noun, of a tile its level or `entries`, of a message NOTICE or SERVICE.",
    "name": "名称 · The name: of a stream the id of its object.",
    "rest": "其余路径 · The rest of the path, as c2sp.org/tlog-tiles writes it.",
    "record_id": "记录编号 · The id of a record (UUIDv7).",
    "sha256": "SHA-256 · The SHA-256 of the bytes, in lowercase hex.",
    "account": "推送账号 · The name of a push account.",
    "image_id": "图像标识 · The ImageID of an image of GA/T 1400.",
    "types": "类型码 · Digits 11 to 13 of the codes, separated by commas.",
    "codes": "设备编码 · Codes of 20 digits, separated by commas; all if left out.",
    "first": "首条 · The number of the first one, from 1.",
    "days": "最近几日 · Over how many days, today included.",
    "capture-manifest": "签名清单 · The manifest of the capture, base64 of its canonical bytes.",
    "capture-signature": "签名 · The device's signature over these bytes, base64.",
    "token": "秘密地址 · The secret part of a camera's own address.",
    "number": "密钥序号 · The number of a device's signing key: what follows `#` in its name.",
    "device_code": "设备编号 · The 20 digits of a device.",
    "dry_run": "只试算 · Judge every row and write nothing.",
    "inventory-source": "清单来源 · Which inventory the file is; the code numbers of one source are compared.",
    "prefer": "等待 · `wait=5` waits up to five seconds for the answer to exist (RFC 7240).",
    "accept-encoding": "压缩 · `gzip` if the caller unpacks it.",
    "bank-signature": "银行签名 · The bank's signature over the body.",
}
"""The meaning of a parameter's name. One name means one thing on every route that has no description of its own."""

_FACTS: Final = {
    "type": "object",
    "description": "The facts that decided, by name, for clients with words of their own.",
}
_WORDING: Final = {
    "type": "string",
    "description": "Which of several sentences of the code this is; left out for the first.",
}
_REASONS: Final[dict[str, Any]] = {"facts": _FACTS, "wording": _WORDING}
PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457). Programs read `code`, which is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {"type": "string", "description": "`urn:mingzheng:` and the code."},
        "title": {"type": "string", "description": "The title of the status, in the language of `detail`."},
        "status": {"type": "integer"},
        "detail": {
            "type": "string",
            "description": "What decided, and what would be accepted; in Chinese, or in English by Accept-Language.",
        },
        "code": {"type": "string", "description": "The code in the catalogue of refusals."},
        "trace_id": {"type": "string", "description": "Tell us this when you report the refusal."},
        "facts": _FACTS,
        "wording": _WORDING,
        "article": {"type": ["string", "null"], "description": "The article that the refusal rests on."},
        "violations": {
            "type": "array",
            "description": "Every condition that is not met.",
            "items": {
                "type": "object",
                "required": ["code", "law", "detail"],
                "properties": {name: {"type": "string"} for name in ("code", "law", "detail")} | _REASONS,
            },
        },
        "errors": {
            "type": "array",
            "description": "Every fault of the input.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message")}
                | _REASONS,
            },
        },
    },
}
HEADERS: Final = {
    "X-Request-Id": ("The id of this request at the gateway.", "8f0c4be2a7d94f0f9a0c6c1f2b3d4e5f"),
    "RateLimit-Policy": ("The budget of the caller: quota and window in seconds.", '"app";q=600;w=60'),
    "RateLimit": ("What is left of the budget, and when it is full again.", '"app";r=599;t=1'),
    "Retry-After": ("Seconds until the call is worth repeating.", "1"),
    "WWW-Authenticate": ("How to say who asks (RFC 6750).", 'Bearer realm="mingzheng"'),
    "Mingzheng-Record": (
        "The records that this call added to the ledger, one or more ids.",
        "01936e8c-0000-7000-8000-000000000001",
    ),
    "Idempotency-Replayed": ("`true` where the call is a repeat: the answer is that of the first.", "true"),
    "Content-Language": ("The language of `title` and `detail`.", "zh-CN"),
    "ETag": ("The version of what is answered (RFC 9110 §8.8.3).", f'"{"9f" * 32}"'),
}
COMMON_HEADERS: Final = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "每次新作为一个新值 · A fresh value for each act; the same value for its repeats. Within 48 hours"
    " a repeat is answered like the first call and does nothing more.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{8,128}$"},
    "example": "f1c1c0a2b3f94d6e",
}
VERSIONED: Final = "/v1/cases/{case_id}/"
"""Acts at these addresses can be bound to the version of the object that their caller saw."""

VERSION_PARAMETER: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "所见版本 · The ETag of the case as the caller saw it: if the case was changed meanwhile, the act is"
    " refused with 412 and nothing happens.",
    "schema": {"type": "string"},
    "example": '"cas_01jncr9zzbesxswkq2xtrmk7p0.15"',
}
LANGUAGE_PARAMETER: Final = {
    "name": "Accept-Language",
    "in": "header",
    "description": "语言 · The language of refusals: `zh-CN`, which is the default, or `en`.",
    "schema": {"type": "string"},
    "example": "zh-CN",
}
_PURPOSE: Final = _rule("PURPOSE")
_CASE_PURPOSE: Final = _rule("CASE-PURPOSE")
PURPOSE_PARAMETER: Final = _purpose_parameter(_PURPOSE, required=True)
PURPOSE_OF: Final[dict[str, dict[str, Any]]] = {
    **dict.fromkeys(_acts(_PURPOSE), PURPOSE_PARAMETER),
    **{act: _purpose_parameter(_CASE_PURPOSE, required=False) for act in _acts(_CASE_PURPOSE)},
}
"""The header in which each act that needs a purpose hears it, as the policy asks for it."""


def name_of(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def header_refs(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"{REF}/headers/{name}"} for name in names}


def refusal_of(status: int) -> dict[str, Any]:
    kind = next((kind for kind, number in STATUS.items() if number == status), None)
    code = "INTERNAL" if kind is None else str(kind)
    example = {
        "type": f"urn:mingzheng:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": REFUSALS[status],
        "code": code,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }
    own = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}.get(status, [])
    return {
        "description": f"{TITLES[status]} · {REFUSALS[status]}",
        # A refusal may be on record, and then it names its record.
        "headers": header_refs(*COMMON_HEADERS, "Content-Language", "Mingzheng-Record", *own),
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{REF}/schemas/Problem"}, "example": example}},
    }
