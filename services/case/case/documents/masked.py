"""A masked copy of a document, for a reader whose duty needs the document and not the person (NJ 17; PIPL 6).

    bytes ─▶ document.json inside ─▶ its content class ─▶ masked ─▶ the same template, marked 脱敏副本

The original is untouched. A copy is made for each reading and stored nowhere; it has no seal and no code of its own.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from case.documents import TEMPLATES, DocumentKind
from case.documents.bystanders import covered
from case.documents.content import Party
from case.domain.people import PartyKind
from case.store.dossiers import Dossier
from common.documents.content import Content
from common.documents.render import render
from common.values.masking import masked_address, masked_identity, masked_name, masked_phone, masked_plate

C = TypeVar("C")
_MARK: Final = "（脱敏副本）"
_HEAD: Final = ("kind", "title", "made_at", "salt")
_OF_ORGANISATIONS: Final = "统一社会信用代码"
_IDENTITY: Final = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
_PHONE: Final = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


def known_words(dossier: Dossier) -> dict[str, str]:
    """What identifies the party and the vehicles of the case, each with its mask."""
    words: dict[str, str] = {}
    party = dossier.party
    if party is not None and party.texts is not None:
        texts, is_person = party.texts, party.party.kind is PartyKind.PERSON
        if is_person:
            words[texts.name] = masked_name(texts.name)
            words[texts.identity_number] = masked_identity(texts.identity_number)
        words[texts.address] = masked_address(texts.address)
        if texts.phone:
            words[texts.phone] = masked_phone(texts.phone) or ""
        if texts.representative:
            words[texts.representative] = masked_name(texts.representative)
    for exhibit in dossier.exhibits:
        if exhibit.plate:
            words[exhibit.plate] = masked_plate(exhibit.plate) or ""
    return words


def masked_copy(kind: str, pdf: bytes, words: Mapping[str, str]) -> bytes:
    """The PDF of a document of `kind` with `words` and the people beside the party masked (`bystanders`).

    Every other identity number and mobile number is masked too. Takes about 50 ms: call it in a thread. Free text may
    still describe a person in words that nobody listed.
    """
    document, template = DocumentKind(kind), TEMPLATES[DocumentKind(kind)]
    machine = attached(pdf)
    at = datetime.fromisoformat(machine["made_at"])
    body = {name: value for name, value in machine.items() if name not in _HEAD}
    content, others = covered(TypeAdapter[Content](template.content).validate_json(json.dumps(body)))
    marked = replace(template, kind=document, title=template.title + _MARK)
    return render(marked, _masked(content, others | dict(words)), at)


def attached(pdf: bytes) -> dict[str, Any]:
    """The `document.json` inside a document of `common.documents.render`. Raises ValueError for other bytes."""
    head = pdf.find(b"/Type/EmbeddedFile")
    start = pdf.find(b"stream\n", head)
    if head < 0 or start < 0:
        raise ValueError("the document holds no attachment")
    plain: dict[str, Any] = json.loads(zlib.decompressobj().decompress(pdf[start + len(b"stream\n") :]))
    return plain


def _masked(value: C, words: Mapping[str, str]) -> C:
    masked: Any = value
    match value:
        case str():
            masked = _text(value, words)
        case tuple():
            masked = tuple(_masked(item, words) for item in value)
        case Content():
            if isinstance(value, Party):
                words = _of_party(value) | dict(words)
            shown = {each.name: _field(each.name, getattr(value, each.name), words) for each in fields(value)}
            masked = replace(value, **shown)
    return masked  # type: ignore[no-any-return]


def _field(name: str, value: Any, words: Mapping[str, str]) -> Any:
    """A query code is half of the key to the case, so no copy shows it."""
    if name == "query_code" and isinstance(value, str):
        return "*" * len(value)
    return _masked(value, words)


def _of_party(party: Party) -> dict[str, str]:
    """The words of the party as this document prints it: another one than today's, where that was a wrong party."""
    words = {party.address: masked_address(party.address)}
    if party.identity_kind != _OF_ORGANISATIONS:
        words |= {
            party.name: masked_name(party.name),
            party.identity_number: masked_identity(party.identity_number),
        }
    return words


def _text(text: str, words: Mapping[str, str]) -> str:
    # The longest words come first, so that a name inside another one leaves nothing of it.
    for word, mask in sorted(words.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(word, mask)
    text = _IDENTITY.sub(lambda found: masked_identity(found[0]), text)
    return _PHONE.sub(lambda found: masked_phone(found[0]) or "", text)
