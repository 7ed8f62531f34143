"""The bytes of a message as JSON: UTF-8 whatever the Content-Type says (RFC 8259 §8.1), and what old devices send.

    bytes ──trimmed──▶ UTF-8, or GBK beyond doubt ──▶ JSON ──a text that holds JSON: once more──▶ document

A text that could be two things is not guessed at: a wrong guess would give a vehicle another plate.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from common.values.errors import Kind, Refusal
from evidence.domain.capture import Flag

_BOM: Final = b"\xef\xbb\xbf"
_AROUND: Final = b"\0 \t\r\n\v\f\x1a"
"""Bytes after the document that say nothing: the end of a C text, line ends, the end of a DOS file."""

_SIGNS: Final = re.compile(rb"[\x80-\xff]+")
_UTF8: Final = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{1,2})+")
"""Signs of two or three bytes in UTF-8, whole or cut after the second."""

_LONGEST_NUMBER: Final = 18


def read_json(body: bytes) -> tuple[Any, frozenset[Flag]]:
    """The object or list in `body`, and what was odd about it. Raises Refusal MALFORMED.

    Keys are matched in any case, so they are lowered here. Integers beyond 18 digits are ids that a device
    wrote without quotation marks, and stay text.
    """
    flags: set[Flag] = set()
    document = _load(_text_of(body, flags), flags)
    if isinstance(document, str):
        flags.add(Flag.BODY_DOUBLE_ENCODED)
        document = _load(document, flags)
    if not isinstance(document, dict | list):
        raise Refusal(Kind.MALFORMED, "VIID_NOT_JSON")
    return document, frozenset(flags)


def _text_of(body: bytes, flags: set[Flag]) -> str:
    bare = body.removeprefix(_BOM).rstrip(_AROUND)
    if bare != body:
        flags.add(Flag.BODY_TRIMMED)
    try:
        return bare.decode()
    except UnicodeDecodeError:
        flags.add(Flag.BODY_GBK)
        return _gbk(bare)


def _gbk(body: bytes) -> str:
    """`body`, which is no UTF-8, as GBK. Raises Refusal MALFORMED where it may be UTF-8 with damaged bytes instead.

    Almost any bytes are some GBK. Common Chinese text in GBK lies within GB 2312, which damaged UTF-8 does not; a rare
    sign beside it is believed only if nothing else looks like UTF-8.
    """
    try:
        text = body.decode("gbk")
    except UnicodeDecodeError:
        raise Refusal(Kind.MALFORMED, "VIID_NOT_TEXT") from None
    like_utf8 = [_UTF8.fullmatch(signs) is not None for signs in _SIGNS.findall(body)]
    if all(like_utf8) or (any(like_utf8) and not _is_common(text)):
        raise Refusal(Kind.MALFORMED, "VIID_NOT_TEXT")
    return text


def _is_common(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _load(text: str, flags: set[Flag]) -> Any:
    def keyed(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        thing = {key.lower(): value for key, value in pairs}
        if len(thing) < len(pairs):
            flags.add(Flag.KEY_REPEATED)
        return thing

    try:
        return json.loads(
            text,
            object_pairs_hook=keyed,
            parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_NUMBER else digits,
            parse_float=Decimal,
            parse_constant=_no_constant,
        )
    except (ValueError, ArithmeticError, RecursionError):
        raise Refusal(Kind.MALFORMED, "VIID_NOT_JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
