"""The base of every document's content. A document with an empty mandatory field cannot be made."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import ClassVar

from common.values.errors import InputError, Kind, Refusal
from common.values.law import Article


@dataclass(frozen=True)
class Content:
    """The content of a document or of a part of one. `article` demands the document.

    A field without a default is mandatory: empty text, no items or no value is refused by the field's name.
    Texts are single paragraphs, amounts (`…_fen`) are fen, instants are aware.
    """

    article: ClassVar[Article | None] = None

    def __post_init__(self) -> None:
        missing = [f.name for f in fields(self) if f.default is MISSING and is_empty(getattr(self, f.name))]
        if missing:
            self.refuse(missing)

    def refuse(self, missing: list[str], *, by: Article | None = None) -> None:
        """Raises Refusal DOC_FIELD_MISSING naming the fields, and the article that demands them if it is another."""
        raise Refusal(
            Kind.INVALID,
            "DOC_FIELD_MISSING",
            {"document": type(self).__name__, "missing": missing},
            article=by or self.article,
            errors=tuple(InputError(f"/{name}", "DOC_FIELD_MISSING", wording="field") for name in missing),
        )


def is_empty(value: object) -> bool:
    """None, an empty tuple, or text of nothing but space. A zero and False are values."""
    return value is None or value == () or (isinstance(value, str) and not value.strip())
