"""The words of the pages: Chinese and English side by side in `words/*.toml`, one file for each part of the site.

    [today.title]
    zh = "今天"
    en = "Today"

A template says an entry by its whole name, which begins with the name of the file: `site.name`. A test finds entries
that no page says, and words that stand in one language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from common.values.refusals import Language

_PARTS: Final = ("site", "signin", "portal", "console", "desk", "codes")


@cache
def entries() -> Mapping[str, Mapping[str, str]]:
    """Every entry by its whole name, with its words by language."""
    folder = files(__package__).joinpath("words")
    found: dict[str, Mapping[str, str]] = {}
    for part in _PARTS:
        listed = tomllib.loads(folder.joinpath(f"{part}.toml").read_text("utf-8"))
        found |= dict(_flat(part, listed))
    return found


def say(name: str, language: Language, **facts: object) -> str:
    """The words of `name` with its facts. Raises KeyError for a name, or a fact, that does not exist."""
    return entries()[name][language].format_map(facts)


def say_all(prefix: str, language: Language) -> Mapping[str, str]:
    """Every entry below `prefix`, which ends with a dot, by the rest of its name: for a page whose scripts speak."""
    return {
        name.removeprefix(prefix): words[language]
        for name, words in entries().items()
        if name.startswith(prefix)
    }


def word(kind: str, code: str, language: Language) -> str:
    """The word of a code that the API answers, by the kind of code: a state, a role, a field of an order.

    A code that came into the API without a word is shown as it is, so that no page fails for it.
    """
    found = entries().get(f"codes.{kind}.{code}")
    return found[language] if found else code


def _flat(name: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    if table and all(isinstance(value, str) for value in table.values()):
        yield name, table
        return
    for key, value in table.items():
        yield from _flat(f"{name}.{key}", value)
