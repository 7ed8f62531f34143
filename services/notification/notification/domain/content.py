"""What a text may say: forbidden content, variables, and the parts into which an SMS is cut.

    {agency}提示：您于{time}在{place}涉嫌{act}。        a name in braces is a variable; nothing else stands in braces

The rule is asked twice: about the template when it is drafted, and about the words when the variables are in it, since
an officer's own words come with them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.law import NJ_15

MESSAGE_LENGTH: Final = 300
"""Characters that a text may have: an SMS carries no more."""

SUPPLEMENT_LENGTH: Final = 900
"""Characters of a text in another language, which needs about three times as many. It goes into an SMS only where both
texts together keep to `MESSAGE_LENGTH`."""

VARIABLES: Final = frozenset(
    {
        "agency", "phone", "address", "portal", "party", "vehicle", "time", "place", "act", "correction", "deadline",
        "query_code", "pay_by", "step", "incident", "measures", "topic",
    }
)  # fmt: skip
"""Every variable that a template may name. `vehicle` is a phrase with the plate, and empty without one."""

_PROMPTS: Final = frozenset({"N-01", "N-02"})
"""The classes that tell of a mere suspicion. Fraudsters imitate them."""

_OF_A_ROAD: Final = "(?![路街巷里弄桥村镇区])"  # 一元路 is a road
_AMOUNT: Final = re.compile(
    rf"[0-9０-９一二三四五六七八九十百千万]\s*(?:元{_OF_A_ROAD}|块钱|圆|人民币|RMB|CNY|yuan)|[¥￥$]\s*[0-9]"
    r"|罚款|罚金|人民币|\bfines?\b",
    re.IGNORECASE,
)
_PAYMENT: Final = re.compile(
    r"缴款|缴费|缴纳|支付|付款|转账|汇款|扫码|二维码|银行卡|\bpay(?:ments?|ing|able)?\b|\btransfer\b|QR code",
    re.IGNORECASE,
)
_VERDICT: Final = re.compile(
    r"构成违法|违法事实|(?:已经?|属于|确系|确属|认定为)违法|违法成立|处罚|受罚|有责任|有罪"
    r"|\bguilty\b|\bpenalt(?:y|ies)\b|violated the law|\boffen[cs]e was\b",
    re.IGNORECASE,
)
_ATTACHMENT: Final = re.compile(r"附件|所附|附图|附后|\battach(?:ed|ment)s?\b", re.IGNORECASE)
_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s，。；、）)]*|[a-z0-9-]+\.(?:com|cn|net|top|xyz|org|cc|vip)\b", re.IGNORECASE
)
_SUSPECTED: Final = re.compile(r"涉嫌|\bsuspected\b", re.IGNORECASE)
_FREE: Final = re.compile(r"本提示不收取任何费用|This notice costs nothing", re.IGNORECASE)
_PREVAILS: Final = "The Chinese text prevails."

_BRACES: Final = re.compile(r"\{([a-z_]*)\}|[{}]")
_ONE_PART: Final = 70
_EACH_PART: Final = 67


def require_permitted_content(
    code: str, text: str, *, official_domain: str, most: int = MESSAGE_LENGTH
) -> None:
    """Refuse a text that its class may not say (NJ 15).

    Fraudsters imitate prompts. Therefore a prompt has no amount, no way to pay, no attachment, no link but to the
    official domain, says that something is suspected and never that it is proved, and says that it costs nothing. The
    refusal names each fault by its kind and never quotes it.
    """
    faults = [f"more than {most} characters"] if len(text) > most else []
    if any(not _is_official(link.group(), official_domain) for link in _LINK.finditer(text)):
        faults.append("FOREIGN_LINK")
    if code in _PROMPTS:
        forbidden = {
            "AMOUNT": _AMOUNT,
            "WAY_TO_PAY": _PAYMENT,
            "VERDICT": _VERDICT,
            "ATTACHMENT": _ATTACHMENT,
        }
        faults += [name for name, pattern in forbidden.items() if pattern.search(text)]
        faults += [] if _SUSPECTED.search(text) else ["no 涉嫌"]
        faults += [] if _FREE.search(text) else ["no 本提示不收取任何费用"]
    if faults:
        raise Refusal(
            Kind.INVALID, "NOTI_CONTENT_FORBIDDEN", {"class": code, "forbidden": faults}, article=NJ_15
        )


def require_supplement(text: str) -> None:
    """A text in another language says that the Chinese one prevails; both go out together."""
    if _PREVAILS not in text:
        raise Refusal(Kind.INVALID, "NOTI_SUPPLEMENT", {"sentence": _PREVAILS})


def variables_of(text: str) -> frozenset[str]:
    """The variables that `text` names. Refusal NOTI_TEMPLATE_VARIABLES for a stray brace and for an unknown name."""
    names = {found[1] for found in _BRACES.finditer(text)}
    unknown = sorted(name or "{}" for name in names - VARIABLES)
    if unknown:
        raise Refusal(
            Kind.INVALID, "NOTI_TEMPLATE_VARIABLES", {"unknown": unknown, "known": sorted(VARIABLES)}
        )
    return frozenset(names)


def require_variables(code: str, text: str, needed: Collection[str]) -> None:
    """A template of a class names at least what the class has to tell (NJ 15).

    A prompt from which the party cannot see what happened, where, when, until when it may correct and whom to call
    does not ease anything.
    """
    _require(code, sorted(set(needed) - variables_of(text)))


def filled(code: str, text: str, values: Mapping[str, str | None], needed: Collection[str]) -> str:
    """`text` with the values of its variables. Refusal NOTI_VARIABLE_MISSING names those that a message must have.

    A variable that the class can do without is left empty where nothing is known.
    """
    _require(code, sorted(name for name in needed if not (values.get(name) or "").strip()))
    # One pass: braces in a value are text, and no value can name another variable.
    return _BRACES.sub(lambda found: (values.get(found[1]) or "") if found[1] else found[0], text)


def segments(text: str) -> int:
    """The parts into which a carrier cuts `text`: of 70 UCS-2 units, or of 67 where there are several."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= _ONE_PART else -(-units // _EACH_PART)


def _require(code: str, missing: list[str]) -> None:
    if missing:
        raise Refusal(
            Kind.INVALID, "NOTI_VARIABLE_MISSING", {"class": code, "missing": missing}, article=NJ_15
        )


def _is_official(link: str, domain: str) -> bool:
    host = re.sub(r"^https?://", "", link, flags=re.IGNORECASE).split("/")[0].split("?")[0].lower()
    return host == domain or host.endswith("." + domain)
