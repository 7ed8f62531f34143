"""The classes of messages, and the approved words that ship with each.

A NOTICE informs: best effort, with proof of sending. A SERVICE is service of process (送达): it has legal effect and
its own rules. The law gives each document one of the two (Inv. 1).

A city's legal office may put words of its own in the place of these (`drafting`). Words in another language go out
beside the Chinese ones, which prevail.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from common.values.errors import Kind, Refusal
from notification.domain.content import (
    MESSAGE_LENGTH,
    SUPPLEMENT_LENGTH,
    filled,
    require_permitted_content,
)


class MessageKind(StrEnum):
    NOTICE = "NOTICE"
    SERVICE = "SERVICE"


class Category(StrEnum):
    """What a party may switch off: what the law demands never, the rest by its own wish."""

    STATUTORY = "STATUTORY"
    PROCEDURAL = "PROCEDURAL"
    REMINDER = "REMINDER"
    CAMPAIGN = "CAMPAIGN"  # sent to those alone who asked for it


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


@dataclass(frozen=True)
class Words:
    """What the party reads: a title of one line, the text, and the same in another language where it wishes one."""

    title: str
    text: str
    supplement: str | None = None


@dataclass(frozen=True)
class Template:
    """The words of a class in one language. `name` says in records which version was used: `N-01@1/zh`."""

    name: str
    language: Language
    title: str
    text: str


@dataclass(frozen=True)
class MessageClass:
    """A class of messages. `needs` are the variables without which it is not sent.

    `level` is the confidentiality of its text. `alike`: it may come twice after a crash, because it starts nothing.
    `ordered` are the variables whose values an officer brings who orders it for many cases; without any it cannot be
    ordered. `gathers`: it waits for the city's hour, and goes out in one text with the others of the day.
    """

    code: str
    kind: MessageKind
    category: Category
    level: int
    document_kind: str | None
    needs: tuple[str, ...]
    alike: bool
    gathers: bool
    ordered: tuple[str, ...]
    templates: Mapping[Language, Template]

    @property
    def words(self) -> Words:
        """The Chinese words as they ship, for a class that needs no variable."""
        return self.words_with(Language.ZH)

    def words_with(self, language: Language) -> Words:
        """The same, with those of `language` beside them."""
        template = self.templates[Language.ZH]
        beside = self.templates[language].text if language is not Language.ZH else None
        return Words(template.title, template.text, beside)


_VERSION: Final = 1


def _read() -> dict[str, MessageClass]:
    raw = tomllib.loads((files("notification.data") / "templates.toml").read_text())
    return {code: _class(code, entry) for code, entry in raw.items()}


def _class(code: str, entry: dict[str, object]) -> MessageClass:
    templates = {}
    for language in Language:
        words = entry[language.value]
        assert isinstance(words, dict)
        name = f"{code}@{_VERSION}/{language}"
        templates[language] = Template(name, language, words["title"], words["text"])
    needs, level = entry["needs"], entry["level"]
    assert isinstance(needs, list)
    assert isinstance(level, int)
    document = entry.get("document")
    return MessageClass(
        code=code,
        kind=MessageKind(str(entry["kind"])),
        category=Category(str(entry["category"])),
        level=level,
        document_kind=str(document) if document else None,
        needs=tuple(needs),
        alike=bool(entry.get("alike")),
        gathers=bool(entry.get("gathers")),
        ordered=tuple(ordered) if isinstance(ordered := entry.get("ordered"), list) else (),
        templates=templates,
    )


CLASSES: Final = _read()
"""Every class by its code."""

GATHERING: Final = frozenset(each.code for each in CLASSES.values() if each.gathers)
"""The classes whose messages of a day share one text."""

TEMPLATES: Final = {each.document_kind: each for each in CLASSES.values() if each.document_kind is not None}
"""The class of the message that brings a document of this kind."""


def class_of(code: str) -> MessageClass:
    """The class `code`. Refusal NOTI_CLASS_UNKNOWN without one."""
    if code not in CLASSES:
        raise Refusal(Kind.INVALID, "NOTI_CLASS_UNKNOWN", {"class": code, "classes": sorted(CLASSES)})
    return CLASSES[code]


def template_for(document_kind: str) -> MessageClass:
    """The class whose message brings `document_kind`. Raises Refusal NOTI_TEMPLATE_NOT_APPROVED without one."""
    if document_kind not in TEMPLATES:
        raise Refusal(
            Kind.INVALID,
            "NOTI_TEMPLATE_NOT_APPROVED",
            {"document_kind": document_kind, "approved": sorted(TEMPLATES)},
        )
    return TEMPLATES[document_kind]


def worded(
    of: MessageClass,
    template: Template,
    values: Mapping[str, str | None],
    *,
    official_domain: str,
) -> Words:
    """The words of `template` with `values` in it, read once more as they will be read (NJ 15).

    Refusal NOTI_VARIABLE_MISSING, NOTI_CONTENT_FORBIDDEN: a value may bring an amount or a foreign link with it.
    """
    text = filled(of.code, template.text, values, of.needs)
    most = MESSAGE_LENGTH if template.language is Language.ZH else SUPPLEMENT_LENGTH
    require_permitted_content(of.code, text, official_domain=official_domain, most=most)
    return Words(template.title, text)
