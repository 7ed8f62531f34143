"""The words of every refusal in Chinese and in English: `refusals.toml`, one entry a code.

    [CASE_TIME_BARRED]
    zh = "案件 {case} 已过追责时效:违法行为终了之日是 {ended_on}。"
    en = "Case {case} is time-barred: its act ended on {ended_on}."

    [CASE_TIME_BARRED.another]         a second wording of the same code

A rule names the code and the facts that decided; the words live in one file that a lawyer can read. A state, an act or
another word of the law among the facts is looked up in `[words]`, so that a Chinese sentence holds no English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from common.values.clock import BEIJING


class Language(StrEnum):
    """The two languages of every refusal. Chinese is the default."""

    ZH = "zh"
    EN = "en"


_LIST: Final = {Language.ZH: "、", Language.EN: ", "}


@cache
def catalogue() -> Mapping[str, Any]:
    """`refusals.toml`: by code, then by language or by the name of another wording."""
    return tomllib.loads(files("common.values").joinpath("refusals.toml").read_text("utf-8"))


def sentence(code: str, wording: str, facts: Mapping[str, Any], language: Language) -> str:
    """The words of `code` with its facts. A peer of a later version may send a code without an entry: the code itself.

    Raises KeyError if the entry names a fact that is not given: a gate compares every place that raises.
    """
    entry = catalogue().get(code, {})
    entry = entry.get(wording, {}) if wording else entry
    template = entry.get(language)
    if template is None:
        return str(facts.get("message", code))
    return str(template).format_map({name: _shown(value, language) for name, value in facts.items()})


def fact(value: Any) -> Any:
    """A fact as JSON holds it: text, numbers, lists of them."""
    match value:
        case None | bool():
            return value
        case int():
            # A reader of JSON may hold numbers as doubles, and ours writes none of more than 64 bits.
            return value if abs(value) < 2**53 else str(value)
        case Enum():
            return fact(value.value)
        case str():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Iterable():
            return [fact(item) for item in value]
    return str(value)


def _shown(value: Any, language: Language) -> str:
    match value:
        case datetime():
            local = value.astimezone(BEIJING)
            return f"{local:%Y-%m-%d %H:%M:%S}" + (" (Beijing)" if language is Language.EN else "")
        case date():
            return value.isoformat()
        case Enum():
            return _shown(value.value, language)
        case str():
            words: Mapping[str, str] = catalogue().get("words", {})
            return words.get(value, value) if language is Language.ZH else str(value)
        case Iterable():
            return _LIST[language].join(_shown(item, language) for item in value)
    return str(value)
