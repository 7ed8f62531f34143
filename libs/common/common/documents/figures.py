"""How a Chinese official document writes a date, an instant and an amount."""

from __future__ import annotations

from datetime import date, datetime

from common.values.clock import BEIJING

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def day(value: date | datetime) -> str:
    """`2025年3月3日`, the Beijing day of an instant (GB/T 9704: Arabic digits, no leading zeros)."""
    local = value.astimezone(BEIJING) if isinstance(value, datetime) else value
    return f"{local.year}年{local.month}月{local.day}日"


def moment(value: datetime) -> str:
    """`2025年3月3日9时05分07秒`, Beijing time."""
    local = value.astimezone(BEIJING)
    return f"{day(local)}{local.hour}时{local.minute:02}分{local.second:02}秒"


def yuan(fen: int) -> str:
    """`200.00元（大写：贰佰元整）` of an amount in fen."""
    return f"{fen // 100}.{fen % 100:02}元（大写：{amount_in_words(fen)}）"


def amount_in_words(fen: int) -> str:
    """An amount in fen in the capital numerals of a bank form: 20050 -> `贰佰元伍角整`. 0 <= fen < 10^18."""
    whole, rest = divmod(fen, 100)
    tenths, hundredths = divmod(rest, 10)
    text = f"{_integer_in_words(whole)}元" if whole else ""
    if not rest:
        return f"{text or '零元'}整"
    if tenths:
        text += f"{_DIGITS[tenths]}角"
    elif whole:
        text += "零"
    return text + (f"{_DIGITS[hundredths]}分" if hundredths else "整")


def _integer_in_words(number: int) -> str:
    words, gap, position = "", False, 0
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    for position in range(len(groups) - 1, -1, -1):
        group = groups[position]
        if group == 0:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group_in_words(group) + _GROUPS[position]
        gap = False
    return words


def _group_in_words(group: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return words
